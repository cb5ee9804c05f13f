"""Log groups, their streams, and the events in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sre_agent.lab.aws.beside import Beside
from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.behaviour.kubelet.logs import flush
from sre_agent.lab.telemetry import LogEvent
from sre_agent.lab.world import World

PAGE = 50


@dataclass
class Made:
    """What was created by hand and may hold no event yet: (group, stream) -> when."""

    groups: dict[str, float] = field(default_factory=dict)
    streams: dict[tuple[str, str], float] = field(default_factory=dict)


made: Beside[Made] = Beside(Made)


def millis(at: float) -> int:
    return round(at * 1000)


def require(world: World, params: dict[str, Any], key: str = "logGroupName") -> str:
    """The group that the parameters name (or its ARN's), once everything said so far is written down."""
    flush(world)
    name = group_name(str(params.get(key) or params.get("logGroupIdentifier") or ""))
    if name not in world.logs.names():
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return name


def group_name(identifier: str) -> str:
    """A group's name from itself or from its ARN."""
    return identifier.split(":log-group:")[1].removesuffix(":*") if ":log-group:" in identifier else identifier


def event_id(group: str, event: LogEvent) -> str:
    """56 digits, rising with time, the same at every look."""
    digest = hashlib.sha256(f"{group}/{event.stream}/{event.message}".encode()).digest()
    return f"{millis(event.at):020d}{int.from_bytes(digest[:14], 'big') % 10**36:036d}"


def create_log_group(world: World, params: dict[str, Any]) -> dict[str, Any]:
    name = str(params.get("logGroupName") or "")
    if name in world.logs.names():
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    world.logs.create(name)
    made.of(world).groups[name] = world.clock.now()
    return {}


def create_log_stream(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group, stream = require(world, params), str(params.get("logStreamName") or "")
    if stream in streams_of(world, group):
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
    made.of(world).streams[(group, stream)] = world.clock.now()
    return {}


def describe_log_groups(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By prefix or part of the name."""
    flush(world)
    prefix, part = params.get("logGroupNamePrefix") or "", params.get("logGroupNamePattern") or ""
    names = [n for n in world.logs.names() if n.startswith(prefix) and part.lower() in n.lower()]
    page, token = paged(names, params)
    return {"logGroups": [_described_group(world, name) for name in page], **token}


def _described_group(world: World, name: str) -> dict[str, Any]:
    events = everything(world, name)
    created = made.of(world).groups.get(name, events[0].at if events else world.clock.now())
    arn = f"arn:aws:logs:{world.cluster.region}:{world.cluster.account}:log-group:{name}"
    return {
        "logGroupName": name,
        "creationTime": millis(created),
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "logGroupClass": "STANDARD",
        "storedBytes": sum(len(event.message) for event in events),
    }


def describe_log_streams(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By prefix, ordered by name or by the last event."""
    group = require(world, params)
    prefix = params.get("logStreamNamePrefix") or ""
    rows = [row for row in streams_of(world, group).values() if row["logStreamName"].startswith(prefix)]
    if params.get("orderBy") == "LastEventTime":
        if prefix:
            raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
        rows.sort(key=lambda row: row.get("lastEventTimestamp", 0))
    page, token = paged(rows[::-1] if params.get("descending") else rows, params)
    return {"logStreams": page, **token}


def streams_of(world: World, group: str) -> dict[str, dict[str, Any]]:
    """The streams of a group as DescribeLogStreams shows them, by name."""
    rows: dict[str, dict[str, Any]] = {}
    for (where, stream), at in made.of(world).streams.items():
        if where == group:
            rows[stream] = _stream(world, group, stream, at)
    for event in everything(world, group):
        row = rows.setdefault(event.stream, _stream(world, group, event.stream, event.at))
        row.setdefault("firstEventTimestamp", millis(event.at))
        row["lastEventTimestamp"] = row["lastIngestionTime"] = millis(event.at)
    return dict(sorted(rows.items()))


def _stream(world: World, group: str, name: str, at: float) -> dict[str, Any]:
    arn = f"arn:aws:logs:{world.cluster.region}:{world.cluster.account}:log-group:{group}:log-stream:{name}"
    return {"logStreamName": name, "creationTime": millis(at), "arn": arn, "storedBytes": 0}


def everything(world: World, group: str) -> list[LogEvent]:
    return world.logs.between(group, 0.0, float("inf"))


def paged(rows: list[Any], params: dict[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """One page of `limit` rows and where the next one begins."""
    token = str(params.get("nextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    start, size = int(token), int(params.get("limit") or PAGE)
    return rows[start : start + size], ({"nextToken": str(start + size)} if start + size < len(rows) else {})
