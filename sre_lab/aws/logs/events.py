"""GetLogEvents and FilterLogEvents: reading events as they were written."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.groups import live_events, require, require_stream
from sre_lab.aws.logs.patterns import compile_pattern
from sre_lab.log_groups import LogGroup
from sre_lab.world import World

MOST_EVENTS = 10_000  # in one answer
MOST_LOOKED_AT = 200_000  # for one answer, so that the loop is not held for long


def get_log_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """One stream in pages, the newest page first unless startFromHead; tokens lead forward and backward.

    At either end the token that was given comes back, as the service says that there is no more.
    """
    name, stream = require(world, params), str(params.get("logStreamName") or "")
    require_stream(world, name, stream)
    group = live_events(world, name)
    places = [place for place in _window(group, params) if group.names[group.streams[place]] == stream]
    size = _limit(params)
    token = str(params.get("nextToken") or "")
    if token and (token[:2] not in ("f/", "b/") or not token[2:].isdigit()):
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    if not token:
        start = 0 if params.get("startFromHead") else max(0, len(places) - size)
    else:
        start = int(token[2:]) if token[0] == "f" else max(0, int(token[2:]) - size)
    end = int(token[2:]) if token[:1] == "b" else min(len(places), start + size)
    entries = [
        {"timestamp": group.times[p], "message": group.messages[p], "ingestionTime": group.ingested[p]}
        for p in places[start:end]
    ]
    return {"events": entries, "nextForwardToken": f"f/{end}", "nextBackwardToken": f"b/{start}"}


def filter_log_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Events of a group by time, streams and filter pattern, oldest first.

    As at the service, a page may be short or empty while its token leads on: one answer looks at so many events only.
    """
    name = require(world, params)
    takes = compile_pattern(str(params.get("filterPattern") or ""))
    streams, prefix = params.get("logStreamNames") or [], params.get("logStreamNamePrefix") or ""
    if streams and prefix:
        raise AwsError("InvalidParameterException", "Give logStreamNames or logStreamNamePrefix, not both.")
    group = live_events(world, name)
    stream_numbers = {
        number
        for number, stream in enumerate(group.names)
        if (not streams or stream in streams) and stream.startswith(prefix)
    }
    window = _window(group, params)
    size, token = _limit(params), str(params.get("nextToken") or window.start)
    if not token.isdigit():
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    entries: list[dict[str, Any]] = []
    until = min(window.stop, int(token) + MOST_LOOKED_AT)
    for place in range(int(token), until):
        if group.streams[place] in stream_numbers and takes(group.messages[place]):
            if len(entries) == size:
                return {"events": entries, "searchedLogStreams": [], "nextToken": str(place)}
            entries.append(_event_entry(group, place))
    more = {"nextToken": str(until)} if until < window.stop else {}
    return {"events": entries, "searchedLogStreams": [], **more}


def _event_entry(group: LogGroup, place: int) -> dict[str, Any]:
    return {
        "logStreamName": group.names[group.streams[place]],
        "timestamp": group.times[place],
        "message": group.messages[place],
        "ingestionTime": group.ingested[place],
        "eventId": _event_id(group, place),
    }


def _event_id(group: LogGroup, place: int) -> str:
    """56 digits, rising with time, the same at every look."""
    at = group.times[place]
    ordinal = place - bisect_left(group.times, at)
    digest = hashlib.sha256(f"{group.name}/{at}/{ordinal}".encode()).digest()
    return f"{at:020d}{int.from_bytes(digest[:14], 'big') % 10**36:036d}"


def _window(group: LogGroup, params: dict[str, Any]) -> range:
    """The places of the window's events: milliseconds, the end excluded."""
    start, end = params.get("startTime") or 0, params.get("endTime")
    last = len(group.times) if end is None else bisect_left(group.times, int(end))
    return range(min(bisect_left(group.times, int(start)), last), last)


def _limit(params: dict[str, Any]) -> int:
    size = MOST_EVENTS if params.get("limit") is None else int(params["limit"])
    if not 1 <= size <= MOST_EVENTS:
        raise AwsError("InvalidParameterException", f"limit must be between 1 and {MOST_EVENTS}.")
    return size
