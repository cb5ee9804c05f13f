"""PutLogEvents and its rules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.groups import DAY_MILLIS, group_record, millis, require, require_stream
from sre_lab.log_groups import LogEvent
from sre_lab.world import World

MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576  # of a batch, and of one event
EVENT_OVERHEAD = 26  # bytes that count for each event
MOST_SPAN = DAY_MILLIS
TOO_NEW = 2 * 3_600_000
TOO_OLD = 14 * DAY_MILLIS


def put_log_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Append events in the order of their times; what is too old or too new is left out and told."""
    group, stream = require(world, params), str(params.get("logStreamName") or "")
    require_stream(world, group, stream)
    events = params.get("logEvents") or []
    _check(events)
    now = millis(world.clock.now())
    retention = group_record(world, group).retention
    oldest = now - TOO_OLD
    kept_from = oldest if retention is None else now - retention * DAY_MILLIS
    too_old = sum(event["timestamp"] < oldest for event in events)
    expired_count = sum(event["timestamp"] < kept_from for event in events)
    good = sum(event["timestamp"] <= now + TOO_NEW for event in events)
    batch = events[max(too_old, expired_count) : good]
    if batch and batch[-1]["timestamp"] - batch[0]["timestamp"] > MOST_SPAN:
        problem = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        raise AwsError("InvalidParameterException", problem)
    for event in batch:
        log_event = LogEvent(event["timestamp"] / 1000, stream, str(event["message"]))
        world.logs.append(group, log_event, ingestion=world.clock.now())
    rejected: dict[str, int] = {}
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired_count > too_old:
        rejected["expiredLogEventEndIndex"] = expired_count
    if good < len(events):
        rejected["tooNewLogEventStartIndex"] = good
    answer: dict[str, Any] = {"nextSequenceToken": f"{now:056d}"}
    return {**answer, "rejectedLogEventsInfo": rejected} if rejected else answer


def _check(events: list[dict[str, Any]]) -> None:
    """InvalidParameterException for a batch that the service refuses as a whole."""
    problem = ""
    sizes = [len(str(event.get("message", "")).encode()) + EVENT_OVERHEAD for event in events]
    if not 1 <= len(events) <= MOST_EVENTS:
        problem = f"A batch has 1 to {MOST_EVENTS} log events, this one {len(events)}."
    elif any(not isinstance(event.get("timestamp"), int) or not event.get("message") for event in events):
        problem = "Every log event has a timestamp in milliseconds and a message that is not empty."
    elif any(a["timestamp"] > b["timestamp"] for a, b in pairwise(events)):
        problem = "Log events in a single PutLogEvents request must be in chronological order."
    elif max(sizes) > MOST_BYTES:
        problem = f"Log event too large: {max(sizes)} bytes exceed the limit of {MOST_BYTES}."
    elif sum(sizes) > MOST_BYTES:
        problem = f"Upload too large: {sum(sizes)} bytes exceed the limit of {MOST_BYTES}."
    if problem:
        raise AwsError("InvalidParameterException", problem)
