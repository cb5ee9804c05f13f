"""Tool `kubectl_find`: what a name, as people write it, refers to in the cluster."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.facts import Answer, Observation, Subject
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.balancers import balancers
from mcp_servers.kubernetes.observe.hosts import is_host_of
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import WORKLOADS, any_resource, built_in_kind
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, removed_workload
from mcp_servers.kubernetes.tools.by_name import by_name
from mcp_servers.serving import cursors
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import alike
from mcp_servers.serving.registry import read_tool

SEARCHED: Final = (*CONTROLLERS, "Pod", "Service", "Ingress")
ORDER: Final = (*WORKLOADS, "Service", "Ingress", "ReplicaSet", "Pod")  # of equal names
DISPLAY_LIMIT: Final = 20
NEAR: Final = 0.6


class Find:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Find by name")
    def kubectl_find(
        self,
        name: inputs.LookedForName,
        namespace: inputs.NamespaceOrAll = "",
        kinds: inputs.Kinds = None,
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """What a name may refer to, exact matches first, then similar ones. If no workload, pod, Service or Ingress has
        it, every other kind that the cluster serves is searched.

        `name` may be a deleted pod's (it leads to its workload), a load balancer's or a host's (it leads to its
        Ingress, Service or node), `namespace/name`, or `kind/name`. `kinds` limits the kinds.
        `data.matches` holds {kind, namespace, name, exact, score from 0 to 1}.
        """
        start = cursors.offset(cursor)
        wanted_name, place, said_kind = _parts(name, namespace)
        resources = [any_resource(self._api, kind) for kind in kinds or ([said_kind] if said_kind else [])]
        wanted_kinds = [resource.kind for resource in resources]
        if not wanted_name:
            raise TeachingError("bad_request", f"name {name!r}", "is empty.")
        lists = read(self._api, place, SEARCHED)
        assert lists.as_of is not None
        matches = _matches(wanted_name, lists, wanted_kinds)
        rare = [resource for resource in resources if resource.kind not in SEARCHED]
        if rare or not (resources or any(m["exact"] for m in matches)):
            others = by_name(self._api, wanted_name, place, rare)
            matches = sorted([*matches, *others.matches], key=_order)
            lists.coverage += others.coverage
        exact = [m for m in matches if m["exact"]]
        scope = self._api.name
        observations = []
        if not exact and place and not lists.problems:
            near = [f"{m['kind']}/{m['name']}" for m in matches[:5]]
            about = Subject(scope=scope, kind=(wanted_kinds or ["Deployment"])[0], namespace=place, name=wanted_name)
            observations = [Observation(code="workload.absent", subject=about, attributes={"near": near})]
        page, after = matches[start : start + DISPLAY_LIMIT], start + DISPLAY_LIMIT
        more = cursors.encode(offset=after) if after < len(matches) else ""
        rows = [[m["kind"], m["namespace"], m["name"], "yes" if m["exact"] else f"near ({m['score']})"] for m in page]
        head = f"{len(exact)} exact matches for {wanted_name} in {place or 'all namespaces'} of cluster {scope}."
        return Answer(
            text=head
            + (f"\n\n{table(['kind', 'namespace', 'name', 'exact'], rows)}" if rows else "")
            + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=lists.as_of,
            data={"scope": scope, "matches": page, "cursor": more},
            observations=observations,
            coverage=compact(lists.coverage),
            left_out={"matches": len(matches) - after} if more else {},
        )


def _parts(name: str, namespace: str) -> tuple[str, str, str]:
    """(name, namespace, kind) out of `name`, `namespace/name`, `kind/name` or `kind/namespace/name`."""
    parts = [p for p in name.strip().split("/") if p]
    kind = ""
    if len(parts) > 1 and (resource := built_in_kind(parts[0])) is not None:
        kind = resource.kind
        parts = parts[1:]
    if len(parts) > 1:
        namespace = namespace or parts[-2]
    return (parts[-1] if parts else ""), namespace, kind


def _matches(name: str, lists: Lists, wanted_kinds: list[str]) -> list[dict[str, Any]]:
    by_key: dict[tuple[str, str, str], dict[str, Any]] = {}

    def add(obj: Obj, exact: bool, score: float) -> None:
        kind, namespace = obj["kind"], str(o.meta(obj).get("namespace", ""))
        key = (kind, namespace, o.name(obj))
        if key not in by_key or by_key[key]["score"] < score:
            by_key[key] = {
                "kind": kind,
                "namespace": namespace,
                "name": key[2],
                "exact": exact,
                "score": round(score, 2),
            }

    for kind in SEARCHED:
        if wanted_kinds and kind not in wanted_kinds:
            continue
        for obj in lists.of(kind):
            score = 1.0 if name in balancers(obj) or is_host_of(name, obj) else alike(name, o.name(obj))
            if score >= NEAR:
                add(obj, score == 1.0, score)
    if not any(m["exact"] for m in by_key.values()) and (not wanted_kinds or {"Pod", "ReplicaSet"} & set(wanted_kinds)):
        for part in _by_namespace(lists):
            if (owner := removed_workload(name, part)) is not None:
                add(owner, True, 0.95)
    return sorted(by_key.values(), key=_order)


def _order(match: dict[str, Any]) -> tuple[bool, float, int, str]:
    kind = str(match["kind"])
    return not match["exact"], -match["score"], ORDER.index(kind) if kind in ORDER else len(ORDER), kind


def _by_namespace(lists: Lists) -> list[Lists]:
    """Owners are of one namespace each: the same name may be in several."""
    places = sorted({str(o.meta(x).get("namespace", "")) for kind in CONTROLLERS for x in lists.of(kind)})
    return [
        Lists(
            {k: [x for x in objects if o.meta(x).get("namespace", "") == place] for k, objects in lists.objects.items()}
        )
        for place in places
    ]
