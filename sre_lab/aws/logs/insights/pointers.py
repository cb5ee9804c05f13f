"""@ptr: what leads from a result row back to its log event, for as long as the event is kept."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right

from sre_lab.aws.logs.insights.batches import EventColumns
from sre_lab.log_groups import LogGroups


def pointer(events: EventColumns, place: int) -> str:
    """Group, stream, time, and which of the stream's events of that millisecond: later events change none of these."""
    at, number = events.times[place], events.streams[place]
    first = bisect_left(events.times, at)
    before = sum(events.streams[other] == number for other in range(first, place))
    parts = [events.groups[number], events.names[number], at, before]
    return base64.b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def resolve(logs: LogGroups, text: str) -> tuple[str, str, int, int, str] | None:
    """(group, stream, time, time of ingestion, message) in milliseconds; None when there is no such event.

    ValueError for a text that is no pointer.
    """
    try:
        group, stream, at, before = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, UnicodeDecodeError, TypeError) as problem:
        raise ValueError(f"{text!r} is no log record pointer") from problem
    if group not in logs:
        return None
    log_group = logs.group(group)
    for place in range(bisect_left(log_group.times, at), bisect_right(log_group.times, at)):
        if log_group.names[log_group.streams[place]] == stream:
            if not before:
                return group, stream, at, log_group.ingested[place], log_group.messages[place]
            before -= 1
    return None
