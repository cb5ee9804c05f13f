"""What ConfigMaps hold that pod templates take. Lists of objects leave values out: who needs them asks here."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection.api import Api, ApiError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import PAGE, PAGES, gap
from mcp_servers.serving.cancellation import at_once
from mcp_servers.serving.errors import TeachingError

AT_ONCE = 4


def config_maps(api: Api, namespace: str, names: list[str], gaps: list[Coverage]) -> Iterator[tuple[str, Obj]]:
    """(name, ConfigMap with its values) of those that are there; `gaps` takes what could not be read."""

    def read_one(name: str) -> Obj | ApiError:
        try:
            config_map: Obj = api.get(
                KINDS["ConfigMap"].path(namespace, name), request=f"get ConfigMap {namespace}/{name}"
            ).body
            return config_map
        except ApiError as problem:
            return problem

    for name, result in zip(names, at_once(read_one, names, AT_ONCE), strict=True):
        if not isinstance(result, ApiError):
            yield name, result
        elif result.kind != "not_found":
            gaps.append(gap(result, f"ConfigMap {namespace}/{name}"))


def listed_texts(
    api: Api, namespace: str, names: Collection[tuple[str, str]], gaps: list[Coverage]
) -> dict[str, dict[str, dict[str, str]]]:
    """The values of those with these `names` (namespace, name), by namespace, name and key, out of a list of all."""
    values: dict[str, dict[str, dict[str, str]]] = {}
    query: dict[str, str | int] = {"limit": PAGE}
    looked_at = f"values of configmaps in {namespace or 'all namespaces'}"
    try:
        for _ in range(PAGES if names else 0):
            body = api.get(KINDS["ConfigMap"].path(namespace), query, request=looked_at).body
            for one in body.get("items") or []:
                place, name = str(o.meta(one).get("namespace", "")), o.name(one)
                if (place, name) in names:
                    values.setdefault(place, {})[name] = texts(one)
            if not (token := (body.get("metadata") or {}).get("continue")):
                return values
            query["continue"] = token
    except TeachingError as problem:
        gaps.append(gap(problem, looked_at))
        return values
    gaps += [Coverage(looked_at=looked_at, state="truncated", detail="the first ones were read")] if names else []
    return values


def applied_texts(config_map: Obj) -> dict[str, str]:
    """The values by key that kubectl applied last."""
    return texts(o.last_applied(config_map))


def texts(config_map: Obj) -> dict[str, str]:
    """Its values by key."""
    data = config_map.get("data")
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}
