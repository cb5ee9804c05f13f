from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab import scenario
from sre_lab.aws.cloudwatch import alarms
from tests.lab_telemetry.conftest import START, Lab

ALARM: dict[str, Any] = {
    "AlarmName": "errors",
    "AlarmDescription": "Too many",
    "Namespace": "Test",
    "MetricName": "A",
    "Dimensions": [{"Name": "Service", "Value": "cart"}],
    "Statistic": "Sum",
    "Period": 10,
    "EvaluationPeriods": 1,
    "Threshold": 0.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def put(lab: Lab, values: list[float | None]) -> None:
    """One value each 10 s from now on."""
    for place, value in enumerate(values):
        if value is not None:
            lab.world.metrics.put("Test", "A", {"Service": "cart"}, lab.now + place * 10, value)


def state(lab: Lab) -> str:
    return str(lab.client("cloudwatch").describe_alarms()["MetricAlarms"][0]["StateValue"])


def test_an_alarm_goes_off_with_cloudwatchs_own_words_and_comes_back(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**ALARM)
    put(lab, [5.0, 0.0])
    alarm = client.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    lab.advance(12)
    alarm = client.describe_alarms(StateValue="ALARM")["MetricAlarms"][0]
    assert alarm["StateReason"] == (
        "Threshold Crossed: 1 datapoint [5.0 (01/01/26 00:00:00)] was greater than the threshold (0.0)."
    )
    data = json.loads(alarm["StateReasonData"])
    assert (data["recentDatapoints"], data["threshold"], data["period"]) == ([5.0], 0.0, 10)
    lab.advance(10)
    alarm = client.describe_alarms(AlarmNamePrefix="err")["MetricAlarms"][0]
    assert alarm["StateReason"] == (
        "Threshold Crossed: 1 datapoint [0.0 (01/01/26 00:00:10)] was not greater than the threshold (0.0)."
    )


@pytest.mark.parametrize(
    ("treatment", "states"),
    [
        ("missing", ["ALARM", "ALARM", "ALARM", "INSUFFICIENT_DATA"]),
        ("ignore", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("breaching", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("notBreaching", ["ALARM", "ALARM", "ALARM", "OK"]),
    ],
)
def test_missing_data_counts_as_the_alarm_says(lab: Lab, treatment: str, states: list[str]) -> None:
    lab.client("cloudwatch").put_metric_alarm(**{**ALARM, "TreatMissingData": treatment})
    put(lab, [3.0])
    lab.advance(2)
    observed = []
    for _ in states:
        lab.advance(10)
        observed.append(state(lab))
    assert observed == states


def test_without_any_data_a_breaching_alarm_says_how_it_treated_the_gap(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**{**ALARM, "TreatMissingData": "breaching"})
    lab.advance(12)
    assert client.describe_alarms()["MetricAlarms"][0]["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[Breaching]."
    )


def test_two_of_three_datapoints_have_to_breach(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**{**ALARM, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 1.0})
    put(lab, [0.0, 5.0, 0.0, 6.0])
    lab.advance(32)
    assert state(lab) == "OK"
    lab.advance(10)
    alarm = client.describe_alarms()["MetricAlarms"][0]
    assert alarm["StateReason"] == (
        "Threshold Crossed: 2 out of the last 3 datapoints [6.0 (01/01/26 00:00:30), 5.0 (01/01/26 00:00:10)] were "
        "greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )


@pytest.mark.parametrize(
    ("treatment", "value", "more", "reason"),
    [
        ("notBreaching", 10.0, 2, "1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
                                  "[NonBreaching]."),
        ("breaching", 0.0, 2, "1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
                              "[Breaching]."),
        ("notBreaching", 10.0, 1, "1 out of the last 3 datapoints [10.0 (31/12/25 23:59:50)] was greater than the "
                                  "threshold (5.0) and 2 missing datapoints were treated as [NonBreaching] "
                                  "(minimum 1 datapoint for OK -> ALARM transition)."),
        ("notBreaching", 1.0, 3, "1 out of the last 3 datapoints [1.0 (31/12/25 23:59:50)] was not greater than the "
                                 "threshold (5.0) and 2 missing datapoints were treated as [NonBreaching] "
                                 "(minimum 1 datapoint for ALARM -> OK transition)."),
    ],
)  # fmt: skip
def test_a_reason_names_the_datapoints_that_speak_for_the_state(
    lab: Lab, treatment: str, value: float, more: int, reason: str
) -> None:
    client = lab.client("cloudwatch")
    rule = {"EvaluationPeriods": 3, "DatapointsToAlarm": more, "Threshold": 5.0, "TreatMissingData": treatment}
    client.put_metric_alarm(**{**ALARM, **rule})
    lab.world.metrics.put("Test", "A", {"Service": "cart"}, lab.now - 10, value)
    lab.advance(2)
    assert client.describe_alarms()["MetricAlarms"][0]["StateReason"] == f"Threshold Crossed: {reason}"


def test_an_alarm_on_metric_math_watches_the_result(lab: Lab) -> None:
    metric = {"Namespace": "Test", "MetricName": "A", "Dimensions": ALARM["Dimensions"]}
    alarm = {key: value for key, value in ALARM.items() if key.startswith(("Alarm", "Eval", "Thres", "Comp"))}
    stat = {"Metric": metric, "Period": 10, "Stat": "Sum"}
    lab.client("cloudwatch").put_metric_alarm(
        **alarm,
        Metrics=[
            {"Id": "m1", "MetricStat": stat, "ReturnData": False},
            {"Id": "e1", "Expression": "FILL(m1, 0) - 4", "Label": "above four"},
        ],
    )
    put(lab, [3.0, 5.0])
    lab.advance(12)
    assert state(lab) == "OK"
    lab.advance(10)
    assert state(lab) == "ALARM"
    metrics = alarms.event(lab.world, "errors")["detail"]["configuration"]["metrics"]
    assert metrics[1] == {"id": "e1", "label": "above four", "expression": "FILL(m1, 0) - 4", "returnData": True}


def test_a_state_change_reaches_the_queue_behind_eventbridge(lab: Lab) -> None:
    alarms.create_alarm(
        lab.world,
        scenario.AlarmSpec(
            name="errors", description="Too many", metric_namespace="Test", metric="A", dimensions={"Service": "cart"}
        ),
    )
    put(lab, [5.0])
    lab.advance(12)
    sqs = lab.client("sqs")
    url = sqs.get_queue_url(QueueName="sre-agent-alarms")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    received = json.loads(messages[-1]["Body"])
    assert received["detail-type"] == "CloudWatch Alarm State Change"
    assert received["resources"] == ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors"]
    detail = received["detail"]
    assert (detail["state"]["value"], detail["previousState"]["value"]) == ("ALARM", "OK")
    assert detail["state"]["timestamp"] == "2026-01-01T00:00:11.000+0000"
    metric = {"namespace": "Test", "name": "A", "dimensions": {"Service": "cart"}}
    assert detail["configuration"]["metrics"][0]["metricStat"] == {"metric": metric, "period": 10, "stat": "Sum"}
    event = alarms.event(lab.world, "errors")
    assert {**event, "id": ""} == {**received, "id": ""}


def test_an_alarm_action_sends_the_sns_message_unless_actions_are_disabled(lab: Lab) -> None:
    sns, sqs, cloudwatch = lab.client("sns"), lab.client("sqs"), lab.client("cloudwatch")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic], OKActions=[topic])
    put(lab, [5.0, 0.0])
    lab.advance(12)
    cloudwatch.disable_alarm_actions(AlarmNames=["errors"])
    lab.advance(10)
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    envelope = json.loads(messages[-1]["Body"])
    assert envelope["Subject"] == 'ALARM: "errors" in EU (Ireland)'
    message = json.loads(envelope["Message"])
    assert (message["NewStateValue"], message["OldStateValue"]) == ("ALARM", "OK")
    assert (message["Region"], message["AWSAccountId"]) == ("EU (Ireland)", "111122223333")
    trigger = message["Trigger"]
    assert (trigger["Statistic"], trigger["StatisticType"], trigger["Threshold"]) == ("SUM", "Statistic", 0.0)
    assert trigger["Dimensions"] == [{"value": "cart", "name": "Service"}]


def test_history_keeps_what_happened_newest_first(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**ALARM)
    put(lab, [5.0, 0.0])
    lab.advance(22)
    items = client.describe_alarm_history(AlarmName="errors")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
        'Alarm "errors" created',
    ]
    assert json.loads(items[0]["HistoryData"])["newState"]["stateValue"] == "OK"


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**ALARM)
    put(lab, [0.0, 0.0, 0.0])
    lab.advance(12)
    client.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    assert state(lab) == "ALARM"
    lab.advance(10)
    assert state(lab) == "OK"


