"""Log groups and their streams."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.behaviour.kubelet.logs import flush
from sre_lab.log_groups import LogGroup
from sre_lab.world import World

PAGE = 50
DAY_MILLIS = 86_400_000
NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
CLASSES = ("STANDARD", "INFREQUENT_ACCESS", "DELIVERY")


@dataclass
class LogGroupRecord:
    """What is known of a group beside its events."""

    created: float | None = None  # epoch seconds; None for one that began with its first event
    log_class: str = "STANDARD"
    retention: int | None = None  # days
    tags: dict[str, str] = field(default_factory=dict)
    streams: dict[str, float] = field(default_factory=dict)  # made by hand, and when
    filters: set[str] = field(default_factory=set)  # names of its metric filters


_facts: PerWorld[dict[str, LogGroupRecord]] = PerWorld(dict)


def group_record(world: World, group: str) -> LogGroupRecord:
    return _facts.of(world).setdefault(group, LogGroupRecord())


def millis(at: float) -> int:
    return round(at * 1000)


def arn(world: World, group: str) -> str:
    return f"arn:aws:logs:{world.cluster.region}:{world.cluster.account}:log-group:{group}"


def require(world: World, params: dict[str, Any], key: str = "logGroupName") -> str:
    """The group that the parameters name (or its ARN's), once everything said so far is written down."""
    flush(world)
    name = group_name(str(params.get(key) or params.get("logGroupIdentifier") or ""))
    if not name:
        raise AwsError("InvalidParameterException", f"The request names no log group: give {key}.")
    if name not in world.logs:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return name


def live_events(world: World, name: str) -> LogGroup:
    """The events of a group that exists, without those older than its retention."""
    group = world.logs.group(name)
    days = group_record(world, name).retention
    if days is not None:
        group.drop_before(millis(world.clock.now()) - days * DAY_MILLIS)
    return group


def group_name(identifier: str) -> str:
    """A group's name from itself or from its ARN."""
    return identifier.split(":log-group:")[1].removesuffix(":*") if ":log-group:" in identifier else identifier


def create_log_group(world: World, params: dict[str, Any]) -> dict[str, Any]:
    name = str(params.get("logGroupName") or "")
    log_class = str(params.get("logGroupClass") or "STANDARD")
    if not NAME.fullmatch(name):
        problem = f"{name!r} cannot be the name of a log group: 1 to 512 of the characters A-Z a-z 0-9 . - _ / #"
        raise AwsError("InvalidParameterException", problem)
    if log_class not in CLASSES:
        raise AwsError("InvalidParameterException", f"{log_class!r} is none of the classes {', '.join(CLASSES)}.")
    if name in world.logs:
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    world.logs.create(name)
    _facts.of(world)[name] = LogGroupRecord(world.clock.now(), log_class, tags=dict(params.get("tags") or {}))
    return {}


def delete_log_group(world: World, params: dict[str, Any]) -> dict[str, Any]:
    name = require(world, params)
    world.logs.remove(name)
    _facts.of(world).pop(name, None)
    return {}


def create_log_stream(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group, stream = require(world, params), str(params.get("logStreamName") or "")
    if not stream or len(stream) > 512 or ":" in stream or "*" in stream:
        raise AwsError("InvalidParameterException", f"{stream!r} cannot be the name of a log stream.")
    if stream in streams_of(world, group):
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
    group_record(world, group).streams[stream] = world.clock.now()
    return {}


def delete_log_stream(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group, stream = require(world, params), str(params.get("logStreamName") or "")
    require_stream(world, group, stream)
    live_events(world, group).drop_stream(stream)
    group_record(world, group).streams.pop(stream, None)
    return {}


def require_stream(world: World, group: str, stream: str) -> None:
    if stream not in group_record(world, group).streams and stream not in live_events(world, group).names:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")


def describe_log_groups(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By prefix or part of the name, and by class."""
    flush(world)
    prefix, part = params.get("logGroupNamePrefix") or "", params.get("logGroupNamePattern") or ""
    if prefix and part:
        raise AwsError("InvalidParameterException", "Give logGroupNamePrefix or logGroupNamePattern, not both.")
    log_class = params.get("logGroupClass")
    group_names = {group_name(one) for one in params.get("logGroupIdentifiers") or []}
    names = [
        name
        for name in world.logs.names()
        if name.startswith(prefix)
        and part.lower() in name.lower()
        and log_class in (None, group_record(world, name).log_class)
        and (not group_names or name in group_names)
    ]
    page, token = limit_page(names, params)
    return {"logGroups": [_describe_group(world, name) for name in page], **token}


def _describe_group(world: World, name: str) -> dict[str, Any]:
    group, record = live_events(world, name), group_record(world, name)
    first = group.times[0] if group.times else millis(world.clock.now())
    row = {
        "logGroupName": name,
        "creationTime": first if record.created is None else millis(record.created),
        "metricFilterCount": len(record.filters),
        "arn": f"{arn(world, name)}:*",
        "logGroupArn": arn(world, name),
        "logGroupClass": record.log_class,
        "storedBytes": group.stored,
    }
    return row if record.retention is None else {**row, "retentionInDays": record.retention}


def describe_log_streams(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By prefix, ordered by name or by the last event."""
    group = require(world, params)
    prefix = params.get("logStreamNamePrefix") or ""
    rows = [row for name, row in streams_of(world, group).items() if name.startswith(prefix)]
    if params.get("orderBy") == "LastEventTime":
        if prefix:
            raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
        rows.sort(key=lambda row: row.get("lastEventTimestamp", 0))
    page, token = limit_page(rows[::-1] if params.get("descending") else rows, params)
    return {"logStreams": page, **token}


def streams_of(world: World, group: str) -> dict[str, dict[str, Any]]:
    """The streams of a group as DescribeLogStreams shows them, by name."""
    events = live_events(world, group)
    first: dict[int, int] = dict(zip(reversed(events.streams), reversed(events.times), strict=True))
    last: dict[int, int] = dict(zip(events.streams, events.times, strict=True))
    last_ingestion: dict[int, int] = dict(zip(events.streams, events.ingested, strict=True))
    rows = {name: _stream(world, group, name, millis(at)) for name, at in group_record(world, group).streams.items()}
    for number, name in enumerate(events.names):
        if number in first:
            row = rows.setdefault(name, _stream(world, group, name, first[number]))
            row["firstEventTimestamp"], row["lastEventTimestamp"] = first[number], last[number]
            row["lastIngestionTime"] = last_ingestion[number]
    return dict(sorted(rows.items()))


def _stream(world: World, group: str, name: str, at: int) -> dict[str, Any]:
    return {
        "logStreamName": name,
        "creationTime": at,
        "arn": f"{arn(world, group)}:log-stream:{name}",
        "storedBytes": 0,
    }


def limit_page(rows: list[Any], params: dict[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """One page of `limit` rows and where the next one begins."""
    token = str(params.get("nextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    start, count = int(token), int(params.get("limit") or PAGE)
    return rows[start : start + count], ({"nextToken": str(start + count)} if start + count < len(rows) else {})
