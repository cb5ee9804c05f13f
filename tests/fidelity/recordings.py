"""The recorded cases beside the checkout: what was applied, what every watch showed, what was seen at given moments.

They are no part of the repository. Where the folder is missing, nothing here can be compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sre_lab.clock import from_rfc3339
from tests.fidelity import logs, machines

Obj = dict[str, Any]
FOLDER = Path(__file__).parents[3] / "shared" / "recordings" / "kubernetes"
RHYTHM_SECONDS = 2.0  # by so much the phases of two kubelets that do the same may differ
SETTLED_SECONDS = 20.0  # no snapshot is looked for later than this after the last change that it knows


@dataclass(frozen=True)
class Seen:
    """One line of a watch: what a client of the recorded cluster was told, and when (epoch seconds)."""

    at: float
    version: int
    type: str
    object: Obj


@dataclass(frozen=True)
class Snapshot:
    """Objects, events and logs of the namespace at a moment known to lie between `after` and `before`."""

    label: str
    after: float
    before: float
    objects: list[Obj]
    events: list[Obj]
    logs: dict[tuple[str, str], list[str]]

    @property
    def moments(self) -> list[float]:
        """When to look at a cluster that should show the same, in order: between the two changes.

        Where they are close together its own rhythm may be a little ahead or behind.
        """
        middle = (self.after + self.before) / 2
        if self.before - self.after > 4 * RHYTHM_SECONDS:
            return [middle]
        return [self.after - RHYTHM_SECONDS, middle, self.before + RHYTHM_SECONDS]


class Recording:
    """One recorded case."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._folder = folder

    @cached_property
    def manifests(self) -> list[Obj]:
        path = self._folder / "manifest.json"
        return [item for step in json.loads(path.read_text()) for item in step["items"]] if path.exists() else []

    def watch(self, kind: str) -> list[Seen]:
        """The stream of `pods`, `deployments`, …; empty where none was recorded."""
        path = self._folder / f"watch.{kind}.jsonl"
        lines = map(json.loads, path.read_text().splitlines()) if path.exists() else []
        return [Seen(from_rfc3339(s["at"]), _version(s["object"]), s["type"], s["object"]) for s in lines]

    @cached_property
    def _changes(self) -> list[Seen]:
        kinds = [path.name.split(".")[1] for path in self._folder.glob("watch.*.jsonl")]
        return [change for kind in kinds for change in self.watch(kind)]

    @cached_property
    def start(self) -> float:
        """When the manifests were applied, in epoch seconds: the first change that any watch showed.

        Not every kind was watched; the times in the objects tell of an earlier one, in whole seconds.
        """
        first = min(change.at for change in self._changes)
        names = {(item["kind"], item["metadata"]["name"]) for item in self.manifests}
        born = [o["metadata"]["creationTimestamp"] for o in self._first if (o["kind"], o["metadata"]["name"]) in names]
        return min([first, *(at + 0.5 for at in map(from_rfc3339, born) if at + 1 < first)])

    @property
    def _first(self) -> list[Obj]:
        objects: list[Obj] = json.loads((self._folder / "t0020.objects.json").read_text())["items"]
        return objects

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        result = []
        for path in sorted(self._folder.glob("*.objects.json")):
            label = path.name.removesuffix(".objects.json")
            objects = json.loads(path.read_text())["items"]
            beside = path.with_name(f"{label}.nodes.json")
            nodes = json.loads(beside.read_text())["items"] if beside.exists() else []
            events = json.loads(path.with_name(f"{label}.events.json").read_text())["items"]
            after, before = self._moment([*objects, *events, *nodes])
            earliest = self.start + float(label[1:]) if label[1:].isdigit() else after
            after = max(after, min(earliest, before))
            before = min(before, after + SETTLED_SECONDS)
            container_logs = logs.recorded(path.with_name(f"{label}.kubectl.txt"))
            objects += machines.seen(nodes)
            result.append(Snapshot(label, after, before, objects, events, container_logs))
        return sorted(result, key=lambda snapshot: snapshot.after)

    def _moment(self, snapshot: list[Obj]) -> tuple[float, float]:
        """The last change that `snapshot` knows of and the first that it does not, in epoch seconds.

        What is not shown was either made later or had gone before; its deletion leaves no version behind.
        """
        version, uids = max(map(_version, snapshot)), {obj["metadata"]["uid"] for obj in snapshot}
        born = {s.object["metadata"]["uid"]: s.version for s in self._changes if s.type == "ADDED"}
        before, later = [self.start], [float("inf")]
        for change in self._changes:
            uid = change.object["metadata"]["uid"]
            if change.object["kind"] == "Node" and uid not in uids:  # most snapshots were made without them
                continue
            is_deleted = uid not in uids and born.get(uid, 0) <= version
            (before if is_deleted or change.version <= version else later).append(change.at)
        return max(before), min(later)


def recordings() -> dict[str, Recording]:
    """All recorded cases by name; empty where the recordings are not there."""
    if not FOLDER.is_dir():
        return {}
    return {p.name: Recording(p) for p in sorted(FOLDER.iterdir()) if p.is_dir() and not p.name.startswith("_")}


def catalogue() -> list[Obj]:
    """The distinct events that the recorded cluster was seen to emit."""
    entries: list[Obj] = json.loads((FOLDER / "_catalog" / "events.json").read_text())
    return entries


def _version(obj: Obj) -> int:
    return int(obj["metadata"]["resourceVersion"])