def test_a_deleted_alarm_is_gone_and_found_by_its_metric_before(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(**ALARM)
    metric = {key: ALARM[key] for key in ("Namespace", "MetricName", "Dimensions")}
    assert len(client.describe_alarms_for_metric(**metric)["MetricAlarms"]) == 1
    client.delete_alarms(AlarmNames=["errors"])
    lab.advance(30)
    assert client.describe_alarms_for_metric(**metric)["MetricAlarms"] == []
    with pytest.raises(ClientError, match="errors does not exist"):
        client.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="x")


def test_an_alarm_configured_anew_is_evaluated_once_a_period(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    for threshold in (1.0, 9.0):
        client.put_metric_alarm(**{**ALARM, "Threshold": threshold})
    put(lab, [5.0])
    lab.advance(12)
    assert state(lab) == "OK"
    assert lab.now > START


def test_changes_of_the_configuration_are_events_too(lab: Lab) -> None:
    events, sqs, client = lab.client("events"), lab.client("sqs"), lab.client("cloudwatch")
    url = sqs.create_queue(QueueName="changes")["QueueUrl"]
    pattern = {"detail-type": ["CloudWatch Alarm Configuration Change"]}
    events.put_rule(Name="changes", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="changes", Targets=[{"Id": "q", "Arn": "arn:aws:sqs:eu-west-1:111122223333:changes"}])
    client.put_metric_alarm(**ALARM)
    client.disable_alarm_actions(AlarmNames=["errors"])
    client.delete_alarms(AlarmNames=["errors"])
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    details = [json.loads(message["Body"])["detail"] for message in messages]
    assert [detail["operation"] for detail in details] == ["create", "update", "delete"]
    assert [detail["configuration"]["actionsEnabled"] for detail in details] == [True, False, False]
    assert details[0]["configuration"]["comparisonOperator"] == "GreaterThanThreshold"
