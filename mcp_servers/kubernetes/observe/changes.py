"""What changed and when, as far as objects tell: revisions, the last write of every manager, scaling, nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.revisions import revisions
from mcp_servers.kubernetes.snapshot.template_changes import changes
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

CONTROLLERS: Final = ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver")
TELLING: Final = ("ScalingReplicaSet", "SuccessfulRescale", "NodeNotReady", "NodeReady", "NodeNotSchedulable")
FIELDS: Final = 8
DEPTH: Final = 3


def rollouts(tree: WorkloadTree) -> Iterator[Observation]:
    """Each revision with what it changed against the one before."""
    history = revisions(tree)
    for place, revision in enumerate(history):
        if place + 1 < len(history):
            fields = changes(history[place + 1].template, revision.template)
            text = f"revision {revision.number}: {'; '.join(fields) or 'the same template'}"
            yield _change("rolled_out", tree.subject, revision.created_at, revision.cause, fields, text)


def writes(obj: Obj, subject: Subject) -> Iterator[Observation]:
    """When it was made, and the last write of each of its managers. Controllers write statuses all the time."""
    created_at = o.created_at(obj)
    if created_at is not None:
        yield _change("created", subject, created_at, "", [], "created")
    for entry in o.meta(obj).get("managedFields") or []:
        by, at = str(entry.get("manager", "")), o.instant(entry.get("time"))
        if entry.get("subresource") or by in CONTROLLERS or at is None or at == created_at:
            continue
        fields = sorted(_paths(entry.get("fieldsV1") or {}))
        yield _change("written", subject, at, by, fields, f"written by {by}: {', '.join(fields[:FIELDS])}")


def observations_of_event(event: Obj, subject: Subject) -> Iterator[Observation]:
    """What an event tells of scaling and of nodes."""
    if event.get("reason") in TELLING:
        text = excerpt(str(event.get("message", "")), 200)
        what = "scaled" if "Scal" in str(event["reason"]) or "Rescale" in str(event["reason"]) else "event"
        by = str((event.get("source") or {}).get("component") or event.get("reportingComponent") or "")
        yield _change(what, subject, o.last_seen(event), by, [], text)


def _change(what: str, subject: Subject, at: Any, by: str, fields: list[str], text: str) -> Observation:
    field_list = fields[:FIELDS] + ([f"and {len(fields) - FIELDS} more"] if len(fields) > FIELDS else [])
    attributes: dict[str, Any] = {"what": what, "by": by, "fields": field_list}
    return Observation(code="change.made", subject=subject, at=at, attributes=attributes, excerpt=excerpt(text))


def _paths(fields: Obj, above: tuple[str, ...] = ()) -> set[str]:
    """The fields that a manager owns, as `spec.replicas`, no deeper than three names; list keys are left out."""
    paths: set[str] = set()
    for key, below in fields.items():
        if not key.startswith("f:"):
            continue
        path = (*above, key[2:])
        if path == ("metadata",):
            path = ()
        if below and len(path) < DEPTH:
            paths |= _paths(below, path) or {".".join(path)}
        elif path:
            paths.add(".".join(path))
    return paths - {""}
