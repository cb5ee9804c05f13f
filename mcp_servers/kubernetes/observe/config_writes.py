"""ConfigMaps and Secrets that a workload reads and that somebody wrote shortly before its pods failed.

What changed last is the first thing that people ask about. Names and times only, never values.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.windows import rfc3339

KINDS: Final = ("ConfigMap", "Secret")
SHORTLY: Final = timedelta(hours=1)
TOLERANCE: Final = timedelta(minutes=2)  # a file that is mounted reaches its pods within that


def observe(tree: WorkloadTree) -> list[Observation]:
    """One observation for each such object, while pods of the workload are not ready."""
    failed_at = _failed_at(tree)
    return list(_written_before(tree, failed_at)) if failed_at is not None else []


def _failed_at(tree: WorkloadTree) -> datetime | None:
    """When the first of the pods that are not ready turned so."""
    conditions = [o.condition(pod, "Ready") for pod in tree.pods if not o.is_over(pod)]
    times = [o.instant(c.get("lastTransitionTime")) for c in conditions if c.get("status") == "False"]
    return min((at for at in times if at is not None), default=None)


def _written_before(tree: WorkloadTree, failed_at: datetime) -> Iterator[Observation]:
    names = sorted({(r.kind, r.name) for r in references(tree.template) if r.kind in KINDS})
    for kind, name in names:
        there = tree.lists.by_name(kind, name)
        written_at = o.last_written(there) if there is not None else None
        if there is None or written_at is None or written_at == o.created_at(there):
            continue
        if -TOLERANCE <= failed_at - written_at <= SHORTLY:
            text = f"{kind} {name} was written at {rfc3339(written_at)}; pods failed from {rfc3339(failed_at)} on"
            attributes = {"kind": kind, "name": name, "written": rfc3339(written_at)}
            yield Observation(
                code="reference.written", subject=tree.subject, at=written_at, attributes=attributes, excerpt=text
            )
