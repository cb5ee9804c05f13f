"""Logs Insights over a million events: typical queries, what the events weigh, how long the loop is held."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from random import Random

from sre_lab.aws.logs.insights.language import parse
from sre_lab.aws.logs.insights.planning import QueryPlan
from sre_lab.aws.logs.insights.query_run import QueryRun
from sre_lab.aws.logs.insights.windows import events_between
from sre_lab.aws.logs.queries import SLICE, SLICE_SECONDS
from sre_lab.log_groups import LogGroup, LogGroups
from tests.bench.figures import Figure

EVENTS = 1_000_000
FIRST = 1_767_225_600_000  # milliseconds since the epoch
APART = 4  # milliseconds
QUERIES = {
    "regular expression, counted by bin": "filter @message like /(?i)error|refused/ | stats count(*) by bin(5m)",
    "parsed by glob, four statistics by field": (
        "parse @message 'GET * took * ms status=*' as path, took, status "
        "| stats count(*), avg(took), max(took), pct(took, 99) by path"
    ),
    "pattern": "pattern @message",
    "JSON, filtered and counted by fields": "filter level = 'error' | stats count(*) by kubernetes.pod_name",
}


def figures() -> Iterator[Figure]:
    longest_hold = weight = 0.0
    for write, names in ((_line, list(QUERIES)[:3]), (_json, list(QUERIES)[3:])):
        logs = _fill(write)
        weight = max(weight, _bytes(logs.group("/app")) / 1e6)
        for name in names:
            seconds, longest = _answer(logs, QUERIES[name])
            longest_hold = max(longest_hold, longest)
            yield Figure(f"Logs Insights, 1 million events: {name}", seconds, "s", 3.0)
    yield Figure("Logs Insights: the longest that a query holds the loop", longest_hold, "s", 1.0)
    yield Figure("Logs Insights: memory of 1 million events", weight, "MB", 500.0)


def _answer(logs: LogGroups, query: str) -> tuple[float, float]:
    """Seconds of a query from its start to its rows, and of its longest slice."""
    started = began = time.perf_counter()
    window = events_between(logs, "1", ["/app"], 0, FIRST // 1000 + EVENTS, earlier=False)
    run = QueryRun(QueryPlan(query, parse(query), now=0.0, limit=10_000), [window])
    longest = time.perf_counter() - began
    while not run.done:
        began = time.perf_counter()
        run.work(SLICE, SLICE_SECONDS)
        longest = max(longest, time.perf_counter() - began)
    rows = run.rows()
    if not rows or run.scanned != EVENTS:
        raise AssertionError(f"{query!r} answered {len(rows)} rows of {run.scanned} events")
    return time.perf_counter() - started, longest


def _fill(line: Callable[[Random, int], str]) -> LogGroups:
    random = Random(7)
    logs = LogGroups()
    logs.create("/app")
    group = logs.group("/app")
    for number in range(EVENTS):
        at = FIRST + number * APART
        group.add(at, f"pod-{number % 7}", line(random, number), at)
    return logs


def _line(random: Random, number: int) -> str:
    """A service's log: requests, cache lookups and failures, each line with numbers of its own."""
    kind = random.random()
    when = f"2026-01-01T{number // 900_000 % 24:02d}:{number // 15_000 % 60:02d}:{number // 250 % 60:02d}Z"
    if kind < 0.6:
        path = ("/cart", "/pay", "/items", "/login")[number % 4]
        return f"{when} INFO GET {path} took {random.randint(1, 900)} ms status=200 id={random.getrandbits(64):016x}"
    if kind < 0.9:
        return f"{when} DEBUG cache lookup key=user:{random.randint(1, 99_999)} from 10.0.{number % 256}.{number % 199}"
    return f"{when} ERROR payment refused: no connection to db-{number % 3} after {random.randint(1, 30)} s"


def _json(random: Random, number: int) -> str:
    """The same as a container's log agent sends it."""
    pod = {"pod_name": f"app-{number % 20}", "namespace_name": "shop", "labels": {"app": "app"}}
    level = "error" if number % 3 == 0 else "info"
    return json.dumps({"level": level, "log": _line(random, number), "stream": "stdout", "kubernetes": pod})


def _bytes(group: LogGroup) -> int:
    columns = sum(sys.getsizeof(column) for column in (group.times, group.ingested, group.streams, group.messages))
    return columns + sum(map(sys.getsizeof, group.messages))
