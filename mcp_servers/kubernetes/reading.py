"""Several lists read at once, each answer or gap accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.asking import Api, ApiError
from mcp_servers.kubernetes.client import JSON, NAMES
from mcp_servers.kubernetes.kinds import KINDS, Resource
from mcp_servers.kubernetes.objects import Obj, without_values

PAGE = 500
PAGES = 4
AT_ONCE = 8
BY_NAME = ("Secret",)  # lists leave out what they hold: of the few that matter the keys are asked for


@dataclass
class Lists:
    """`objects` by kind, only of kinds that could be read; `denied` holds the errors of the others."""

    objects: dict[str, list[Obj]] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    problems: dict[str, ApiError] = field(default_factory=dict)
    as_of: datetime | None = None

    def of(self, kind: str) -> list[Obj]:
        return self.objects.get(kind, [])

    def has(self, kind: str) -> bool:
        """Whether the kind was read completely: only then does absence mean anything."""
        return kind in self.objects and not any(
            c.state == "truncated" and c.looked_at.startswith(f"{KINDS[kind].plural} ") for c in self.coverage
        )

    def named(self, kind: str, name: str) -> Obj | None:
        return next((o for o in self.of(kind) if o["metadata"]["name"] == name), None)

    def merged(self, other: Lists) -> Lists:
        return Lists(
            {**self.objects, **other.objects},
            [*self.coverage, *other.coverage],
            {**self.problems, **other.problems},
            max((t for t in (self.as_of, other.as_of) if t is not None), default=None),
        )


def read(
    api: Api, namespace: str, kinds: Sequence[str], *, required: Sequence[str] = (), beside: bool = False
) -> Lists:
    """The lists of these kinds in a namespace (empty: all). Raises ApiError when a required one failed, and when all
    did unless they are read `beside` others."""
    lists = Lists()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda kind: _list(api, KINDS[kind], namespace), kinds))
    for kind, result in zip(kinds, results, strict=True):
        looked_at = f"{KINDS[kind].plural} {_where(KINDS[kind], namespace)}"
        if isinstance(result, ApiError):
            lists.problems[kind] = result
            lists.coverage.append(gap(result, looked_at))
            continue
        found, as_of, cut = result
        lists.objects[kind] = found
        detail = f"the first {len(found)} were read" if cut else ""
        lists.coverage.append(Coverage(looked_at=looked_at, state="truncated" if cut else "complete", detail=detail))
        lists.as_of = as_of if lists.as_of is None else max(lists.as_of, as_of)
    failed = [lists.problems[kind] for kind in required if kind in lists.problems]
    if failed or (kinds and not lists.objects and not beside):
        raise (failed or list(lists.problems.values()))[0]
    return lists


def with_keys(api: Api, namespace: str, names: set[str], lists: Lists) -> Lists:
    """The lists with the keys of these Secrets, as far as they are there and may be read."""
    there = {name: found for name in sorted(names) if (found := lists.named("Secret", name)) is not None}
    path = KINDS["Secret"].path
    gaps = []
    for name, found in there.items():
        looked_at = f"keys of Secret {namespace}/{name}"
        try:
            reply = api.get(path(namespace, name), asked=f"get {looked_at}")
        except ApiError as problem:
            gaps.append(gap(problem, looked_at))
        else:
            found |= without_values({"kind": "Secret"} | reply.body)
    return lists.merged(Lists(coverage=gaps))


def gap(problem: ApiError, looked_at: str) -> Coverage:
    """A part that could not be read; the detail names verb, resource and namespace as the API server did."""
    return Coverage(
        looked_at=looked_at, state="denied" if problem.kind == "denied" else "unavailable", detail=str(problem)
    )


def compact(coverage: list[Coverage]) -> list[Coverage]:
    """What was read completely in one entry, what was not each in its own."""
    whole = [c.looked_at for c in coverage if c.state == "complete"]
    rest = [c for c in coverage if c.state != "complete"]
    if not whole:
        return rest
    where = whole[0].partition(" ")[2]
    names = [w.partition(" ")[0] for w in whole if w.partition(" ")[2] == where]
    others = [Coverage(looked_at=w) for w in whole if w.partition(" ")[2] != where]
    return [Coverage(looked_at=f"{', '.join(names)} {where}"), *others, *rest]


def _list(api: Api, resource: Resource, namespace: str) -> tuple[list[Obj], datetime, bool] | ApiError:
    """The objects with kind and apiVersion, which lists leave out; secret values are dropped on arrival."""
    query: dict[str, str | int] = {"limit": PAGE}
    found: list[Obj] = []
    by_name = resource.kind in BY_NAME
    asked = f"list {resource.plural} {_where(resource, namespace)}"
    try:
        for _ in range(PAGES):
            reply = api.get(resource.path(namespace), query, asked=asked, accept=NAMES if by_name else JSON)
            for item in reply.body.get("items") or []:
                obj = without_values(item | {"kind": resource.kind, "apiVersion": resource.version})
                found.append({k: v for k, v in obj.items() if k != "data"} if by_name else obj)
            token = (reply.body.get("metadata") or {}).get("continue")
            if not token:
                return found, reply.as_of, False
            query["continue"] = token
    except ApiError as problem:
        return problem
    return found, reply.as_of, True


def _where(resource: Resource, namespace: str) -> str:
    if not resource.namespaced:
        return "of the cluster"
    return f"of namespace {namespace}" if namespace else "of all namespaces"
