"""StartQuery and what follows: the life of a Logs Insights query.

A query works in slices: one when it starts, then one each time the clock moves on or somebody asks how far it is. So a
small query is complete at the first look, a large one is Running with the rows so far, and the loop is never held for
long. What it reads is a copy of the columns made at its start (log_groups.py), so events that are written meanwhile
neither show up nor move anything under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.groups import group_name, group_record, limit_page, live_events, millis, require
from sre_lab.aws.logs.insights.commands import DiffCommand, InsightsQuery, SourceCommand
from sre_lab.aws.logs.insights.language import MOST_ROWS, parse
from sre_lab.aws.logs.insights.planning import QueryPlan
from sre_lab.aws.logs.insights.query_run import QueryRun
from sre_lab.aws.logs.insights.windows import before, events_between
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.behaviour.kubelet.logs import flush
from sre_lab.world import World

MOST_CHARACTERS = 10_000
MOST_GROUPS = 50
MOST_RUNNING = 100  # queries of an account at once
DEFAULT_ROWS = 10_000
PAGE = 10_000
SLICE = 50_000  # events of one slice, a tenth of a second or so
SLICE_SECONDS = 0.3  # of real time at most, for queries that take longer for each event
PAUSE = 0.05  # seconds of the world's clock between two slices


@dataclass
class QueryExecution:
    id: str
    text: str
    groups: list[str]
    created: float
    run: QueryRun
    status: str = "Running"
    ended: float = 0.0
    rows: list[dict[str, str]] | None = None  # once it has ended

    def end(self, status: str, now: float) -> None:
        self.rows = self.run.rows()
        self.status, self.ended = status, now


executions: PerWorld[dict[str, QueryExecution]] = PerWorld(dict)


def start_query(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """MalformedQueryException names the place that is not understood."""
    text = str(params.get("queryString") or "")
    if params.get("queryLanguage") not in (None, "CWLI"):
        raise AwsError("InvalidParameterException", "Only the language CWLI is supported here, not PPL or SQL.")
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise AwsError("InvalidParameterException", f"queryString must have 1 to {MOST_CHARACTERS} characters.")
    limit = DEFAULT_ROWS if params.get("limit") is None else int(params["limit"])
    if not 1 <= limit <= MOST_ROWS:
        raise AwsError("InvalidParameterException", f"limit must be between 1 and {MOST_ROWS}.")
    queries = executions.of(world)
    if sum(query.status == "Running" for query in queries.values()) >= MOST_RUNNING:
        raise AwsError("LimitExceededException", f"{MOST_RUNNING} queries are running already.")
    script = parse(text)
    plan = QueryPlan(text, script, now=world.clock.now(), limit=limit)
    groups = _groups(world, params, script.source)
    run = QueryRun(plan, _windows(world, script, groups, *_window(world, params, script.source)))
    query = QueryExecution(new_id(world), text, groups, world.clock.now(), run)
    queries[query.id] = query
    _work(world, query)
    return {"queryId": query.id}


def _window(world: World, params: dict[str, Any], source: SourceCommand | None) -> tuple[int, int]:
    """The seconds from which and up to which: those of SOURCE where it says them, else those of the request."""
    start, end, now = params.get("startTime"), params.get("endTime"), world.clock.now()
    if source is not None and source.start is not None:
        start = source.start.seconds(now)
    if source is not None and source.end is not None:
        end = source.end.seconds(now)
    if not isinstance(start, int) or not isinstance(end, int) or start > end:
        raise AwsError("InvalidParameterException", "startTime and endTime are epoch seconds, start before end.")
    return start, end


def _windows(world: World, script: InsightsQuery, groups: list[str], start: int, end: int) -> list[Any]:
    account = world.cluster.account
    windows = [events_between(world.logs, account, groups, start, end, earlier=False)]
    for command in script.commands:
        if isinstance(command, DiffCommand):
            since, until = before(start, end, command.period)
            windows.append(events_between(world.logs, account, groups, since, until, earlier=True))
    return windows


def _work(world: World, query: QueryExecution) -> None:
    """One slice now, the next when the clock has moved on."""
    _advance(world, query)
    if query.status == "Running":
        world.clock.after(PAUSE, partial(_work, world, query))


def _advance(world: World, query: QueryExecution) -> None:
    if query.status == "Running":
        query.run.work(SLICE, SLICE_SECONDS)
        if query.run.done:
            query.end("Complete", world.clock.now())


def get_query_results(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The rows of a query, of one that runs the rows so far; asking takes it one slice on."""
    query = _query(world, params)
    _advance(world, query)
    rows = query.run.rows() if query.rows is None else query.rows
    size = params.get("maxItems") or params.get("limit") or PAGE
    page, token = limit_page(rows, {"limit": size, "nextToken": params.get("nextToken")})
    return {
        "queryLanguage": "CWLI",
        "results": [[{"field": name, "value": value} for name, value in row.items()] for row in page],
        "statistics": {**_statistics(query), "resultCount": float(len(rows))},
        "status": query.status,
        **token,
    }


