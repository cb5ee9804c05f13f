"""Tool `kubectl_rollout_history`: the revisions of a workload and what each one changed."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.workload_facts import observe
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import kind_of
from mcp_servers.kubernetes.snapshot.reading import compact, read
from mcp_servers.kubernetes.snapshot.revisions import Revision, revisions
from mcp_servers.kubernetes.snapshot.template_changes import changes
from mcp_servers.kubernetes.snapshot.workload_tree import gather
from mcp_servers.serving import cursors
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

WITH_HISTORY: Final = ("Deployment", "StatefulSet", "DaemonSet")
ROOM: Final = 6_500  # characters of JSON for the rows, which are the text as well


class History:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Rollout history")
    def kubectl_rollout_history(
        self,
        namespace: inputs.Namespace,
        name: inputs.WorkloadName,
        kind: inputs.RevisionedKind = "Deployment",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """The revisions of a Deployment, StatefulSet or DaemonSet, newest first: when each was created, its images, how
        many of its pods are ready now, and what it changed from the previous one.
        """
        start = cursors.offset(cursor)
        workload_kind = kind_of(kind, WITH_HISTORY) or "Deployment"
        made_of = "ReplicaSet" if workload_kind == "Deployment" else "ControllerRevision"
        lists = read(self._api, namespace, [workload_kind, made_of, "Pod", "Event"], required=[workload_kind, made_of])
        assert lists.as_of is not None
        root = lists.by_name(workload_kind, name)
        if root is None:
            names = near(name, [o.name(x) for x in lists.of(workload_kind)])
            raise TeachingError("not_found", f"{workload_kind} {namespace}/{name}", "it does not exist.", offer(names))
        tree = gather(root, lists, self._api.name, lists.as_of)
        history = revisions(tree)
        rows: list[dict[str, Any]] = []
        for place, revision in enumerate(history):
            before = history[place + 1].template if place + 1 < len(history) else None
            rows.append(
                {
                    "revision": revision.number,
                    "made": f"{revision.created_at:%Y-%m-%dT%H:%M:%SZ}" if revision.created_at else "",
                    "image": revision.image,
                    "ready": revision.ready,
                    "changes": changes(before, revision.template) if before else [],
                    "cause": revision.cause,
                    **({"ambiguous": True} if revision.ambiguous else {}),
                }
            )
        page = within(rows[start:], ROOM) or rows[start : start + 1]
        after = start + len(page)
        more = cursors.encode(offset=after) if after < len(rows) else ""
        facts = [x for x in observe(tree) if x.code.startswith("rollout.")] if history else []
        return Answer(
            text=f"{tree.subject.short}: {len(history)} revisions.{_ambiguous_numbers(history)}\n\n"
            + table(
                ["revision", "made", "image", "ready pods", "changes", "cause"],
                [_row(r) for r in page],
                300,
            )
            + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=lists.as_of,
            data={"subject": tree.subject.short, "revisions": page, "cursor": more},
            observations=facts,
            relations=tree.relations()[:10],
            coverage=compact(lists.coverage),
            left_out={"revisions": len(rows) - after} if more else {},
        )


def _row(revision: dict[str, Any]) -> list[Any]:
    plain = [revision[column] for column in ("revision", "made", "image", "ready")]
    return [*plain, untrusted("; ".join(revision["changes"])), untrusted(revision["cause"])]


def _ambiguous_numbers(history: list[Revision]) -> str:
    numbers = sorted({r.number for r in history if r.ambiguous})
    if not numbers:
        return ""
    return f" Several ReplicaSets have number {', '.join(map(str, numbers))}: no rollout can be undone to it."
