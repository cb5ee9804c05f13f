"""CloudWatch alarms come in many ways; each becomes the same signal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sre_agent import entrances
from sre_agent.domain.signal import Signal
from sre_agent.errors import BadInputError
from tests.entrances import deliveries as sent

NOW = datetime(2026, 3, 4, 10, 1, tzinfo=UTC)
BREACH = datetime(2026, 3, 4, 9, 58, tzinfo=UTC)

DELIVERIES: dict[str, Any] = {
    "EventBridge": sent.eventbridge(),
    "Lambda action": sent.lambda_action(),
    "SNS envelope": sent.sns(),
    "bare SNS message": sent.sns_message(),
    "SQS around EventBridge": sent.sqs(),
    "SQS around SNS": sent.sqs(sent.sns()),
    "SNS around EventBridge": sent.sns(sent.eventbridge()),
    "Lambda batch of SNS": sent.lambda_batch(),
    "Lambda batch of SQS": {"Records": [sent.sqs(sent.sns())]},
}


def one(payload: Any) -> Signal:
    (signal,) = entrances.read(payload, received_at=NOW)
    return signal


@pytest.mark.parametrize("payload", DELIVERIES.values(), ids=DELIVERIES.keys())
def test_every_delivery_of_an_alarm_becomes_the_same_signal(payload: Any) -> None:
    signal = one(payload)
    assert signal.source == "cloudwatch" and signal.state == "firing" and signal.intent == "respond"
    assert (signal.title, signal.severity, signal.scope) == (sent.NAME, "SEV2", "123456789012/eu-west-1")
    assert signal.started_at == BREACH and signal.received_at == NOW
    alarm = signal.alarm
    assert alarm is not None
    assert (alarm.name, alarm.arn, alarm.namespace, alarm.metric) == (sent.NAME, sent.ARN, "Shop", "HTTP5xx")
    assert (alarm.statistic, alarm.period, alarm.threshold, alarm.composite) == ("Sum", 60, 5.0, False)
    assert [(h.kind, h.namespace, h.name) for h in signal.hints] == [("Deployment", "shop", "web")]
    assert signal.hints[0].said_in == "dimension Deployment"


def test_all_deliveries_of_an_alarm_have_one_fingerprint_and_another_region_has_another() -> None:
    assert len({one(payload).fingerprint for payload in DELIVERIES.values()}) == 1
    elsewhere = json.loads(json.dumps(sent.eventbridge()).replace("eu-west-1", "eu-central-1"))
    assert one(elsewhere).fingerprint != one(sent.eventbridge()).fingerprint


@pytest.mark.parametrize("encode", [json.dumps, lambda p: json.dumps(p).encode()], ids=["text", "bytes"])
def test_text_and_bytes_are_read_like_objects(encode: Any) -> None:
    assert one(encode(sent.eventbridge())) == one(sent.eventbridge())


def test_the_sender_s_own_message_id_is_kept() -> None:
    assert one(sent.eventbridge()).id == sent.eventbridge()["id"]
    assert one(sent.sqs(sent.sns(sent.eventbridge()))).id == sent.eventbridge()["id"]
    assert one(sent.sns()).id == sent.sns()["MessageId"]
    assert one(sent.sns_message()).id == one(sent.sns_message()).id


def test_the_region_is_an_arn_s_and_never_the_display_name() -> None:
    message = sent.sns_message()
    del message["AlarmArn"]
    assert one(sent.sns(message)).scope == "123456789012/eu-west-1"
    assert one(message).scope == "123456789012/eu-west-1"
    assert one(message).fingerprint == one(sent.eventbridge()).fingerprint


@pytest.mark.parametrize(("value", "state"), [("OK", "resolved"), ("INSUFFICIENT_DATA", "no_data")])
def test_other_states_keep_the_fingerprint(value: str, state: str) -> None:
    for payload in (sent.eventbridge(value), sent.sns(sent.sns_message(value))):
        signal = one(payload)
        assert (signal.state, signal.said_state) == (state, value)
        assert signal.fingerprint == one(sent.eventbridge()).fingerprint
        assert signal.started_at == datetime(2026, 3, 4, 10, 0, 8, 431000, tzinfo=UTC)


def test_a_composite_alarm_names_the_alarms_that_set_it_off() -> None:
    signal = one(sent.composite())
    assert signal.alarm is not None and signal.alarm.composite and signal.alarm.children == [sent.NAME]
    message = sent.sns_message(
        AlarmName="shop-down",
        AlarmArn=sent.ARN.replace(sent.NAME, "shop-down"),
        AlarmRule=f'ALARM("{sent.NAME}")',
        TriggeringChildren=[{"Arn": sent.ARN, "State": {"Value": "ALARM", "Timestamp": "2026-03-04T10:00:00Z"}}],
    )
    del message["Trigger"]
    by_sns = one(sent.sns(message))
    assert by_sns.alarm is not None and by_sns.alarm.children == [sent.NAME]
    assert by_sns.fingerprint == signal.fingerprint != one(sent.eventbridge()).fingerprint


def metric_math() -> dict[str, Any]:
    parts = [{"id": "e1", "expression": "m1/m2", "returnData": True}]
    for number, name in (("m1", "Errors"), ("m2", "Invocations")):
        metric = {"namespace": "AWS/Lambda", "name": name, "dimensions": {"FunctionName": "pay"}}
        parts.append({"id": number, "metricStat": {"metric": metric, "period": 60, "stat": "Sum"}, "returnData": False})
    return sent.eventbridge(configuration=sent.configuration(metrics=parts))


def test_a_metric_math_alarm_names_all_its_metrics_and_claims_no_single_one() -> None:
    alarm = one(metric_math()).alarm
    assert alarm is not None
    assert alarm.metrics == ["AWS/Lambda Errors", "AWS/Lambda Invocations"]
    assert (alarm.metric, alarm.threshold) == ("", 5.0)
    assert [(hint.kind, hint.name) for hint in one(metric_math()).hints] == [("Function", "pay")]


def test_the_pod_name_of_container_insights_is_not_taken_for_a_pod() -> None:
    metric = {
        "namespace": "ContainerInsights",
        "name": "pod_number_of_container_restarts",
        "dimensions": {"ClusterName": "prod", "Namespace": "shop", "PodName": "web"},
    }
    query = {"id": "m1", "metricStat": {"metric": metric, "period": 60, "stat": "Sum"}, "returnData": True}
    signal = one(sent.eventbridge(configuration=sent.configuration(metrics=[query])))
    assert [(h.kind, h.namespace, h.name) for h in signal.hints] == [("", "shop", "web")]


def test_a_metric_math_alarm_by_sns_is_the_same() -> None:
    metrics = [
        {"Id": "e1", "Expression": "m1/m2", "ReturnData": True},
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {
                    "MetricName": "Errors",
                    "Namespace": "AWS/Lambda",
                    "Dimensions": [{"name": "FunctionName", "value": "pay"}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        },
    ]
    signal = one(sent.sns(sent.sns_message(Trigger={"Period": 60, "Threshold": 5.0, "Metrics": metrics})))
    assert signal.alarm is not None and signal.alarm.metrics == ["AWS/Lambda Errors"]
    assert signal.fingerprint == one(metric_math()).fingerprint


QUIET = [
    sent.eventbridge(muteDetail={"muteRuleArn": "arn:aws:cloudwatch:eu-west-1:1:mute-rule:night"}),
    sent.composite() | {"detail": sent.composite()["detail"] | {"state": sent.state(actionsSuppressedBy="Alarm")}},
]


@pytest.mark.parametrize("payload", QUIET, ids=["muted", "suppressed"])
def test_a_muted_or_suppressed_alarm_is_looked_at_and_nothing_is_done(payload: Any) -> None:
    signal = one(payload)
    assert signal.intent == "answer" and signal.state == "firing"
    assert signal.labels["quiet"] in signal.description


def test_a_contributor_stands_for_its_alarm_with_the_names_it_adds() -> None:
    event = sent.eventbridge(
        alarmContributor={"id": "c1", "attributes": {"TableName": "orders"}},
        configuration=sent.configuration(metrics=[{"id": "q", "expression": "SELECT ...", "returnData": True}]),
    )
    event["detail-type"] = "CloudWatch Alarm Contributor State Change"
    signal = one(event)
    assert signal.fingerprint == one(sent.eventbridge()).fingerprint
    assert [(h.kind, h.name, h.said_in) for h in signal.hints] == [("Table", "orders", "contributor TableName")]
    event["detail"]["state"]["value"] = "OK"
    with pytest.raises(BadInputError, match="one contributor is OK"):
        one(event)


def test_a_configuration_change_is_recognised_and_refused_with_its_reason() -> None:
    event = sent.eventbridge(operation="update")
    event["detail-type"] = "CloudWatch Alarm Configuration Change"
    with pytest.raises(BadInputError, match=r"Configuration Change \(update of alarm shop-web-5xx\): nothing changed"):
        one(event)


def test_the_severity_of_a_tag_counts_before_words() -> None:
    assert one(sent.eventbridge(alarmTags={"Severity": "critical"})).severity == "SEV1"
    plain = sent.configuration(description="High latency on the login page")
    assert one(sent.eventbridge(configuration=plain)).severity is None


def test_secrets_in_a_description_do_not_get_in() -> None:
    configuration = sent.configuration(description="runbook at https://ops:hunter2hunter2@wiki.invalid/web")
    assert "hunter2" not in one(sent.eventbridge(configuration=configuration)).model_dump_json()


def test_the_normal_form_keeps_the_sender_s_words() -> None:
    assert entrances.normalised(one(sent.sns())) == {
        "name": sent.NAME,
        "state": "ALARM",
        "previous": "OK",
        "region": "eu-west-1",
        "metrics": ["Shop HTTP5xx"],
        "threshold": 5.0,
        "started": "2026-03-04T09:58:00Z",
        "severity": "SEV2",
    }
    assert entrances.normalised(one(sent.composite()))["composite"] is True
