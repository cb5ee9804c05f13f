"""How datapoints become a state: CloudWatch's documented tables, and what PutMetricAlarm refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lab_telemetry.conftest import START, Lab

ALARM: dict[str, Any] = {
    "AlarmName": "load",
    "Namespace": "Test",
    "MetricName": "A",
    "Statistic": "Sum",
    "Period": 10,
    "EvaluationPeriods": 3,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
OK, ALARMED, NO_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "OK"  # the state from before, where the datapoints do not decide


def put(lab: Lab, pattern: str, period: int = 10) -> None:
    """`0 - X`: below, missing, above, oldest first, each one period."""
    for place, sign in enumerate(pattern.split()):
        if sign != "-":
            lab.world.metrics.put("Test", "A", {}, START + place * period, 9.0 if sign == "X" else 1.0)


@pytest.mark.parametrize(
    ("pattern", "needed", "states"),
    [
        ("0 - X - X", 3, (OK, OK, OK, OK)),
        ("0 - - - -", 3, (OK, OK, OK, OK)),
        ("- - - - -", 3, (NO_DATA, KEPT, ALARMED, OK)),
        ("0 X X - X", 3, (ALARMED, ALARMED, ALARMED, ALARMED)),
        ("- - X - -", 3, (ALARMED, KEPT, ALARMED, OK)),
        ("0 - X - X", 2, (ALARMED, ALARMED, ALARMED, ALARMED)),
        ("0 0 X 0 X", 2, (ALARMED, ALARMED, ALARMED, ALARMED)),
        ("0 - X - -", 2, (OK, OK, ALARMED, OK)),
        ("- - - - 0", 2, (OK, OK, ALARMED, OK)),
        ("- - - X -", 2, (ALARMED, KEPT, ALARMED, OK)),
    ],
)
def test_missing_datapoints_are_filled_in_as_documented(
    lab: Lab, pattern: str, needed: int, states: tuple[str, ...]
) -> None:
    put(lab, pattern)
    lab.advance(45)
    client = lab.client("cloudwatch")
    for treatment in TREATMENTS:
        name = f"load-{treatment}"
        client.put_metric_alarm(
            **{**ALARM, "AlarmName": name, "DatapointsToAlarm": needed, "TreatMissingData": treatment}
        )
        client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="as it was before")
    lab.advance(7)
    rendered = {a["AlarmName"]: a["StateValue"] for a in client.describe_alarms()["MetricAlarms"]}
    assert tuple(rendered[f"load-{treatment}"] for treatment in TREATMENTS) == states


def test_an_alarm_of_five_minutes_looks_each_minute_at_the_five_before(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**{**ALARM, "Period": 300, "EvaluationPeriods": 1, "Threshold": 25.0})
    put(lab, "- - - - - X X X", period=60)
    lab.advance(422)
    assert client.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"
    lab.advance(60)
    alarm = client.describe_alarms()["MetricAlarms"][0]
    assert alarm["StateReason"] == (
        "Threshold Crossed: 1 datapoint [27.0 (01/01/26 00:03:00)] was greater than the threshold (25.0)."
    )
    evaluated_datapoints = json.loads(alarm["StateReasonData"])["evaluatedDatapoints"]
    assert evaluated_datapoints == [{"timestamp": "2026-01-01T00:03:00.000+0000", "sampleCount": 3.0, "value": 27.0}]


@pytest.mark.parametrize(("few", "state"), [("ignore", "INSUFFICIENT_DATA"), ("evaluate", "ALARM")])
def test_a_percentile_of_few_observations_may_be_ignored(lab: Lab, few: str, state: str) -> None:
    alarm = {key: value for key, value in ALARM.items() if key != "Statistic"}
    alarm |= {"ExtendedStatistic": "p90", "EvaluationPeriods": 1, "EvaluateLowSampleCountPercentile": few}
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**alarm)
    lab.world.metrics.put("Test", "A", {}, START, 9.0, count=99)
    lab.advance(12)
    assert client.describe_alarms()["MetricAlarms"][0]["StateValue"] == state
    lab.world.metrics.put("Test", "A", {}, START + 10, 9.0, count=100)
    lab.advance(10)
    assert client.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"


METRICS = [
    {
        "Id": "m1",
        "MetricStat": {"Metric": {"Namespace": "Test", "MetricName": "A"}, "Period": 60, "Stat": "Sum"},
        "ReturnData": True,
    }
]
BANDED = {
    "AlarmName": "load",
    "EvaluationPeriods": 1,
    "ComparisonOperator": "LessThanLowerThreshold",
    "ThresholdMetricId": "ad1",
}
LONE = {"AlarmName": "load", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0}


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({**ALARM, "Period": 15}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({**ALARM, "Period": 300, "EvaluationPeriods": 289}, "across more than a day"),
        ({**ALARM, "Period": 3600, "EvaluationPeriods": 169}, "across more than a week"),
        ({**ALARM, "DatapointsToAlarm": 4}, "DatapointsToAlarm"),
        ({**ALARM, "TreatMissingData": "bad"}, "The value bad is not supported for TreatMissingData parameter"),
        ({**ALARM, "EvaluateLowSampleCountPercentile": "x"}, "Option x is not supported"),
        ({**ALARM, "ExtendedStatistic": "p90"}, "mutually exclusive"),
        ({key: value for key, value in ALARM.items() if key != "Statistic"}, "Statistic, ExtendedStatistic"),
        ({**LONE, "Metrics": [*METRICS, {"Id": "e1", "Expression": "m1"}]}, "Exactly one element"),
        ({**LONE, "Metrics": METRICS, "Namespace": "Test"}, "mutually exclusive"),
        ({**LONE, "Metrics": [{"Id": "e1", "Expression": "SEARCH('A', 'Sum', 60)"}]}, "SEARCH is not supported"),
        ({**ALARM, "ComparisonOperator": "GreaterThanUpperThreshold"}, "ThresholdMetricId goes with"),
        ({**LONE, "Metrics": [{"Id": "e1", "Expression": "FILL(m9, REPEAT)"}]}, "Unrecognized id 'm9'"),
        ({**BANDED, "Metrics": [*METRICS, {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(5)"}]}, "must be the id"),
        ({**BANDED, "Metrics": [*METRICS, {"Id": "ad1", "Expression": "m1 * 2"}]}, "must be the id"),
        ({**ALARM, "AlarmActions": ["page-me"]}, "Invalid arn syntax: page-me"),
        ({**ALARM, "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:t"] * 6}, "size greater than 5"),
    ],
)
def test_an_alarm_that_cannot_be_is_refused_and_does_not_exist_afterwards(
    lab: Lab, config: dict[str, Any], problem: str
) -> None:
    client = lab.client("cloudwatch")
    with pytest.raises(ClientError, match=problem):
        client.put_metric_alarm(**config)
    assert client.describe_alarms()["MetricAlarms"] == []


def test_an_update_keeps_state_and_tags(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**ALARM, Tags=[{"Key": "team", "Value": "shop"}])
    client.set_alarm_state(AlarmName="load", StateValue="ALARM", StateReason="a drill")
    client.put_metric_alarm(**{**ALARM, "Threshold": 7.0})
    alarm = client.describe_alarms()["MetricAlarms"][0]
    assert (alarm["Threshold"], alarm["StateValue"]) == (7.0, "ALARM")
    assert client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [{"Key": "team", "Value": "shop"}]
    client.tag_resource(ResourceARN=alarm["AlarmArn"], Tags=[{"Key": "tier", "Value": "1"}])
    client.untag_resource(ResourceARN=alarm["AlarmArn"], TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [{"Key": "tier", "Value": "1"}]


def test_history_tells_configurations_changes_and_actions_of_deleted_alarms_too(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    text = "arn:aws:sns:eu-west-1:111122223333:gone"
    client.put_metric_alarm(**ALARM, AlarmActions=[text])
    lab.advance(60)
    client.set_alarm_state(AlarmName="load", StateValue="ALARM", StateReason="a drill")
    client.delete_alarms(AlarmNames=["load"])
    items = client.describe_alarm_history(AlarmName="load", ScanBy="TimestampAscending", MaxRecords=100)
    summaries = [item["HistorySummary"] for item in items["AlarmHistoryItems"]]
    assert summaries == [
        'Alarm "load" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f'Failed to execute action {text}. Received error: "Topic does not exist"',
        'Alarm "load" deleted',
    ]
    actions = client.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    assert json.loads(actions[0]["HistoryData"])["actionState"] == "Failed"
    page = client.describe_alarm_history(MaxRecords=3)
    rest = client.describe_alarm_history(MaxRecords=3, NextToken=page["NextToken"])
    assert (len(page["AlarmHistoryItems"]), len(rest["AlarmHistoryItems"])) == (3, 1)


def test_deleting_an_alarm_that_does_not_exist_deletes_none(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**ALARM)
    with pytest.raises(ClientError, match="nobody does not exist"):
        client.delete_alarms(AlarmNames=["load", "nobody"])
    assert len(client.describe_alarms()["MetricAlarms"]) == 1
