"""The list of OpsItems, and which of its filters take which operators."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.ops_items import SEARCHABLE, Item
from sre_lab.aws.ssm.ops_items import TIMES as SCHEDULE
from sre_lab.aws.ssm.pages import page
from sre_lab.aws.ssm.state import of
from sre_lab.clock import from_rfc3339
from sre_lab.world import World

NOT_LISTED = ("Description", "Notifications", "RelatedOpsItems", "Version", "OpsItemArn")
TIMES = ("CreatedTime", "LastModifiedTime", *SCHEDULE)
EQUAL, CONTAINS = ("Equal",), ("Equal", "Contains")
OPERATORS = {
    **dict.fromkeys(TIMES, ("GreaterThan", "LessThan")),
    **dict.fromkeys(("Status", "Priority", "OpsItemId", "Category", "Severity", "OpsItemType", "AutomationId"), EQUAL),
    **dict.fromkeys(("OperationalData", "OperationalDataKey"), EQUAL),
    **dict.fromkeys(("Title", "Source", "CreatedBy", "OperationalDataValue"), CONTAINS),
    "ResourceId": ("Contains",),
}


def describe(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """DescribeOpsItems: the newest first. Each filter takes any of its values, and all filters hold."""
    items = sorted(of(world).ops_items.values(), key=lambda item: (-item["CreatedTime"], item["OpsItemId"]))
    for filter_ in params.get("OpsItemFilters") or []:
        items = [item for item in items if _takes(item, filter_["Key"], filter_["Operator"], filter_["Values"])]
    shapes = [{key: value for key, value in item.items() if key not in NOT_LISTED} for item in items]
    return page(shapes, params, "OpsItemSummaries")


def _takes(item: Item, key: str, sign: str, values: list[str]) -> bool:
    if key not in OPERATORS:
        raise _wrong(f"The lab has no filter {key} of OpsItems. Filters: {', '.join(sorted(OPERATORS))}.")
    if sign not in OPERATORS[key]:
        raise _wrong(f"The filter {key} takes the operator {' or '.join(OPERATORS[key])}, not {sign}.")
    if key in TIMES:
        return key in item and any(_TIMED[sign](item[key], _moment(key, value)) for value in values)
    item_values = list(_values(item, key))
    if sign == "Contains":
        return any(value in text for value in values for text in item_values)
    filter_values = [json.loads(value) for value in values] if key == "OperationalData" else values
    return any(value in item_values for value in filter_values)


def _values(item: Item, key: str) -> Iterable[Any]:
    data = item.get("OperationalData") or {}
    searchable = {name: entry.get("Value", "") for name, entry in data.items() if entry.get("Type") == SEARCHABLE}
    if key == "OperationalDataKey":
        return searchable
    if key == "OperationalDataValue":
        return searchable.values()
    if key == "OperationalData":
        return [{"key": name, "value": value} for name, value in searchable.items()]
    if key == "ResourceId":
        return [str((data.get("/aws/resources") or {}).get("Value", ""))]
    if key == "AutomationId":
        return [str(one.get("automationId", "")) for one in _objects_in(data.get("/aws/automations"))]
    return [str(item[key])] if key in item else []


def _objects_in(entry: dict[str, Any] | None) -> list[dict[str, Any]]:
    objects = json.loads((entry or {}).get("Value") or "[]")
    return [one for one in objects if isinstance(one, dict)]


def _moment(key: str, value: str) -> float:
    try:
        return from_rfc3339(value)
    except ValueError as problem:
        raise _wrong(f"The filter {key} takes an ISO 8601 time, not {value!r}.") from problem


def _wrong(message: str) -> AwsError:
    return AwsError("OpsItemInvalidParameterException", message, members={"ParameterNames": ["OpsItemFilters"]})


_TIMED: dict[str, Callable[[float, float], bool]] = {"GreaterThan": operator.gt, "LessThan": operator.lt}
