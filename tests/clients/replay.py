"""Gives recorded kubectl commands to the lab, in their order, and compares what comes back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from tests.clients.lab import REGISTRY, Lab
from tests.clients.masking import LIMIT, mask, only_about, same
from tests.clients.recorded import Recorded, commands

TIMED_OUT = "error: timed out waiting for the condition"
MANIFEST = "/home/user/d.yaml"
IN_ANY_ORDER = ("-n probe events", "get events")  # many in one second, which kubectl does not order
EVERYWHERE = ("get pods -A", "get events -A", "drain ")


PAUSES = (  # seconds of the lab's time before a command, where the recording shows that some had passed
    ("rollout status deployment/web", 4),
    ("--tail=5", 0.2),
    ("logs pod/", 6),
    ("label pod/", 10),
    ("logs -f", 6),
    ("get deploy web -w", 4),
    ("get pods --show-labels", 4),
    ("drain", 4),
    ("attach", 0.5),
)
NOT_EQUAL = {  # command -> why the lab answers otherwise, and says so
    "attach deploy/web": "the pod that it chooses in the middle of a rollout had not started yet in the recording",
    "port-forward web": "SPDY frames inside of the websocket are not spoken: 501 with the reason",
}


@dataclass(frozen=True)
class Compared:
    """`code` is None where the recorded command ran into its own time limit: then what it says until there is compared,
    which does not depend on how much the machine gets done in that time."""

    command: str
    recorded: Recorded
    code: int | None
    output: str

    @property
    def excuse(self) -> str:
        """Why it need not agree; empty where it has to."""
        return next((why for part, why in NOT_EQUAL.items() if part in self.command), "")

    @property
    def agrees(self) -> bool:
        if self.code is not None and self.code != self.recorded.code:
            return False
        if any(part in self.command for part in EVERYWHERE):
            heads = [only_about(mask(text), ())[:1] for text in (self.output, self.wanted)]
            return heads[0] == heads[1]
        if any(part in self.command for part in IN_ANY_ORDER):
            cut = len(self.recorded.output) >= LIMIT
            lines_of_recording = mask(self.recorded.output)
            return set(lines_of_recording[:-1] if cut else lines_of_recording) <= set(mask(self.output))
        return same(self.wanted, self.output)

    @property
    def wanted(self) -> str:
        """The recorded output, without the error of a time limit where that is not compared."""
        return self.recorded.output if self.code is not None else _before_the_limit(self.recorded.output)


def replay(lab: Lab, name: str) -> list[Compared]:
    """Every command of one recording with what the lab answers."""
    rows = commands(name)
    folder = lab.kubeconfig.parent
    if name == "kubectl-2":
        lab.kubectl("create", "namespace", "probe2")
        lab.kubectl("-n", "probe2", "create", "deployment", "web", f"--image={REGISTRY}/storefront:1.8.0")
        lab.kubectl("-n", "probe2", "rollout", "status", "deployment/web", "--timeout=20s")
    comparisons, pods, applies = [], _Pods(lab), 0
    for row in rows:
        if MANIFEST in row.command:
            applies += 1
            (folder / "d.yaml").write_text(json.dumps(_storefront(replicas=2 if applies == 1 else 3)))
        lab.later(next((seconds for part, seconds in PAUSES if part in row.command), 0.2))
        words = [str(folder / "d.yaml") if w == MANIFEST else w for w in row.command.split(" ")[1:]]
        words = [pods.present(w.replace("/home/user", str(folder)), row.command) for w in words]
        code, output = _follow(lab, row, words) if _ran_into_its_limit(row) else lab.kubectl(*words)
        comparisons.append(Compared(row.command, row, code, pods.recorded(output.replace(str(folder), "/home/user"))))
    return comparisons


def _ran_into_its_limit(row: Recorded) -> bool:
    """Or would, where its pod has started by then: attached to, that one goes on for ever."""
    endless = ("--request-timeout=", "attach deploy/")
    return any(part in row.command for part in endless) or row.output.rstrip().endswith(TIMED_OUT)


def _follow(lab: Lab, row: Recorded, words: list[str]) -> tuple[None, str]:
    """The command without its time limit, until it has said as many lines as the recorded one had in that time."""
    lines = 1 if any(part in row.command for part in EVERYWHERE) else len(mask(_before_the_limit(row.output)))
    endless = [w for w in words if not w.startswith(("--request-timeout=", "--timeout="))]
    return None, lab.follow(*endless, enough=lambda output: len(mask(output)) >= lines)


def _before_the_limit(output: str) -> str:
    return "".join(line for line in output.splitlines(keepends=True) if not line.startswith("error: "))


class _Pods:
    """Recorded pod names stand for pods of the lab; a name keeps its pod even when that is gone."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._known: dict[str, str] = {}

    def present(self, word: str, command: str) -> str:
        match = re.search(r"\bweb-[a-z0-9]+-[a-z0-9]{5}\b", word)
        if match is None:
            return word
        if match.group() not in self._known:
            namespace = command.split(" -n ")[1].split(" ")[0]
            names = self._lab.kubectl("-n", namespace, "get", "pods", "-l", "app=web", "-o", "name")[1].split()
            self._known[match.group()] = names[0].removeprefix("pod/")
        return word.replace(match.group(), self._known[match.group()])

    def recorded(self, output: str) -> str:
        for pod, ours in self._known.items():
            output = output.replace(ours, pod)
        return output


def _storefront(replicas: int) -> dict[str, object]:
    container = {"image": f"{REGISTRY}/storefront:1.8.0", "name": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "probe"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
        },
    }
