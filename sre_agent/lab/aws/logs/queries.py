"""StartQuery and what follows: the life of a Logs Insights query. It is answered at once, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sre_agent.lab.aws.beside import Beside
from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.aws.logs.groups import group_name, paged, require
from sre_agent.lab.aws.logs.insights.language import parse
from sre_agent.lab.aws.logs.insights.pipeline import Answer, run
from sre_agent.lab.aws.ssm.identifiers import new_id
from sre_agent.lab.world import World

MOST_CHARACTERS = 10_000
MOST_GROUPS = 50
DEFAULT_ROWS = 10_000
MOST_ROWS = 100_000
PAGE = 10_000


@dataclass
class Query:
    id: str
    text: str
    groups: list[str]
    created: float
    answer: Answer


asked: Beside[dict[str, Query]] = Beside(dict)


def start_query(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Parse and run; MalformedQueryException names the place that is not understood."""
    text = str(params.get("queryString") or "")
    if params.get("queryLanguage") not in (None, "CWLI"):
        raise AwsError("InvalidParameterException", "Only the language CWLI is supported here, not PPL or SQL.")
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise AwsError("InvalidParameterException", f"queryString must have 1 to {MOST_CHARACTERS} characters.")
    start, end = params.get("startTime"), params.get("endTime")
    if not isinstance(start, int) or not isinstance(end, int) or start > end:
        raise AwsError("InvalidParameterException", "startTime and endTime are epoch seconds, start before end.")
    groups = _groups(world, params)
    limit = int(params.get("limit") or DEFAULT_ROWS)
    if not 1 <= limit <= MOST_ROWS:
        raise AwsError("InvalidParameterException", f"limit must be between 1 and {MOST_ROWS}.")
    answer = run(world, groups, parse(text), float(start), float(end), limit)
    query = Query(new_id(world), text, groups, world.clock.now(), answer)
    asked.of(world)[query.id] = query
    return {"queryId": query.id}


def get_query_results(world: World, params: dict[str, Any]) -> dict[str, Any]:
    query = asked.of(world).get(str(params.get("queryId") or ""))
    if query is None:
        raise AwsError("ResourceNotFoundException", f"Query {params.get('queryId')} does not exist.")
    answer = query.answer
    page, token = paged(answer.rows, {"limit": PAGE, **params})
    return {
        "queryLanguage": "CWLI",
        "results": [[{"field": name, "value": value} for name, value in row.items()] for row in page],
        "statistics": {
            "recordsMatched": float(answer.matched),
            "recordsScanned": float(answer.scanned),
            "bytesScanned": float(answer.bytes),
            "logGroupsScanned": float(len(query.groups)),
        },
        "status": "Complete",
        **token,
    }


def stop_query(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Queries are complete when they have begun, so there is nothing left to stop."""
    if str(params.get("queryId") or "") not in asked.of(world):
        raise AwsError("ResourceNotFoundException", f"Query {params.get('queryId')} does not exist.")
    raise AwsError("InvalidParameterException", "The query has ended already.")


def describe_queries(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group, status = params.get("logGroupName"), params.get("status")
    rows = [
        {
            "queryId": query.id,
            "queryString": query.text,
            "status": "Complete",
            "createTime": round(query.created * 1000),
            "logGroupName": query.groups[0],
        }
        for query in reversed(asked.of(world).values())
        if (group is None or group in query.groups) and status in (None, "Complete")
    ]
    size = int(params.get("maxResults") or 1000)
    page, token = paged(rows, {"limit": size, "nextToken": params.get("nextToken")})
    return {"queries": page, **token}


def _groups(world: World, params: dict[str, Any]) -> list[str]:
    named = [params["logGroupName"]] if params.get("logGroupName") else params.get("logGroupNames")
    if bool(named) == bool(params.get("logGroupIdentifiers")):
        raise AwsError("InvalidParameterException", "Give exactly one of logGroupName(s) and logGroupIdentifiers.")
    groups = [group_name(name) for name in named or params["logGroupIdentifiers"]]
    if len(groups) > MOST_GROUPS:
        raise AwsError("InvalidParameterException", f"At most {MOST_GROUPS} log groups can be queried at once.")
    return [require(world, {"logGroupName": name}) for name in groups]
