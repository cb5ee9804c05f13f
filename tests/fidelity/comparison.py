"""How alike two snapshots are: the share of key paths that both have with equal values, of all that either has.

Counts of repeated events depend on the kubelet's random rhythm: they are equal when they differ by no more
than two or a fifth.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.fidelity.logs import CUT
from tests.fidelity.masks import masked, stable_names
from tests.fidelity.pairing import paired_pods
from tests.fidelity.paths import Path, flat
from tests.fidelity.recordings import Snapshot

Obj = dict[str, Any]
AREAS = ("metadata", "spec", "status", "conditions", "events", "logs")
ABSENT = "<absent>"


@dataclass
class Score:
    """Equal and all key paths by area, and every difference as path, recorded value, lab's value."""

    equal: Counter[str] = field(default_factory=Counter)
    union: Counter[str] = field(default_factory=Counter)
    differences: list[tuple[Path, Any, Any]] = field(default_factory=list)

    def add(self, other: Score) -> None:
        self.equal.update(other.equal)
        self.union.update(other.union)
        self.differences += other.differences

    def share(self, area: str = "") -> float:
        """Between 0 and 1, of one area or of all; 1 where there is nothing to compare."""
        equal, union = (self.equal[area], self.union[area]) if area else (self.equal.total(), self.union.total())
        return equal / union if union else 1.0


def compare(recording: Snapshot, lab: Snapshot) -> Score:
    here = stable_names(recording.objects, recording.events)
    there = stable_names(lab.objects, lab.events)
    there = paired_pods(recording, lab, here, there)
    left = _by_name(recording.objects, here)
    right = _by_name(lab.objects, there)
    score = Score()
    for name in sorted(left.keys() | right.keys()):
        _count(score, name, flat(left.get(name)), flat(right.get(name)))
    our_events, lab_events = _by_content(recording.events, here), _by_content(lab.events, there)
    for name in sorted(our_events.keys() | lab_events.keys()):
        ours, theirs = our_events.get(name, []), lab_events.get(name, [])
        for place in range(max(len(ours), len(theirs))):
            pair = [flat(side[place]) if place < len(side) else {} for side in (ours, theirs)]
            _count(score, name, *pair)
    _count_logs(score, _lines(recording, here), _lines(lab, there))
    return score


def _count(score: Score, name: str, left: dict[Path, Any], right: dict[Path, Any]) -> None:
    if not left and not right:
        return
    if not left or not right:
        for path in left or right:
            score.union[_area(name, path)] += 1
        mine, other = (f"{len(side)} paths" if side else ABSENT for side in (left, right))
        score.differences.append(((name,), mine, other))
        return
    for path in left.keys() | right.keys():
        mine, other = left.get(path, ABSENT), right.get(path, ABSENT)
        area = _area(name, path)
        score.union[area] += 1
        if mine == other or (path[-1] == "count" and _close(mine, other)):
            score.equal[area] += 1
        else:
            score.differences.append(((name, *path), mine, other))


def _area(name: str, path: Path) -> str:
    if name.startswith("Event "):
        return "events"
    if name.startswith("Log "):
        return "logs"
    if "conditions" in path:
        return "conditions"
    return path[0] if path[0] in ("metadata", "status") else "spec"


def _lines(snapshot: Snapshot, names: dict[str, str]) -> dict[str, list[str]]:
    """The different lines of each log in their order; how often one is repeated depends on the moment.

    kubectl prints several containers in an order of chance: theirs are sorted.
    """
    specs = {obj["metadata"]["name"]: obj["spec"] for obj in snapshot.objects if obj["kind"] == "Pod"}
    several = {name for name, spec in specs.items() if len([*spec.get("initContainers", []), *spec["containers"]]) > 1}
    by_container = {}
    for (pod, which), lines in snapshot.logs.items():
        distinct = list(dict.fromkeys(masked(lines, names)))
        by_container[f"Log {names.get(pod, pod)} {which}"] = sorted(distinct) if pod in several else distinct
    return by_container


def _numbered(lines: list[str]) -> dict[Path, Any]:
    return {(str(place),): line for place, line in enumerate(lines)}


def _count_logs(score: Score, left: dict[str, list[str]], right: dict[str, list[str]]) -> None:
    for name in left.keys() & right.keys():  # a pod that one side lacks has been counted as an object
        mine, other = left[name], right[name]
        if mine[:1] == [CUT]:  # what was said before is not known
            mine = mine[1:]
            other = [line for line in other if line in mine]
        _count(score, name, _numbered(mine), _numbered(other))


def _close(left: Any, right: Any) -> bool:
    if not isinstance(left, int) or not isinstance(right, int):
        return False
    return abs(left - right) <= max(2, max(left, right) // 5)


def _by_name(objects: list[Obj], names: dict[str, str]) -> dict[str, Obj]:
    objects_with_masks = [masked(obj, names) for obj in objects]
    return {f"{obj['kind']} {obj['metadata']['name']}": obj for obj in objects_with_masks}


def _by_content(events: list[Obj], names: dict[str, str]) -> dict[str, list[Obj]]:
    """Events by what they say about whom; their own names are random."""
    events_by_text: dict[str, list[Obj]] = defaultdict(list)
    for event in sorted(events, key=lambda e: str(e.get("firstTimestamp") or e.get("eventTime"))):
        stable = masked(event, names)
        stable["metadata"].pop("name")
        about = f"{stable['involvedObject']['kind']} {stable['involvedObject']['name']}"
        events_by_text[f"Event {about} {stable['reason']}: {stable['message']}"].append(stable)
    return events_by_text
