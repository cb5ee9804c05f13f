"""Tool `kubectl_changes`: one timeline of what changed in a namespace, and what cannot be known about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation, Subject
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api, ApiError
from mcp_servers.kubernetes.connection.client import NAMES
from mcp_servers.kubernetes.observe import changes as extract_changes
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import AT_ONCE, Lists, compact, gap, read
from mcp_servers.kubernetes.snapshot.workload_tree import workload_trees
from mcp_servers.serving import cursors
from mcp_servers.serving.cancellation import at_once
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import instant, rfc3339

KINDS_READ: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ControllerRevision", "Pod", "Event")
CONFIGURATION_KINDS: Final = (
    *("ConfigMap", "Secret", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Service", "Ingress"),
    *("NetworkPolicy", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ResourceQuota", "LimitRange"),
    *("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Node"),
)
PAGE: Final = 500
DISPLAY_LIMIT: Final = 30
UNKNOWN: Final = (
    "objects record only each manager's last write; earlier writes, previous values and who deleted what are"
    " in the audit log, which is not read"
)


class Changes:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("What changed")
    def kubectl_changes(
        self, namespace: inputs.Namespace, since: inputs.Since = "", cursor: inputs.Cursor = ""
    ) -> Answer:
        """What changed in a namespace, newest first: rollouts with what they changed, writes to configuration,
        policies, quotas and RBAC with the manager that made them, scaling, nodes.

        Shows what objects still record. Values are never shown.
        """
        floor = instant(since, "since", self._api.now) if since else None
        start = cursors.offset(cursor)
        lists = read(self._api, namespace, KINDS_READ, required=["Pod"])
        assert lists.as_of is not None
        parts = at_once(lambda kind: self._writes(kind, namespace), CONFIGURATION_KINDS, AT_ONCE)
        observations = [*self._from_lists(lists, lists.as_of), *(x for facts, _ in parts for x in facts)]
        selection = [x for x in observations if x.at is not None and (floor is None or x.at >= floor)]
        selection.sort(key=lambda x: (x.at or lists.as_of, str(x.subject)), reverse=True)
        page = selection[start : start + DISPLAY_LIMIT]
        after = start + len(page)
        more = cursors.encode(offset=after) if after < len(selection) else ""
        paragraphs = [f"{len(selection)} changes in namespace {namespace}" + (f" since {since}" if since else "") + "."]
        paragraphs += [table(["at", "object", "change"], [_line(x) for x in page], 200)] if page else []
        paragraphs += [f"More with cursor {more}"] if more else []
        return Answer(
            text="\n\n".join(paragraphs),
            as_of=lists.as_of,
            data={"changes": [_row(x) for x in page], "count": len(selection), "cursor": more},
            observations=page,
            coverage=[*compact([*lists.coverage, *(coverage for _, coverage in parts)]),
                      Coverage(looked_at="history of writes", state="partial", start=floor, detail=UNKNOWN)],
            left_out={"changes": len(selection) - after} if more else {},
        )  # fmt: skip

    def _from_lists(self, lists: Lists, now: datetime) -> Iterator[Observation]:
        for tree in workload_trees(lists, self._api.name, now):
            yield from extract_changes.rollouts(tree)
        for event in lists.of("Event"):
            kind, name = o.involved(event)
            place = "" if kind == "Node" else str(o.meta(event).get("namespace", ""))
            yield from extract_changes.observations_of_event(
                event, Subject(scope=self._api.name, kind=kind, namespace=place, name=name)
            )

    def _writes(self, kind: str, namespace: str) -> tuple[list[Observation], Coverage]:
        """Creations and writes of a kind, from metadata alone: no value of any object is read."""
        resource = KINDS[kind]
        where = f"of namespace {namespace}" if resource.namespaced else "of the cluster"
        looked_at = f"metadata:{resource.plural} {where}"
        query: dict[str, str | int] = {"limit": PAGE}
        try:
            reply = self._api.get(resource.path(namespace), query, request=f"list {looked_at}", accept=NAMES)
        except ApiError as problem:
            return [], gap(problem, looked_at)
        items: list[Obj] = [{**item, "kind": kind} for item in reply.body.get("items") or []]
        cut = bool((reply.body.get("metadata") or {}).get("continue"))
        facts = [x for i in items for x in extract_changes.writes(i, o.subject(self._api.name, i))]
        detail = f"the first {len(items)} were read" if cut else ""
        return facts, Coverage(looked_at=looked_at, state="truncated" if cut else "complete", detail=detail)


def _row(x: Observation) -> dict[str, Any]:
    return {"at": rfc3339(x.at) if x.at else "", "subject": x.subject.short, **x.attributes}


def _line(x: Observation) -> list[str]:
    return [rfc3339(x.at) if x.at else "", x.subject.short, f"{x.attributes['what']} {untrusted(x.excerpt)}"]
