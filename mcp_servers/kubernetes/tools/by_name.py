"""Objects of any kind by their exact name: what the API serves is asked of the API, so no list of kinds is needed.

Only names are asked for: nothing that a Secret holds leaves the API server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.connection.client import NAMES
from mcp_servers.kubernetes.observe.hosts import is_host_of
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS, ResourceType
from mcp_servers.serving.cancellation import at_once
from mcp_servers.serving.errors import TeachingError

AT_ONCE: Final = 8
MOST: Final = 120  # kinds that are looked through
# Written in great number by controllers, and named by nobody.
UNNAMED: Final = frozenset(("Event", "EndpointSlice", "Endpoints", "ControllerRevision", "Lease", "ReplicaSet", "Pod"))


@dataclass
class NameMatches:
    """`matches` as in `kubectl_find`; `coverage` says what could not be looked through."""

    matches: list[dict[str, Any]] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)


def by_name(api: Api, name: str, namespace: str, kinds: Sequence[ResourceType] = ()) -> NameMatches:
    """Objects of that name, of `kinds` or of every kind that the cluster serves. One request a kind, side by side."""
    name_matches = NameMatches()
    try:
        selection = list(kinds) or every_kind(api)
    except TeachingError as problem:
        name_matches.coverage.append(_gap(problem, "the kinds that the cluster serves"))
        selection = [one for one in KINDS.values() if one.kind not in UNNAMED]
    if len(selection) > MOST:
        detail = f"{len(selection) - MOST} kinds were not searched."
        name_matches.coverage.append(Coverage(looked_at="objects of that name", state="truncated", detail=detail))
    denied: list[str] = []
    for resource, answer in zip(
        selection[:MOST],
        at_once(lambda one: _find_named(api, one, name, namespace), selection[:MOST], AT_ONCE),
        strict=True,
    ):
        if isinstance(answer, TeachingError):
            denied += [resource.plural] if kinds else []
            continue
        name_matches.matches += answer
    if denied:
        name_matches.coverage.append(
            Coverage(looked_at=", ".join(denied), state="denied", detail="listing them is not allowed.")
        )
    return name_matches


def every_kind(api: Api) -> list[ResourceType]:
    """What the cluster serves and can list, each kind once, in the version that it prefers."""
    by_kind = {one.kind: one for one in KINDS.values() if one.kind not in UNNAMED}
    groups = api.get("/apis", request="API groups").body.get("groups", [])
    known_groups = {one.group for one in KINDS.values()}
    for entry in groups:
        if entry["name"] in known_groups:
            continue
        base = f"/apis/{entry['preferredVersion']['groupVersion']}"
        try:
            resources = api.get(base, request=f"resources of {base}").body.get("resources", [])
        except TeachingError:
            continue  # the server of that group does not answer: its objects cannot be told of
        for one in resources:
            if "/" not in one["name"] and one["kind"] not in UNNAMED and "list" in one.get("verbs", ["list"]):
                by_kind.setdefault(one["kind"], ResourceType(one["kind"], one["name"], base, one["namespaced"]))
    return list(by_kind.values())


def _find_named(api: Api, resource: ResourceType, name: str, namespace: str) -> list[dict[str, Any]] | TeachingError:
    try:
        query = {"fieldSelector": f"metadata.name={name}"}
        request = f"list {resource.plural}"
        items = list(api.get(resource.path(namespace), query, request=request, accept=NAMES).body.get("items") or [])
        if not items and resource.kind == "Node":  # by another of its names
            every = api.get(resource.path(), request="list nodes").body.get("items") or []
            items = [one for one in every if is_host_of(name, {**one, "kind": "Node"})]
    except TeachingError as problem:
        return problem
    return [
        {
            "kind": resource.kind,
            "namespace": str(o.meta(one).get("namespace", "")),
            "name": o.name(one),
            "exact": True,
            "score": 1.0,
        }
        for one in items
    ]


def _gap(problem: TeachingError, looked_at: str) -> Coverage:
    return Coverage(looked_at=looked_at, state="unavailable", detail=str(problem)[:300])
