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
    saved_queries = definitions.of(world)
    id_ = params.get("queryDefinitionId")
    if id_ is not None and id_ not in saved_queries:
        raise AwsError("ResourceNotFoundException", f"The query definition {id_} does not exist.")
    if not params.get("name") or not params.get("queryString"):
        raise AwsError("InvalidParameterException", "A query definition has a name and a queryString.")
    if id_ is None and len(saved_queries) >= MOST:
        raise AwsError("LimitExceededException", f"There are {MOST} query definitions already.")
    name = str(id_ or new_id(world))
    saved_queries[name] = {
        "queryLanguage": params.get("queryLanguage") or "CWLI",
        "queryDefinitionId": name,
        "name": params["name"],
        "queryString": params["queryString"],
        "lastModified": millis(world.clock.now()),
        "logGroupNames": list(params.get("logGroupNames") or []),
    }
    return {"queryDefinitionId": name}


def delete_query_definition(world: World, params: dict[str, Any]) -> dict[str, Any]:
    definition = definitions.of(world).pop(str(params.get("queryDefinitionId") or ""), None)
    if definition is None:
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
