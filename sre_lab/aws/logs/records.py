"""Single records and the fields that records have: GetLogRecord and GetLogGroupFields."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.groups import live_events, millis, require
from sre_lab.aws.logs.insights.batches import LAMBDA
from sre_lab.aws.logs.insights.discovered_fields import all_fields
from sre_lab.aws.logs.insights.pointers import resolve
from sre_lab.aws.logs.insights.values import to_text
from sre_lab.world import World

AROUND = 8 * 60_000  # milliseconds before and after the time that is asked for
WITHOUT_TIME = 15 * 60_000
MOST_READ = 10_000  # events
GENERATED = ("@timestamp", "@message", "@ingestionTime", "@logStream", "@log")


def get_log_record(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Every field of the event that a result's @ptr leads to."""
    text = str(params.get("logRecordPointer") or "")
    try:
        event = resolve(world.logs, text)
    except ValueError as problem:
        raise AwsError("InvalidParameterException", f"The logRecordPointer is invalid: {problem}") from problem
    if event is None:
        raise AwsError("ResourceNotFoundException", "The log record that the pointer names does not exist any more.")
    group, stream, at, ingested_at, message = event
    fields = {
        **all_fields(message, of_lambda=group.startswith(LAMBDA)),
        "@timestamp": at,
        "@ingestionTime": ingested_at,
        "@message": message,
        "@logStream": stream,
        "@log": f"{world.cluster.account}:{group}",
        "@ptr": text,
    }
    return {"logRecord": {name: to_text(value) for name, value in fields.items()}}


def get_log_group_fields(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The fields of a group's events around a time (epoch seconds), and in how many percent of them each is."""
    group = live_events(world, require(world, params))
    now, about = millis(world.clock.now()), params.get("time")
    start, end = (now - WITHOUT_TIME, now) if about is None else (about * 1000 - AROUND, about * 1000 + AROUND)
    messages = group.span(start, end).messages[-MOST_READ:]
    counts = Counter(dict.fromkeys(GENERATED, len(messages)))
    for message in messages:
        counts.update(all_fields(message, of_lambda=group.name.startswith(LAMBDA)).keys())
    rows = [{"name": name, "percent": round(100 * count / len(messages))} for name, count in counts.items() if count]
    return {"logGroupFields": sorted(rows, key=lambda row: (-int(str(row["percent"])), str(row["name"])))}
