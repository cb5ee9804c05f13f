"""Alarms of every kind over a shop that lives: what a scenario's file declares goes off by what is measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.lab_telemetry.conftest import Lab

CART = {"metric_namespace": "Shop/Services", "dimensions": {"Service": "cart"}}


def metric(name: str, statistic: str = "Sum") -> dict[str, Any]:
    dimensions = [{"Name": "Service", "Value": "cart"}]
    where = {"Namespace": "Shop/Services", "MetricName": name, "Dimensions": dimensions}
    return {"Metric": where, "Period": 10, "Stat": statistic}


ALARMS: list[dict[str, Any]] = [
    {"name": "cart-unwell", "rule": "ALARM(cart-5xx) AND ALARM(cart-odd)"},
    {"name": "cart-5xx", **CART, "metric": "HTTPCode_Target_5XX_Count"},
    {
        "name": "cart-odd",
        "metrics": [
            {"Id": "errors", "MetricStat": metric("HTTPCode_Target_5XX_Count"), "ReturnData": False},
            {"Id": "requests", "MetricStat": metric("RequestCount"), "ReturnData": False},
            {"Id": "rate", "Expression": "100 * errors / requests"},
        ],
        "band_width": 3.0,
        "comparison": "GreaterThanUpperThreshold",
        "evaluation_periods": 2,
    },
]


def states(lab: Lab) -> dict[str, str]:
    answer = lab.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return {a["AlarmName"]: a["StateValue"] for a in answer["MetricAlarms"] + answer["CompositeAlarms"]}


def test_a_composite_over_a_band_and_a_threshold_goes_off_and_comes_back(shop: Callable[..., Lab]) -> None:
    away = {"at": "-40s", "dependency": {"cart-db": False}}
    lab = shop(alarms=ALARMS, faults=[away])
    assert states(lab) == {"cart-5xx": "ALARM", "cart-odd": "ALARM", "cart-unwell": "ALARM"}
    bus: list[Any] = list(lab.world.bus)
    sent = [event for event in bus if event["detail-type"] == "CloudWatch Alarm State Change"]
    (composite,) = [event for event in sent if event["detail"]["alarmName"] == "cart-unwell"][-1:]
    children = json.loads(composite["detail"]["state"]["reasonData"])["triggeringAlarms"]
    assert sorted(child["arn"].rpartition(":")[2] for child in children) == ["cart-5xx", "cart-odd"]
    lab.world.dependencies["cart-db"] = lab.world.dependencies["cart-db"].model_copy(update={"up": True})
    lab.advance(60)
    assert states(lab) == {"cart-5xx": "OK", "cart-odd": "OK", "cart-unwell": "OK"}
