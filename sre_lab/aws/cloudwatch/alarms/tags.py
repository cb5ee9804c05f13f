"""Tags of alarms and of mute rules, by ARN."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.cloudwatch.alarms.alarm import find_alarm
from sre_lab.aws.cloudwatch.alarms.mutes import find_rule
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

TAGS = 50


def list_tags(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The tags given with the alarm or mute rule, or by TagResource."""
    return {"Tags": list(_config(world, params).get("Tags") or [])}


def tag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    config = _config(world, params)
    tags = {t["Key"]: t["Value"] for t in [*(config.get("Tags") or []), *(params.get("Tags") or [])]}
    if len(tags) > TAGS:
        raise AwsError("InvalidParameterValue", f"A resource can have at most {TAGS} tags.")
    config["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {}


def untag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    config = _config(world, params)
    config["Tags"] = [t for t in config.get("Tags") or [] if t["Key"] not in (params.get("TagKeys") or [])]
    return {}


def _config(world: World, params: dict[str, Any]) -> dict[str, Any]:
    arn = str(params.get("ResourceARN"))
    if ":alarm-mute-rule:" in arn:
        return find_rule(world, arn.split(":alarm-mute-rule:", 1)[1]).config
    if ":alarm:" not in arn:
        raise AwsError("InvalidParameterValue", f"The value {arn} for parameter ResourceARN is invalid.")
    return find_alarm(world, arn.split(":alarm:", 1)[1]).config
