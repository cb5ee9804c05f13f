"""`python -m infra.checks.release KUBECONFIG CHART`: the chart installed by Helm, and then `helm` commands.

They come in as lines of JSON, each a list of its words; what came of each is a line of JSON. Helm is its own library,
in a Python package.

Exit status 1 where Helm refuses one of them, or a word is none that this knows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import helm_python as helm

SECONDS: Final = 120  # that a release may take to be ready
FLAGS: Final = {"--reuse-values": "reuse_values", "--atomic": "rollback_on_failure"}


def main(kubeconfig: str, chart: str) -> int:
    with helm.Config(namespace="sre-agent", kubeconfig_path=kubeconfig) as cluster:
        cluster.install(chart, "sre-agent", {}, timeout=SECONDS, create_namespace=True)
        for line in sys.stdin:
            words = json.loads(line)
            try:
                print(json.dumps({"words": words, "answer": carry_out(cluster, words)}), flush=True)
            except (helm.HelmError, ValueError) as problem:
                print(json.dumps({"words": words, "refused": str(problem)}), flush=True)
                return 1
    return 0


def carry_out(cluster: Any, words: list[str]) -> Any:
    """Raises HelmError, and ValueError for a word that Helm's command may know and this does not."""
    verb, release, *rest = words[1:]
    given, flags, places = options(rest)
    if given.pop("-n", "sre-agent") != "sre-agent":
        raise ValueError("All of it is in the namespace sre-agent.")
    values = helm.parse_set_string(given.pop("--set", ""))
    if given:
        raise ValueError(f"{', '.join(given)} is nothing that this knows.")
    if verb == "upgrade":
        wait = {"wait": "watcher"} if flags.get("rollback_on_failure") else {}
        (chart,) = places
        release = cluster.upgrade(str(Path(chart).absolute()), release, values, timeout=SECONDS, **flags, **wait)
        return {"revision": release["revision"], "status": release["status"]}
    if verb == "rollback":
        cluster.rollback(release, timeout=SECONDS)
        return {}
    if verb == "history":
        return [{"revision": one["revision"], "status": one["status"]} for one in cluster.history(release)]
    raise ValueError(f"helm {verb} is nothing that this knows.")


def options(words: list[str]) -> tuple[dict[str, str], dict[str, bool], list[str]]:
    """What has a value (several of one together), what has none, and what is no option."""
    given: dict[str, str] = {}
    flags: dict[str, bool] = {}
    places: list[str] = []
    left = iter(words)
    for word in left:
        if word in FLAGS:
            flags[FLAGS[word]] = True
        elif word.startswith("-"):
            value = next(left)
            given[word] = f"{given[word]},{value}" if word in given else value
        else:
            places.append(word)
    return given, flags, places


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
