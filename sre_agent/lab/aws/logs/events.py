"""PutLogEvents, GetLogEvents and FilterLogEvents."""

from __future__ import annotations

from typing import Any

from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.aws.logs.groups import event_id, made, millis, paged, require, streams_of
from sre_agent.lab.aws.logs.patterns import compiled
from sre_agent.lab.telemetry import LogEvent
from sre_agent.lab.world import World

MOST_EVENTS = 10_000  # in one answer


def put_log_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Append events to a stream that exists; they may come in any order."""
    group, stream = require(world, params), str(params.get("logStreamName") or "")
    _require_stream(world, group, stream)
    for event in params.get("logEvents") or []:
        world.logs.append(group, LogEvent(float(event["timestamp"]) / 1000, stream, str(event["message"])))
    return {"nextSequenceToken": str(millis(world.clock.now()))}


def get_log_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """One stream in pages, the newest page first unless startFromHead; tokens lead forward and backward."""
    group, stream = require(world, params), str(params.get("logStreamName") or "")
    _require_stream(world, group, stream)
    events = [event for event in _between(world, group, params) if event.stream == stream]
    size = int(params.get("limit") or MOST_EVENTS)
    token = str(params.get("nextToken") or "")
    if token and (token[:2] not in ("f/", "b/") or not token[2:].isdigit()):
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    if not token:
        start = 0 if params.get("startFromHead") else max(0, len(events) - size)
    else:
        start = int(token[2:]) if token[0] == "f" else max(0, int(token[2:]) - size)
    end = int(token[2:]) if token[:1] == "b" else min(len(events), start + size)
    shown = [
        {"timestamp": millis(e.at), "message": e.message, "ingestionTime": millis(e.at)} for e in events[start:end]
    ]
    return {"events": shown, "nextForwardToken": f"f/{end}", "nextBackwardToken": f"b/{start}"}


def filter_log_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Events of a group by time, streams and filter pattern, oldest first."""
    group = require(world, params)
    takes = compiled(str(params.get("filterPattern") or ""))
    streams, prefix = params.get("logStreamNames") or [], params.get("logStreamNamePrefix") or ""
    rows = [
        {
            "logStreamName": event.stream,
            "timestamp": millis(event.at),
            "message": event.message,
            "ingestionTime": millis(event.at),
            "eventId": event_id(group, event),
        }
        for event in _between(world, group, params)
        if (not streams or event.stream in streams) and event.stream.startswith(prefix) and takes(event.message)
    ]
    page, token = paged(rows, {"limit": MOST_EVENTS, **params})
    return {"events": page, "searchedLogStreams": [], **token}


def _between(world: World, group: str, params: dict[str, Any]) -> list[LogEvent]:
    """The events of the window: milliseconds, the end excluded."""
    start, end = float(params.get("startTime") or 0) / 1000, params.get("endTime")
    until = float("inf") if end is None else float(end) / 1000
    return [event for event in world.logs.between(group, start, until) if event.at < until]


def _require_stream(world: World, group: str, stream: str) -> None:
    if (group, stream) not in made.of(world).streams and stream not in streams_of(world, group):
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
