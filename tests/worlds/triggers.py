"""What starts a run: alarms as monitors send them, questions, sweeps."""

from __future__ import annotations

from typing import Any

from tests.worlds.objects import Obj, at


def alertmanager(
    name: str, labels: dict[str, str], annotations: dict[str, str], *, minutes: float = 15, **group: Any
) -> Obj:
    """An alarm as Alertmanager sends it."""
    whole = {"alertname": name, "severity": "warning", **labels}
    alert = {
        "status": "firing",
        "labels": whole,
        "annotations": annotations,
        "startsAt": at(minutes),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": group.pop("generator", ""),
    }
    payload = {
        "version": "4",
        "status": "firing",
        "receiver": "sre-agent",
        "groupLabels": {"alertname": name},
        "commonLabels": whole,
        "commonAnnotations": annotations,
        "alerts": [alert],
    }
    return {"type": "alarm", "format": "alertmanager-v4", "payload": payload}


def webhook(title: str, **fields: Any) -> Obj:
    return {"type": "alarm", "format": "webhook", "payload": {"title": title, "state": "firing", **fields}}


def cloudwatch_alarm(
    name: str,
    namespace: str,
    metric: str,
    dimensions: dict[str, str],
    *,
    statistic: str,
    threshold: float,
    value: float,
    minutes: float = 12,
) -> Obj:
    reason = f"Threshold Crossed: 1 datapoint [{value}] was greater than the threshold ({threshold})."
    stat = {
        "metric": {"namespace": namespace, "name": metric, "dimensions": dimensions},
        "period": 60,
        "stat": statistic,
    }
    payload = {
        "version": "0",
        "id": "0a1b",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "time": at(minutes),
        "region": "eu-central-1",
        "resources": [f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{name}"],
        "detail": {
            "alarmName": name,
            "configuration": {"metrics": [{"id": "m1", "metricStat": stat, "returnData": True}]},
            "state": {
                "value": "ALARM",
                "reason": reason,
                "timestamp": at(minutes),
                "reasonData": f'{{"threshold": {threshold}, "recentDatapoints": [{value}]}}',
            },
            "previousState": {"value": "OK", "timestamp": at(minutes + 600)},
        },
    }
    return {"type": "alarm", "format": "cloudwatch-eventbridge", "payload": payload}


def question(text: str) -> Obj:
    return {"type": "question", "text": text}


def conversation(*texts: str) -> Obj:
    """Questions one after another; the answer to the last is judged."""
    return {"type": "question", "texts": list(texts)}


def sweep(scope: str) -> Obj:
    return {"type": "sweep", "scope": scope}
