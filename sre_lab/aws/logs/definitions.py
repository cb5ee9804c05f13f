"""Query definitions: queries that are kept under a name."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.groups import limit_page, millis
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.world import World

MOST = 1000

definitions: PerWorld[dict[str, dict[str, Any]]] = PerWorld(dict)


def put_query_definition(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Keep a new one, or replace the one with the given id whole."""
    kept = definitions.of(world)
    given = params.get("queryDefinitionId")
    if given is not None and given not in kept:
        raise AwsError("ResourceNotFoundException", f"The query definition {given} does not exist.")
    if not params.get("name") or not params.get("queryString"):
        raise AwsError("InvalidParameterException", "A query definition has a name and a queryString.")
    if given is None and len(kept) >= MOST:
        raise AwsError("LimitExceededException", f"There are {MOST} query definitions already.")
    name = str(given or new_id(world))
    kept[name] = {
        "queryLanguage": params.get("queryLanguage") or "CWLI",
        "queryDefinitionId": name,
        "name": params["name"],
        "queryString": params["queryString"],
        "lastModified": millis(world.clock.now()),
        "logGroupNames": list(params.get("logGroupNames") or []),
    }
    return {"queryDefinitionId": name}


def delete_query_definition(world: World, params: dict[str, Any]) -> dict[str, Any]:
    found = definitions.of(world).pop(str(params.get("queryDefinitionId") or ""), None)
    if found is None:
        name = params.get("queryDefinitionId")
        raise AwsError("ResourceNotFoundException", f"The query definition {name} does not exist.")
    return {"success": True}


def describe_query_definitions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By the beginning of their name."""
    prefix = params.get("queryDefinitionNamePrefix") or ""
    rows = [row for row in definitions.of(world).values() if row["name"].startswith(prefix)]
    size = int(params.get("maxResults") or 1000)
    page, token = limit_page(rows, {"limit": size, "nextToken": params.get("nextToken")})
    return {"queryDefinitions": page, **token}
