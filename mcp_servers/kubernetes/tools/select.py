"""Tool `kubectl_select`: objects of a kind that match conditions, counted exactly over the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api, ApiError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.foreign_text import word
from mcp_servers.kubernetes.snapshot.kinds import KINDS, ResourceType, any_resource
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import amount
from mcp_servers.kubernetes.tools.columns import value
from mcp_servers.kubernetes.tools.selecting_objects import selecting_objects
from mcp_servers.kubernetes.tools.service_endpoints import COLUMN, with_endpoints
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

PAGE: Final = 500
PAGES: Final = 200
ROWS: Final = 6_500  # characters of JSON for the rows of one answer
GROUPS: Final = 100
MOST: Final = 200
TESTS: Final = ("is", "is_not", "contains", "over", "under")
DEFAULT_COLUMNS: Final = ("name", "namespace", "state")


class Select:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Select objects")
    def kubectl_select(
        self,
        kind: inputs.AnyKind,
        namespace: inputs.NamespaceOrNone = "",
        where: inputs.Where = None,
        selector: inputs.Selector = "",
        columns: inputs.Columns = None,
        group_by: inputs.GroupBy = "",
        order_by: inputs.OrderBy = "",
        limit: inputs.Rows = 50,
        of: inputs.Of = "",
    ) -> Answer:
        """Objects of a kind that match every condition: their exact count, and the first of them.

        `where` holds conditions {column, and one of is, is_not, contains, over, under}; a list of values means
        any of them, an empty text none; case is ignored. Columns: name, namespace, state, states, ended (why
        containers ended), run_before (its length), run_time (of a Job), dns_name, words, ready, restarts,
        last_restart, since_restart and age (seconds), replicas, node, owner, images, containers, labels,
        annotations, limits, requests, readiness, liveness, startup, strategy, rollout, user, privileged,
        plain_credentials, mounts, size, storage_class, volume, address, endpoints (ready), responsible, keys,
        next_run, text (the manifest), or a path as
        spec.nodeName.
        `group_by` counts by a column, `order_by` sorts by one (`-restarts`: descending). `of`
        (`Deployment/web`, with a namespace) keeps what selects, scales or is used by that workload or pod:
        budgets, policies, Services, autoscalers, configuration. `data.items` holds `limit`.
        """
        resource = any_resource(self._api, kind)
        tests = [_test(condition) for condition in where or []]
        objects, as_of, complete = self._all(resource, namespace, selector)
        used_columns = {str(one.get("column")) for one in where or []} | {
            *(columns or ()),
            group_by,
            order_by.lstrip("-"),
        }
        if resource.kind == "Service" and COLUMN in used_columns:
            objects = with_endpoints(objects, lambda of_kind: self._all(KINDS[of_kind], namespace, "")[0])
        is_selected = selecting_objects(self._api, resource.kind, of, namespace) if of else lambda obj: True
        selection = [obj for obj in objects if all(test(obj, as_of) for test in tests) and is_selected(obj)]
        if order_by:
            selection.sort(
                key=lambda obj: _key(value(obj, order_by.lstrip("-"), as_of)), reverse=order_by.startswith("-")
            )
        column_names = [
            *dict.fromkeys(
                [*(("name", "namespace") if resource.namespaced else ("name",)), *(columns or DEFAULT_COLUMNS)]
            )
        ]
        rows = [
            {name: value(obj, name, as_of) for name in column_names} for obj in selection[: max(0, min(limit, MOST))]
        ]
        page = within(rows, ROWS)
        groups = _groups(selection, group_by, as_of) if group_by else {}
        where_text = f"{resource.plural} {_place(resource, namespace)}" + (f" with {selector}" if selector else "")
        where_text += f" of {of}" if of else ""
        head = f"{len(selection)} of {len(objects)} {where_text} match."
        return Answer(
            text=head
            + (f"\n\n{table([group_by, 'count'], list(groups.items()))}" if groups else "")
            + (f"\n\n{table(column_names, [[_cell(v) for v in row.values()] for row in page])}" if page else ""),
            as_of=as_of,
            data={
                "kind": resource.kind,
                "scope": self._api.name,
                "count": len(selection),
                "looked_at": len(objects),
                "items": page,
                "groups": groups,
            },
            coverage=[Coverage(looked_at=where_text, state="complete" if complete else "truncated")],
            left_out={"objects": len(selection) - len(page)} if len(selection) > len(page) else {},
        )

    def _all(self, resource: ResourceType, namespace: str, selector: str) -> tuple[list[Obj], datetime, bool]:
        """Every page of the list; whether it was all. A namespace that is not there is an error, not an empty one."""
        query: dict[str, str | int] = {"limit": PAGE} | ({"labelSelector": selector} if selector else {})
        request = f"list {resource.plural} {_place(resource, namespace)}"
        objects: list[Obj] = []
        for _ in range(PAGES):
            reply = self._api.get(resource.path(namespace), query, request=request)
            objects += [o.without_values(item | {"kind": resource.kind}) for item in reply.body.get("items") or []]
            token = (reply.body.get("metadata") or {}).get("continue")
            if not token:
                break
            query["continue"] = token
        if not objects and namespace and resource.namespaced:
            self._check(namespace, request)
        return objects, reply.as_of, not token

    def _check(self, namespace: str, request: str) -> None:
        try:
            self._api.get(KINDS["Namespace"].path("", namespace))
        except ApiError as problem:
            if problem.status == 404:
                names = [o.name(x) for x in self._api.get(KINDS["Namespace"].path()).body.get("items") or []]
                wrong = f"there is no namespace {namespace}."
                raise TeachingError("not_found", request, wrong, offer(near(namespace, names))) from problem


def _place(resource: ResourceType, namespace: str) -> str:
    if not resource.namespaced:
        return "of the cluster"
    return f"of namespace {namespace}" if namespace else "of all namespaces"


def _test(condition: Mapping[str, Any]) -> Callable[[Obj, datetime], bool]:
    """One condition as a function. Raises TeachingError for a condition that cannot be meant."""
    column, how = str(condition.get("column", "")), [test for test in TESTS if test in condition]
    if not column or len(how) != 1:
        wrong = "needs a column and exactly one of " + ", ".join(TESTS) + "."
        raise TeachingError("bad_request", f"condition {dict(condition)}", wrong)
    operand = condition[how[0]]
    operands = [str(v) for v in (operand if isinstance(operand, list) else [operand])]
    if how[0] in ("over", "under") and amount(operands[0]) is None:
        raise TeachingError("bad_request", f"condition {dict(condition)}", f"{operands[0]!r} is not a number.")
    return lambda obj, now: _holds(value(obj, column, now), how[0], operands)


def _holds(value: Any, how: str, operands: Sequence[str]) -> bool:
    if how in ("over", "under"):
        have, bound = amount(value), amount(operands[0])
        return have is not None and bound is not None and (have > bound if how == "over" else have < bound)
    values = [str(v).lower() for v in (value if isinstance(value, list) else [value]) if v is not None] or [""]
    if how == "contains":
        return any(w.lower() in v for w in operands for v in values)
    return any(w.lower() in values for w in operands) is (how == "is")


def _key(value: Any) -> tuple[int, Any]:
    """Numbers before texts, what has no value last in either order."""
    have = amount(value) if not isinstance(value, list) else None
    return (2, have) if have is not None else (1, str(value)) if value is not None else (0, "")


def _groups(objects: Sequence[Obj], column: str, now: datetime) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for obj in objects:
        cell = value(obj, column, now)
        counts.update(map(str, cell if isinstance(cell, list) else ["none" if cell is None else cell]))
    return dict(counts.most_common(GROUPS))


def _cell(value: Any) -> str:
    return "" if value is None else word(value)
