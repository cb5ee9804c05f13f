"""One CloudWatch alarm in each of the ways in which it is delivered."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT, REGION, NAME = "123456789012", "eu-west-1", "shop-web-5xx"
ARN = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{NAME}"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
REASON = (
    "Threshold Crossed: 2 out of the last 2 datapoints [14.0 (04/03/26 09:59:00), 9.0 (04/03/26 09:58:00)]"
    " were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
)
REASON_DATA = json.dumps(
    {"version": "1.0", "startDate": "2026-03-04T09:58:00.000+0000", "period": 60, "threshold": 5.0}
)
METRIC = {
    "id": "m1",
    "metricStat": {
        "metric": {"namespace": "Shop", "name": "HTTP5xx", "dimensions": {"Namespace": "shop", "Deployment": "web"}},
        "period": 60,
        "stat": "Sum",
    },
    "returnData": True,
}


def state(value: str = "ALARM", **more: Any) -> dict[str, Any]:
    return {
        "value": value,
        "reason": REASON,
        "reasonData": REASON_DATA,
        "timestamp": "2026-03-04T10:00:08.431+0000",
        **more,
    }


def configuration(**more: Any) -> dict[str, Any]:
    return {"description": "Severity: high. Errors of the web shop", "metrics": [METRIC], **more}


def eventbridge(value: str = "ALARM", **detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": "2026-03-04T10:00:08Z",
        "region": REGION,
        "resources": [ARN],
        "detail": {
            "alarmName": NAME,
            "configuration": configuration(),
            "state": state(value),
            "previousState": {"value": "OK", "reason": "", "timestamp": "2026-03-04T09:00:00.000+0000"},
            **detail,
        },
    }


def lambda_action() -> dict[str, Any]:
    detail = eventbridge()["detail"]
    return {
        "source": "aws.cloudwatch",
        "alarmArn": ARN,
        "accountId": ACCOUNT,
        "time": "2026-03-04T10:00:08.431+0000",
        "region": REGION,
        "alarmData": detail,
    }


def sns_message(value: str = "ALARM", **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": NAME,
        "AlarmDescription": "Severity: high. Errors of the web shop",
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": "2026-03-01T08:00:00.000+0000",
        "NewStateValue": value,
        "NewStateReason": REASON,
        "StateChangeTime": "2026-03-04T10:00:08.431+0000",
        "Region": "EU (Ireland)",
        "AlarmArn": ARN,
        "OldStateValue": "OK",
        "OKActions": [],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "HTTP5xx",
            "Namespace": "Shop",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [{"name": "Namespace", "value": "shop"}, {"name": "Deployment", "value": "web"}],
            "Period": 60,
            "EvaluationPeriods": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 5.0,
            "TreatMissingData": "",
            "EvaluateLowSampleCountPercentile": "",
        },
        **more,
    }


def sns(message: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "9d2f0c1e-0000-5000-8000-000000000001",
        "TopicArn": TOPIC,
        "Subject": f'ALARM: "{NAME}" in EU (Ireland)',
        "Message": json.dumps(message or sns_message()),
        "Timestamp": "2026-03-04T10:00:09.000Z",
        "SignatureVersion": "1",
    }


def sqs(body: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"messageId": "sqs-1", "receiptHandle": "r", "body": json.dumps(body or eventbridge())}


def lambda_batch() -> dict[str, Any]:
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns()}]}


def composite(**detail: Any) -> dict[str, Any]:
    triggering = {"triggeringAlarms": [{"arn": ARN, "state": {"value": "ALARM"}}]}
    event = eventbridge(
        configuration={"alarmRule": f'ALARM("{NAME}")', "description": "The shop is down"},
        state=state(reasonData=json.dumps(triggering), reason=f"{ARN} transitioned to ALARM"),
        **detail,
    )
    event["detail"]["alarmName"] = "shop-down"
    event["resources"] = [ARN.replace(NAME, "shop-down")]
    return event


def pagerduty(
    status: str = "triggered", kind: str = "incident.triggered", at: str = "2026-03-04T10:00:00Z"
) -> dict[str, Any]:
    service = {"id": "PS1", "type": "service_reference", "summary": "checkout"}
    data: dict[str, Any] = {
        "id": "PT4KHLK",
        "type": "incident",
        "status": status,
        "title": "checkout is slow",
        "urgency": "high",
    }
    data |= {"service": service, "priority": {"summary": "P2"}, "body": {"details": {"namespace": "shop"}}}
    return {"event": {"id": f"e-{at}", "event_type": kind, "occurred_at": at, "data": data}}


def alertmanager(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="PodCrashLooping"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "sre-agent",
        "groupLabels": {"alertname": "PodCrashLooping"},
        "commonLabels": {"alertname": "PodCrashLooping", "namespace": "shop"},
        "commonAnnotations": {"summary": "Pods keep crashing"},
        "alerts": list(alerts) or [alert()],
        **more,
    }


def alert(
    *,
    pod: str = "web-7f9dd8b6c4-x7gr9",
    deployment: str = "web",
    status: str = "firing",
    starts: str = "10:00:00",
    **more: str,
) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {
            "alertname": "PodCrashLooping",
            "namespace": "shop",
            "deployment": deployment,
            "pod": pod,
            "severity": "critical",
            **more,
        },
        "annotations": {"summary": "Pods keep crashing"},
        "startsAt": f"2026-03-04T{starts}Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "a1b2",
    }
