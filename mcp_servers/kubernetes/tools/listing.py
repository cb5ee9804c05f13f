"""Tools that read objects, events and usage as they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api, ApiAnswer, ApiError
from mcp_servers.kubernetes.observe import claims as extract_claims
from mcp_servers.kubernetes.observe import gitops as extract_gitops
from mcp_servers.kubernetes.observe import lifecycles as extract_lifecycles
from mcp_servers.kubernetes.observe import nodes as extract_nodes
from mcp_servers.kubernetes.observe import refusals as extract_refusals
from mcp_servers.kubernetes.observe import usage as extract_usage
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.observe.workload_facts import observe
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.foreign_text import mark
from mcp_servers.kubernetes.snapshot.kinds import ResourceType, any_resource, built_in_kind
from mcp_servers.kubernetes.snapshot.namespaces import Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import amount
from mcp_servers.kubernetes.snapshot.reading import Lists, read
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree, gather
from mcp_servers.kubernetes.tools.rows import event_row, summary, usage
from mcp_servers.serving import cursors
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.unchanged import ContentCache

PAGE: Final = 500
ROWS: Final = 7_000  # characters of JSON for the rows of one answer, which are its text as well
FACTS: Final = 7_000


class Listing:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._pages = ContentCache[_Page]()

    @read_tool("Get objects")
    def kubectl_get(
        self,
        kind: inputs.AnyKind,
        namespace: inputs.NamespaceOrNone = "",
        name: inputs.ObjectName = "",
        selector: inputs.Selector = "",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """Objects of any kind the cluster serves: one in full if `name` is given, otherwise a list (all namespaces
        without `namespace`). `selector` is a label selector. Values of Secrets and ConfigMaps are never shown."""
        resource = any_resource(self._api, kind)
        if name:
            return self._one(resource, namespace, name, cursors.offset(cursor))
        place = _place(cursor)
        query: dict[str, str | int] = {"limit": PAGE} | ({"labelSelector": selector} if selector else {})
        query |= {"continue": place.page} if place.page else {}
        where = _where(resource, namespace)
        reply = self._api.get(resource.path(namespace), query, request=f"list {resource.plural} {where}")
        page = reply.body.get("metadata") or {}
        all_items = [o.without_values({"kind": resource.kind} | item) for item in reply.body.get("items") or []]
        items = all_items[place.offset :]
        rows = [summary(item, reply) for item in items]
        page_rows = within(rows, ROWS) or rows[:1]
        facts = [x for item in items[: len(page_rows)] for x in self._facts(item, reply)]
        fact_rows = within([x.model_dump(mode="json") for x in facts], FACTS)
        more = _following(place, len(page_rows), len(all_items), str(page.get("continue") or ""))
        rest = len(items) - len(page_rows) + int(page.get("remainingItemCount") or 0)
        left_out = {"objects": rest, "observations": len(facts) - len(fact_rows)}
        head = f"{len(page_rows)} {resource.plural} {where}" + (f" with {selector}" if selector else "")
        head += f", {rest or 'some'} more with cursor {more}." if more else "."
        headers = list(page_rows[0]) if page_rows else []
        return Answer(
            text=head + (f"\n\n{table(headers, [list(row.values()) for row in page_rows])}" if page_rows else ""),
            as_of=reply.as_of,
            data={
                "kind": resource.kind,
                "items": page_rows,
                "count": place.total + len(page_rows) + rest,
                "cursor": more,
            },
            observations=facts[: len(fact_rows)],
            coverage=[
                Coverage(
                    looked_at=f"{resource.plural} {where} {selector}".strip(), state="truncated" if more else "complete"
                )
            ],
            left_out={what: count for what, count in left_out.items() if count},
        )

    @read_tool("Events")
    def kubectl_events(
        self,
        namespace: inputs.Namespace,
        name: inputs.EventName = "",
        kind: inputs.EventKind = "",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """Events of a namespace, or of one object, newest first; warnings as observations."""
        start = cursors.offset(cursor)
        lists = read(self._api, namespace, ["Event"], required=["Event"])
        assert lists.as_of is not None
        resource = built_in_kind(kind) if kind else None
        object_kind = resource.kind if resource else kind
        matching_events = [
            e
            for e in lists.of("Event")
            if (not name or o.involved(e)[1] == name) and (not object_kind or o.involved(e)[0] == object_kind)
        ]
        matching_events.sort(key=lambda e: str(o.last_seen(e) or ""), reverse=True)
        page = within([event_row(e) for e in matching_events[start:]], ROWS)
        after = start + len(page)
        more = cursors.encode(offset=after) if after < len(matching_events) else ""
        facts = self._warnings(matching_events[start:], lists, namespace)
        fact_rows = within([x.model_dump(mode="json") for x in facts], FACTS)
        left_out = {"events": len(matching_events) - after, "observations": len(facts) - len(fact_rows)}
        rows = [[*list(r.values())[:-1], untrusted(r["message"])] for r in page]
        return Answer(
            text=f"{len(matching_events)} events.\n\n"
            + table(["last", "type", "reason", "object", "count", "message"], rows, 240)
            + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=lists.as_of,
            data={"events": page, "cursor": more},
            observations=facts[: len(fact_rows)],
            coverage=lists.coverage,
            left_out={what: count for what, count in left_out.items() if count},
        )

    @read_tool("Pod usage")
    def kubectl_top(self, namespace: inputs.Namespace, cursor: inputs.Cursor = "") -> Answer:
        """Current usage of a namespace's containers beside their limits, most memory first.

        Needs metrics-server."""
        start = cursors.offset(cursor)
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
        try:
            reply = self._api.get(path, request=f"usage of pods of namespace {namespace}")
        except ApiError as problem:
            if problem.status == 404:
                wrong = "the cluster does not serve metrics.k8s.io."
                raise TeachingError(
                    "unavailable", "kubectl_top", wrong, "Install metrics-server.", code="not_offered"
                ) from problem
            raise
        lists = read(self._api, namespace, ["Pod"], beside=True)
        used_by = [(used, lists.by_name("Pod", o.name(used))) for used in reply.body.get("items") or []]
        rows = [r for used, pod in used_by for r in usage(used, pod)]
        rows.sort(key=lambda r: -float(amount(r["memory"]) or 0))
        page = within(rows[start:], ROWS)
        after = start + len(page)
        more = cursors.encode(offset=after) if after < len(rows) else ""
        facts = [x for used, pod in used_by if pod for x in extract_usage.observe(used, pod, self._api.name)]
        fact_rows = within([x.model_dump(mode="json") for x in facts], FACTS)
        left_out = {"containers": len(rows) - after, "observations": len(facts) - len(fact_rows)}
        headers = ["pod", "container", "cpu", "memory", "cpu limit", "memory limit"]
        return Answer(
            text=(table(headers, [list(r.values()) for r in page]) if rows else "No pod reports its usage.")
            + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=reply.as_of,
            data={"containers": page, "count": len(rows), "cursor": more},
            observations=facts[: len(fact_rows)],
            coverage=[Coverage(looked_at=f"usage of pods of namespace {namespace}"), *lists.coverage],
            left_out={what: count for what, count in left_out.items() if count},
        )

    def _one(self, resource: ResourceType, namespace: str, name: str, start: int) -> Answer:
        request = f"get {resource.kind} {f'{namespace}/' if namespace else ''}{name}"
        if resource.namespaced and not namespace:
            raise TeachingError("bad_request", request, "needs a namespace.", "kubectl_find shows which one it is in.")
        try:
            reply = self._api.get(resource.path(namespace, name), request=request)
        except ApiError as problem:
            if problem.status != 404:
                raise
            raise TeachingError(
                "not_found", request, "it does not exist.", self._offer(resource, namespace, name)
            ) from None
        obj = {"kind": resource.kind} | reply.body
        page = self._pages.of(json.dumps([start, obj]).encode(), lambda: _page(obj, start))
        return Answer(
            text=page.text,
            as_of=reply.as_of,
            data={"object": page.whole or summary(obj, reply), "cursor": page.cursor},
            observations=self._facts(obj, reply) if not start else [],
            coverage=[Coverage(looked_at=f"{resource.kind} {f'{namespace}/' if namespace else ''}{name}")],
            left_out={"lines": page.lines_after} if page.lines_after else {},
        )

    def _offer(self, resource: ResourceType, namespace: str, name: str) -> str:
        try:
            reply = self._api.get(resource.path(namespace), {"limit": PAGE})
        except ApiError:
            return ""
        return offer(near(name, [o.name(item) for item in reply.body.get("items") or []]))

    def _facts(self, obj: Obj, reply: ApiAnswer) -> list[Observation]:
        """What one object shows by itself."""
        scope, subject = self._api.name, o.subject(self._api.name, obj)
        tree = WorkloadTree(scope, reply.as_of, obj, Lists(), [], [obj] if obj["kind"] == "Pod" else [])
        if obj["kind"] == "Pod":
            return [x for x in observe(tree) if x.code != "reference.missing"]
        if obj["kind"] == "Node":
            return extract_nodes.observe(obj, subject)
        if obj["kind"] == "PersistentVolumeClaim" and o.status(obj).get("phase") == "Pending":
            return extract_claims.pending(obj, subject, tree.events(obj), tree.lists)
        around = Surroundings(scope, reply.as_of, str(o.meta(obj).get("namespace", "")), Lists(), [])
        deletions = extract_lifecycles.deletions(around, [obj])
        return [
            *(x for x in deletions if isinstance(x, Observation)),
            *extract_gitops.observe(obj, scope),
            *extract_workloads.observe(tree),
            *extract_refusals.observe(tree),
        ]

    def _warnings(self, events: Sequence[Obj], lists: Lists, namespace: str) -> list[Observation]:
        about: dict[tuple[str, str], Obj] = {}
        for event in events:
            kind, name = o.involved(event)
            about[(kind, name)] = {"kind": kind, "metadata": {"name": name, "namespace": namespace}}
        assert lists.as_of is not None
        none: Obj = {"kind": "Namespace", "metadata": {"name": namespace}}
        tree = gather(none, lists, self._api.name, lists.as_of)
        return extract_workloads.warnings(tree, about.values())


@dataclass(frozen=True)
class _Page:
    """One object as text from some line on; `whole` is the object for code, where its text is complete."""

    text: str
    whole: Obj | None
    cursor: str
    lines_after: int


def _page(obj: Obj, start: int) -> _Page:
    from mcp_servers.serving.yaml_text import yaml_text  # noqa: PLC0415 - the list of tools need not wait for PyYAML

    display = o.for_display(obj)
    lines = yaml_text(mark(display)).splitlines()
    page = within(lines[start:], ROWS) or lines[start : start + 1]
    after = start + len(page)
    cursor = cursors.encode(offset=after) if after < len(lines) else ""
    text = "\n".join([*page, *([f"More with cursor {cursor}"] if cursor else [])])
    return _Page(text, display if len(page) == len(lines) else None, cursor, len(lines) - after if cursor else 0)


@dataclass(frozen=True)
class _Place:
    """Where a list goes on: after `offset` objects of the API server's `page`, `total` of all pages."""

    page: str = ""
    offset: int = 0
    total: int = 0


def _place(cursor: str) -> _Place:
    if not cursor:
        return _Place()
    position = cursors.read(cursor, "page", "offset", "told")
    if not (
        isinstance(position["page"], str) and isinstance(position["offset"], int) and isinstance(position["told"], int)
    ):
        raise TeachingError("bad_request", f"cursor={cursor[:60]!r}", "does not belong to this tool.")
    return _Place(position["page"], max(0, position["offset"]), position["told"])


def _following(place: _Place, page_length: int, length: int, next_page: str) -> str:
    """The cursor behind what was told: in the same page of the API server, or at its next one; empty at the end."""
    total, after = place.total + page_length, place.offset + page_length
    if after < length:
        return cursors.encode(page=place.page, offset=after, told=total)
    return cursors.encode(page=next_page, offset=0, told=total) if next_page else ""


def _where(resource: ResourceType, namespace: str) -> str:
    if not resource.namespaced:
        return "of the cluster"
    return f"of namespace {namespace}" if namespace else "of all namespaces"
