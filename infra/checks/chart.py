"""`python -m infra.checks.chart FOLDER`: the Helm chart, linted and rendered by Helm with each of its `ci/` values.

FOLDER has `reader.yaml` and `writer.yaml`, what kustomize makes of the overlays; the chart's objects are compared with
them, and what it renders is written beside them, for the validation against Kubernetes' schemas. Helm is its own
library, in a Python package. Exit status 1 where something is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import helm_python as helm
import yaml

from infra.checks.same_objects import PROFILE, Key, Obj, differences, objects

INFRA: Final = Path(__file__).parents[1]
CHART: Final = INFRA / "helm" / "sre-agent"
KUBERNETES: Final = INFRA / "kubernetes"
NAMESPACE: Final = "sre-agent"
WARNING: Final = 2  # severity, in Helm's numbers
Objects = dict[Key, Obj]


def main(folder: Path) -> int:
    troubles = [f"lint: {one['path']}: {one['error']}" for one in lint()]
    for file in sorted((CHART / "ci").glob("*-values.yaml")):
        name = file.stem.removesuffix("-values")
        text = rendered(yaml.safe_load(file.read_text("utf-8")))
        (folder / f"chart-{name}.yaml").write_text(text, "utf-8")
        in_chart = objects(text)
        if name in OVERLAYS:
            troubles += [f"{name}: {line}" for line in differences(in_chart, OVERLAYS[name](folder))]
    print("\n".join(troubles) or "ok   helm/sre-agent")
    return int(bool(troubles))


def lint() -> Iterator[dict[str, str]]:
    """What Helm objects to, with any of the values."""
    for file in sorted((CHART / "ci").glob("*-values.yaml")):
        report = helm.lint(str(CHART), yaml.safe_load(file.read_text("utf-8")), strict=True)
        yield from (one for one in report["messages"] if one["severity"] >= WARNING)


def rendered(values: dict[str, object]) -> str:
    """All objects as one stream of YAML; the notes are none. Raises HelmError where the schema refuses the values."""
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        templates = chart.render(values, name="sre-agent", namespace=NAMESPACE)
    return "".join(f"---\n{text}\n" for path, text in sorted(templates.items()) if path.endswith(".yaml"))


def _reader(folder: Path) -> Objects:
    """The overlay and the role that is applied before it. Helm makes no namespace of its own."""
    every = objects((folder / "reader.yaml").read_text("utf-8"))
    role = objects((KUBERNETES / "reader.yaml").read_text("utf-8"))["ClusterRole", "", "sre-agent-reader"]
    return _labelled(_without_namespace(every), role)


def _writer(folder: Path) -> Objects:
    """The same for the overlay `writer`, with the role that is applied in each namespace that may be written."""
    every = _reader(folder) | _without_namespace(objects((folder / "writer.yaml").read_text("utf-8")))
    role = objects((KUBERNETES / "writer.yaml").read_text("utf-8"))["Role", "", "sre-agent-writer"]
    return _labelled(every, role | {"metadata": role["metadata"] | {"namespace": "shop"}})


def _keda(folder: Path) -> Objects:
    """The overlay `reader` with the component queue-scaling."""
    scaled = objects((KUBERNETES / "components" / "queue-scaling" / "scaledobject.yaml").read_text("utf-8"))
    every = {key: one for key, one in _reader(folder).items() if key[0] != "HorizontalPodAutoscaler"}
    for one in scaled.values():
        every = _labelled(every, one)
    return every


def _backup(folder: Path) -> Objects:
    """The overlay `reader` with the component backup, its image set and its bucket named in the profile."""
    every = _reader(folder)
    image = every["Deployment", NAMESPACE, "responder"]["spec"]["template"]["spec"]["containers"][0]["image"]
    text = (KUBERNETES / "components" / "backup" / "cronjob.yaml").read_text("utf-8")
    for one in objects(text.replace("image: sre-agent", f"image: {image}")).values():
        every = _labelled(every, one)
    profile = every["ConfigMap", NAMESPACE, PROFILE]
    profile["data"]["profile.toml"]["backup_to"] = "s3://YOUR-BACKUPS/sre-agent"
    return every


def _without_namespace(every: Objects) -> Objects:
    return {key: one for key, one in every.items() if key[0] != "Namespace"}


def _labelled(every: Objects, more: Obj) -> Objects:
    metadata = more["metadata"] | {"labels": {"app.kubernetes.io/part-of": "sre-agent"}}
    key = more["kind"], metadata.get("namespace", ""), metadata["name"]
    return every | {key: more | {"metadata": metadata}}


OVERLAYS: Final[dict[str, Callable[[Path], Objects]]] = {
    "default": _reader,
    "writer": _writer,
    "keda": _keda,
    "backup": _backup,
}

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
