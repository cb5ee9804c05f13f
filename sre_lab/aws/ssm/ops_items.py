"""OpsItems: what somebody filed as needing work, from its creation to its end."""

from __future__ import annotations

import json
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.aws.ssm.state import of
from sre_lab.scenario import OpsItemSpec
from sre_lab.world import World

Item = dict[str, Any]

KINDS = ("/aws/issue", "/aws/insight", "/aws/changerequest", "/aws/accessrequest")
FINISHED = ("Resolved", "Closed")
STATUSES = ("Open", "InProgress", "Resolved")  # those of an issue
DEDUP = "/aws/dedup"
SEARCHABLE = "SearchableString"
LENGTHS = {"Title": 1024, "Description": 2048, "Source": 128, "Category": 64, "Severity": 64}
RESERVED = ("aws", "amazon", "amzn")  # no Source of a caller begins so
TIMES = ("ActualStartTime", "ActualEndTime", "PlannedStartTime", "PlannedEndTime")
TEXTS = ("Title", "Description", "Status", "Severity", "Category")
CHANGED = (*TEXTS, "Priority", "Notifications", "RelatedOpsItems", *TIMES)


def file(world: World, spec: OpsItemSpec) -> None:
    """An OpsItem of the scenario, as old as it says."""
    data = {key: {"Value": value, "Type": SEARCHABLE} for key, value in spec.data.items()}
    for key, name, values in (
        ("/aws/resources", "arn", spec.resources),
        ("/aws/automations", "automationId", spec.runbooks),
    ):
        if values:
            data[key] = {"Value": json.dumps([{name: value} for value in values]), "Type": SEARCHABLE}
    request = {"Title": spec.title, "Description": spec.description, "Source": spec.source}
    more = {"Severity": spec.severity, "Category": spec.category, "OperationalData": data}
    _add(world, {**request, **more}, spec.status, world.clock.now() - spec.age)


def of_alarm(world: World, action: str, name: str, arn: str, reason: str) -> None:
    """What an alarm's action `arn:aws:ssm:REGION:ACCOUNT:opsitem:SEVERITY#CATEGORY=NAME` files, unless one is open."""
    severity, _, category = action.split(":")[6].partition("#CATEGORY=")
    title = f"CloudWatch alarm - '{name}' is in ALARM state"
    data = {
        "/aws/resources": {"Value": json.dumps([{"arn": arn}]), "Type": SEARCHABLE},
        DEDUP: {"Value": json.dumps({"dedupString": title}), "Type": SEARCHABLE},
    }
    request = {"Title": title, "Description": reason, "Source": "CloudWatch", "OperationalData": data}
    if _duplicate(world, request) is None:
        _add(world, {**request, "Severity": severity, "Category": category}, "Open", world.clock.now())


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """OpsItemAlreadyExistsException names the open OpsItem of the same source that has the same dedup string."""
    _check(params)
    if str(params["Source"]).lower().startswith(RESERVED):
        raise _wrong("Source", f"A source cannot begin with {', '.join(RESERVED)}.")
    if params.get("OpsItemType", KINDS[0]) not in KINDS:
        raise _wrong("OpsItemType", f"OpsItemType is one of {', '.join(KINDS)}.")
    same = _duplicate(world, params)
    if same is not None:
        message = f"There is an open OpsItem with the same deduplication string: {same['OpsItemId']}."
        raise AwsError("OpsItemAlreadyExistsException", message, members={"OpsItemId": same["OpsItemId"]})
    item = _add(world, params, "Open", world.clock.now())
    return {"OpsItemId": item["OpsItemId"], "OpsItemArn": item["OpsItemArn"]}


def get(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"OpsItem": dict(find(world, params["OpsItemId"]))}


def update(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Only what is given changes; operational data is joined key by key."""
    item = find(world, params["OpsItemId"])
    _check(params)
    if params.get("Status", STATUSES[0]) not in STATUSES and item["OpsItemType"] == KINDS[0]:
        raise _wrong("Status", f"The status of an issue is one of {', '.join(STATUSES)}.")
    data = {**item.get("OperationalData", {}), **(params.get("OperationalData") or {})}
    for key in params.get("OperationalDataToDelete") or []:
        data.pop(key, None)
    item.update({key: params[key] for key in CHANGED if params.get(key) is not None})
    item["OperationalData"] = data
    item["LastModifiedTime"], item["LastModifiedBy"] = world.clock.now(), _caller(world)
    item["Version"] = str(int(item["Version"]) + 1)
    return {}


def find(world: World, ops_item_id: str) -> Item:
    """By id; OpsItemNotFoundException."""
    item = of(world).ops_items.get(ops_item_id)
    if item is None:
        raise AwsError("OpsItemNotFoundException", f"There is no OpsItem {ops_item_id}.")
    return item


def _add(world: World, params: dict[str, Any], status: str, created: float) -> Item:
    ops_item_id = f"oi-{new_id(world).replace('-', '')[:12]}"
    where, by = f"{world.cluster.region}:{world.cluster.account}", _caller(world)
    fields = (*CHANGED, "Source", "OperationalData")
    item: Item = {
        **{key: params[key] for key in fields if params.get(key) not in (None, "", {})},
        "OpsItemId": ops_item_id,
        "OpsItemArn": f"arn:aws:ssm:{where}:opsitem/{ops_item_id}",
        "OpsItemType": params.get("OpsItemType") or KINDS[0],
        "Status": status,
        "Version": "1",
        **{"CreatedTime": created, "CreatedBy": by, "LastModifiedTime": created, "LastModifiedBy": by},
    }
    of(world).ops_items[ops_item_id] = item
    return item


def _check(params: dict[str, Any]) -> None:
    for key, most in LENGTHS.items():
        if params.get(key) is not None and not 1 <= len(str(params[key])) <= most:
            raise _wrong(key, f"{key} has 1 to {most} characters.")
    if params.get("Priority") is not None and not 1 <= int(params["Priority"]) <= 5:
        raise _wrong("Priority", "Priority is between 1 and 5.")


def _duplicate(world: World, params: dict[str, Any]) -> Item | None:
    dedup = (params.get("OperationalData") or {}).get(DEDUP, {}).get("Value")
    for item in of(world).ops_items.values() if dedup else ():
        same = item.get("OperationalData", {}).get(DEDUP, {}).get("Value") == dedup
        if same and item["Source"] == params["Source"] and item["Status"] not in FINISHED:
            return item
    return None


def _caller(world: World) -> str:
    return f"arn:aws:iam::{world.cluster.account}:root"


def _wrong(parameter: str, message: str) -> AwsError:
    return AwsError("OpsItemInvalidParameterException", message, members={"ParameterNames": [parameter]})
