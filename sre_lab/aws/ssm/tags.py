"""Tags of documents and automation executions."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.documents import find
from sre_lab.aws.ssm.engine import runs
from sre_lab.world import World

RESOURCES = ("Document", "Automation")  # the others (parameters, instances) belong to moto


def add(world: World, params: dict[str, Any]) -> dict[str, Any]:
    _of(world, params).update({tag["Key"]: tag["Value"] for tag in params["Tags"]})
    return {}


def remove(world: World, params: dict[str, Any]) -> dict[str, Any]:
    tags = _of(world, params)
    for key in params["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_for_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"TagList": [{"Key": key, "Value": value} for key, value in sorted(_of(world, params).items())]}


def _of(world: World, params: dict[str, Any]) -> dict[str, str]:
    if params["ResourceType"] == "Document":
        return find(world, params["ResourceId"]).tags
    run = runs(world).by_id.get(params["ResourceId"])
    if run is None:
        raise AwsError("InvalidResourceId", f"There is no automation execution {params['ResourceId']}.")
    return run.execution.tags
