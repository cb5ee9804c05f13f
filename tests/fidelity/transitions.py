"""The order in which pods and Deployments changed, as a watch tells it, and whether the lab's order is the same.

A step is what a responder reads: the phase, and each container's restarts, state and reason; for a Deployment its
conditions. Repetitions are dropped, and so is what shows by chance: a kubelet looks once a second, so a process that
lives no longer may be seen running or not, and a container may be seen running a moment before it is ready.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sre_lab.clock import from_rfc3339
from tests.fidelity.recordings import Seen

Obj = dict[str, Any]
Step = tuple[Any, ...]
BLINK_SECONDS = 1.5  # a container may be seen running for so long before it is seen ready
BRIEF_SECONDS = 1.0  # a process that lives no longer may never be seen running
OPEN_END = 2  # so many of the last steps one side may be ahead


@dataclass(frozen=True)
class History:
    """What one object went through; times in seconds after the case's start."""

    kind: str
    name: str
    steps: tuple[tuple[float, Step], ...]

    def order(self) -> list[Step]:
        return [step for _, step in self.steps]

    def follows(self, other: History) -> bool:
        """Whether both went through the same in the same order, apart from how far they have come."""
        mine, theirs = self.order(), other.order()
        common = min(len(mine), len(theirs))
        return mine[:common] == theirs[:common] and max(len(mine), len(theirs)) - common <= OPEN_END

    def restarts(self) -> dict[tuple[str, int], float]:
        """When each container was first seen with each number of restarts, by container and number."""
        first: dict[tuple[str, int], float] = {}
        for at, (_, _, containers) in self.steps:
            for name, count, _ in containers:
                first.setdefault((name, count), at)
        return {key: at for key, at in first.items() if key[1]}


def of_pods(history: list[Seen], start: float) -> dict[str, list[History]]:
    """By owner (without the hash in its name), the histories of its pods in the order of their creation."""
    histories: dict[str, list[History]] = defaultdict(list)
    for changes in _by_uid(history).values():
        labels = changes[0].object["metadata"].get("labels") or {}
        owner = changes[0].object["metadata"]["ownerReferences"][0]["name"]
        histories[owner.removesuffix(f"-{labels.get('pod-template-hash', '')}")].append(_history(changes, start, _pod))
    return dict(histories)


def of_deployments(history: list[Seen], start: float) -> dict[str, list[History]]:
    histories: dict[str, list[History]] = defaultdict(list)
    for changes in _by_uid(history).values():
        histories[changes[0].object["metadata"]["name"]].append(_history(changes, start, _deployment))
    return dict(histories)


def paired(recording: dict[str, list[History]], lab: dict[str, list[History]]) -> list[tuple[History, History | None]]:
    """Each recorded history with one of the lab's that repeats it, None where none does; each of those is used once."""
    pairs: list[tuple[History, History | None]] = []
    for owner, histories in recording.items():
        free, left = list(lab.get(owner, [])), []
        for one in histories:
            same = _take(free, [other for other in free if other.order() == one.order()])
            if same is None:
                left.append(one)
            else:
                pairs.append((one, same))
        pairs += [(one, _take(free, [other for other in free if other.follows(one)])) for one in left]
    return pairs


def _take(histories: list[History], fitting: list[History]) -> History | None:
    if fitting:
        histories.remove(fitting[0])
    return fitting[0] if fitting else None


def _by_uid(changes: list[Seen]) -> dict[str, list[Seen]]:
    by_uid: dict[str, list[Seen]] = defaultdict(list)
    for one in changes:
        by_uid[one.object["metadata"]["uid"]].append(one)
    return by_uid


def _history(changes: list[Seen], start: float, step: Callable[[Obj], Step]) -> History:
    brief = _brief_runs(changes)
    visible = [change for change in changes if change.type != "DELETED" and not _runs(change.object) & brief]
    steps = _distinct([(change.at - start, step(change.object)) for change in visible])
    lasting = [pair for place, pair in enumerate(steps) if not _gets_ready(steps, place)]
    obj = changes[0].object
    return History(obj["kind"], obj["metadata"]["name"], tuple(_distinct(lasting)))


def _distinct(steps: list[tuple[float, Step]]) -> list[tuple[float, Step]]:
    return [pair for place, pair in enumerate(steps) if pair[1] and (not place or steps[place - 1][1] != pair[1])]


def _statuses(obj: Obj) -> list[Obj]:
    status = obj.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _runs(obj: Obj) -> set[tuple[str, int]]:
    return {(c["name"], c["restartCount"]) for c in _statuses(obj) if "running" in c["state"]}


def _brief_runs(changes: list[Seen]) -> set[tuple[str, int]]:
    """Runs (container, number) that were over within moments."""
    runs = set()
    for change in changes:
        for container in _statuses(change.object):
            termination = container["state"].get("terminated") or {}
            if termination.get("startedAt") and _span(termination) <= BRIEF_SECONDS:
                runs.add((container["name"], container["restartCount"]))
    return runs


def _span(termination: Obj) -> float:
    return from_rfc3339(termination["finishedAt"]) - from_rfc3339(termination["startedAt"])


def _gets_ready(steps: list[tuple[float, Step]], place: int) -> bool:
    """Running for a moment only, until it is ready."""
    if place + 1 == len(steps) or steps[place + 1][0] - steps[place][0] > BLINK_SECONDS:
        return False
    now, then = (str(steps[at][1]).replace(", ready", "") for at in (place, place + 1))
    return now == then


def _pod(pod: Obj) -> Step:
    containers = tuple((c["name"], c["restartCount"], _state(c)) for c in _statuses(pod))
    return (pod.get("status") or {}).get("phase", ""), bool(pod["metadata"].get("deletionTimestamp")), containers


def _state(container: Obj) -> str:
    (kind, details), *_ = container["state"].items()
    if kind == "running":
        return "running, ready" if container["ready"] else "running"
    return f"{kind}: {details.get('reason', '')}"


def _deployment(deployment: Obj) -> Step:
    conditions = (deployment.get("status") or {}).get("conditions") or []
    return tuple(sorted((c["type"], c["status"], c.get("reason", "")) for c in conditions))
