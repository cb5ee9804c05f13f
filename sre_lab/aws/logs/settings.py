"""What can be set on a log group: how long it keeps its events, and tags."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.groups import group_record, live_events, require
from sre_lab.world import World

DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def put_retention_policy(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Events older than this many days are gone from now on."""
    name, days = require(world, params), params.get("retentionInDays")
    if days not in DAYS:
        raise AwsError("InvalidParameterException", f"retentionInDays is one of {', '.join(map(str, DAYS))}.")
    group_record(world, name).retention = days
    live_events(world, name)
    return {}


def delete_retention_policy(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group_record(world, require(world, params)).retention = None
    return {}


def tag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group_record(world, require(world, params, "resourceArn")).tags.update(params.get("tags") or {})
    return {}


def untag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    tags = group_record(world, require(world, params, "resourceArn")).tags
    for key in params.get("tagKeys") or []:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"tags": dict(group_record(world, require(world, params, "resourceArn")).tags)}
