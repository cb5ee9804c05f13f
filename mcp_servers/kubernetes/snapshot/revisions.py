"""The revisions of a workload, newest first: from ReplicaSets, or from ControllerRevisions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import owned_objects
from mcp_servers.kubernetes.snapshot.template_changes import changes
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

_SCALED_UP: Final = re.compile(r"Scaled up replica set (\S+) (?:from 0 )?to \d+")
_GROWN: Final = re.compile(r"Scaled up replica set (\S+) (?:from \d+ )?to (\d+)$")
_SCALED_DOWN: Final = re.compile(r"Scaled down replica set (\S+) (?:from \d+ )?to 0$")
COMPLETED: Final = "NewReplicaSetAvailable"  # the reason of a Deployment whose newest pods all became ready
BY_REVISIONS: Final = ("StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class Revision:
    """`template` is complete; `ready` counts pods of it that serve now; `created_at` is when it was first rolled out.

    `number` is 0 where the objects do not tell it: then nothing can return to it. Nor where it is `ambiguous`: several
    revisions of the workload bear the number.
    """

    number: int
    name: str
    template: Obj
    created_at: datetime | None
    pods: list[Obj] = field(default_factory=list)
    cause: str = ""
    ambiguous: bool = False

    @property
    def image(self) -> str:
        return o.images(self.template)

    @property
    def ready(self) -> int:
        return sum(1 for pod in self.pods if o.is_ready(pod))


def revisions(tree: WorkloadTree) -> list[Revision]:
    """Newest first; empty for kinds without revisions, and where several are there that nothing puts in order. Nobody
    may change the list."""
    return tree.once(_revisions)


def _revisions(tree: WorkloadTree) -> list[Revision]:
    if tree.root["kind"] == "Deployment":
        revisions = [_of_replica_set(tree, s) for s in tree.sets]
    elif tree.root["kind"] in BY_REVISIONS:
        revisions = [_of_controller_revision(tree, r) for r in controller_revisions(tree)]
    else:
        return []
    if len(revisions) > 1 and not all(r.number for r in revisions):
        return []
    times = Counter(r.number for r in revisions if r.number)
    revisions = [replace(r, ambiguous=times[r.number] > 1) for r in revisions]
    newest_first = sorted(
        revisions, key=lambda r: (r.number, r.created_at.timestamp() if r.created_at else 0.0), reverse=True
    )
    if not any(r.ambiguous for r in revisions):
        return newest_first
    return sorted(newest_first, key=lambda r: not _is_present(tree, r))


def controller_revisions(tree: WorkloadTree) -> list[Obj]:
    return owned_objects(tree.root, tree.lists.of("ControllerRevision"))


def _is_present(tree: WorkloadTree, revision: Revision) -> bool:
    """Whether it is of the template that the workload wants now. Asked only where numbers do not tell it."""
    return not changes(revision.template, pure(tree.template))


def earlier(revisions: list[Revision]) -> Revision | None:
    """The revision that an undo would return to: the newest that is not the present template under another date."""
    if not revisions:
        return None
    other = [
        r
        for r in revisions[1:]
        if not r.ambiguous and changes(r.template, revisions[0].template) not in ([], ["restart"])
    ]
    healthy = [r for r in other if r.ready]
    return next(iter(healthy or other), None)


def rollout_start(tree: WorkloadTree, revisions: list[Revision]) -> datetime | None:
    """When the newest revision became current.

    An undo gives an old ReplicaSet a new number. Then events tell, and when these are gone its pods; whatever tells is
    younger than the revision that was undone.
    """
    newest = revisions[0]
    latest_other = max((r.created_at for r in revisions[1:] if r.created_at is not None), default=None)
    if newest.created_at is not None and (latest_other is None or newest.created_at >= latest_other):
        return newest.created_at
    previous = revisions[1].name if len(revisions) > 1 else ""
    for times in (
        sorted(_scaling_times(tree, _SCALED_UP, newest.name), reverse=True),
        sorted(_scaling_times(tree, _SCALED_DOWN, previous), reverse=True),
        sorted(t for pod in newest.pods if (t := o.created_at(pod)) is not None),
    ):
        if after := [t for t in times if latest_other is None or t >= latest_other]:
            return after[0]
    condition = o.condition(
        tree.root, "Progressing"
    )  # its transition is the first rollout's, its update the last one's
    return o.instant(condition.get("lastUpdateTime") or condition.get("lastTransitionTime"))


def grown_to(tree: WorkloadTree, revision: Revision) -> int | None:
    """The most replicas that its ReplicaSet was scaled up to; None where no event tells any more."""
    matches = [_GROWN.match(str(e.get("message", ""))) for e in tree.events(tree.root)]
    return max((int(match[2]) for match in matches if match and match[1] == revision.name), default=None)


def _scaling_times(tree: WorkloadTree, message: re.Pattern[str], name: str) -> list[datetime]:
    """When the controller said so of that ReplicaSet."""
    events = [e for e in tree.events(tree.root) if e.get("reason") == "ScalingReplicaSet"]
    matching_events = [e for e in events if (match := message.match(str(e.get("message", "")))) and match[1] == name]
    return [t for e in matching_events if (t := o.last_seen(e)) is not None]


def pure(template: Obj) -> Obj:
    """The template as a workload carries it: without the hash that tells its pods apart."""
    labels = {k: v for k, v in o.labels(template).items() if k not in o.TEMPLATE_HASHES}
    return {**template, "metadata": {**o.meta(template), "labels": labels}}


def _of_replica_set(tree: WorkloadTree, replica_set: Obj) -> Revision:
    """Where a recording left template or time out, its pods carry them: no pod is older than its ReplicaSet."""
    pods = [p for p in tree.owned_by(replica_set) if not o.is_over(p)]
    template = o.template(replica_set) or next(({"metadata": o.meta(p), "spec": o.spec(p)} for p in pods), {})
    return Revision(
        number=o.revision(replica_set),
        name=o.name(replica_set),
        template=pure(template),
        created_at=min((t for x in (replica_set, *pods) if (t := o.created_at(x))), default=None),
        pods=pods,
        cause=o.marks(replica_set).get("kubernetes.io/change-cause", ""),
    )


def _of_controller_revision(tree: WorkloadTree, revision: Obj) -> Revision:
    data: dict[str, Any] = ((revision.get("data") or {}).get("spec") or {}).get("template") or {}
    name = o.name(revision)
    tag = o.labels(revision).get("controller.kubernetes.io/hash") or name.rpartition("-")[2]
    return Revision(
        number=int(revision.get("revision") or 0),
        name=name,
        template=pure({k: v for k, v in data.items() if k != "$patch"}),
        created_at=o.created_at(revision),
        pods=[p for p in tree.pods if o.labels(p).get("controller-revision-hash") in (tag, name) and not o.is_over(p)],
        cause=o.marks(revision).get("kubernetes.io/change-cause", ""),
    )