def _statistics(query: QueryExecution) -> dict[str, float]:
    return {
        "recordsMatched": float(query.run.matched),
        "recordsScanned": float(query.run.scanned),
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": float(query.run.bytes),
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": float(len(query.groups)),
    }


def stop_query(world: World, params: dict[str, Any]) -> dict[str, Any]:
    query = _query(world, params)
    if query.status != "Running":
        raise AwsError("InvalidParameterException", f"Query {query.id} is not running: it is {query.status}.")
    query.end("Cancelled", world.clock.now())
    return {"success": True}


def describe_queries(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The newest first, by group and by status."""
    group, status = params.get("logGroupName"), params.get("status")
    rows = [
        {
            "queryLanguage": "CWLI",
            "queryId": query.id,
            "queryString": query.text,
            "status": query.status,
            "createTime": millis(query.created),
            "logGroupName": query.groups[0] if query.groups else "",
            "queryDuration": millis((query.ended or world.clock.now()) - query.created),
            "bytesScanned": float(query.run.bytes),
        }
        for query in reversed(executions.of(world).values())
        if (group is None or group in query.groups) and status in (None, query.status)
    ]
    size = int(params.get("maxResults") or 1000)
    page, token = limit_page(rows, {"limit": size, "nextToken": params.get("nextToken")})
    return {"queries": page, **token}


def _query(world: World, params: dict[str, Any]) -> QueryExecution:
    query = executions.of(world).get(str(params.get("queryId") or ""))
    if query is None:
        raise AwsError("ResourceNotFoundException", f"Query {params.get('queryId')} does not exist.")
    return query


def _groups(world: World, params: dict[str, Any], source: SourceCommand | None) -> list[str]:
    """The groups that the parameters name, or those that SOURCE selects; events past their retention are gone."""
    keys = ("logGroupName", "logGroupNames", "logGroupIdentifiers")
    sources = [params[key] for key in keys if params.get(key)]
    if len(sources) + (source is not None) != 1:
        problem = f"Give exactly one of {', '.join(keys)}, or SOURCE in the query."
        raise AwsError("InvalidParameterException", problem)
    if source is not None:
        groups = _matching_groups(world, source)
    else:
        names = [sources[0]] if isinstance(sources[0], str) else sources[0]
        groups = list(dict.fromkeys(require(world, {"logGroupName": group_name(name)}) for name in names))
        if len(groups) > MOST_GROUPS:
            raise AwsError("InvalidParameterException", f"At most {MOST_GROUPS} log groups can be queried at once.")
    for group in groups:
        live_events(world, group)
    return groups


def _matching_groups(world: World, source: SourceCommand) -> list[str]:
    flush(world)
    if source.accounts and world.cluster.account not in source.accounts:
        return []
    return [
        name
        for name in world.logs.names()
        if group_record(world, name).log_class == source.log_class
        and (not source.prefixes or name.startswith(tuple(source.prefixes)))
    ]
