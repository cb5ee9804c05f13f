"""A recorded account: functions that serve, fail, have recovered or are silent, a queue, tables and two workloads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.chat.world import CLOCK, Obj, deployment, new_object, pod

END = datetime.fromisoformat(CLOCK)
MINUTES = 60
REQUEST = "8f5e0c2b-1111-4222-8333-9444455556{:02}"
Values = Callable[[int], float | None]


def account() -> Obj:
    telemetry = {"metrics": [*_functions(), *_others()], "log_groups": _log_groups()}
    return {"schema": "sre-world/1", "clock": CLOCK, "k8s": {"objects": _workloads()}, "cloudwatch": telemetry}


def at(minute: int) -> str:
    """So many minutes after the hour's beginning."""
    return f"{END - timedelta(minutes=MINUTES - minute):%Y-%m-%dT%H:%M:%SZ}"


def _metric(namespace: str, name: str, values: Values, **dimensions: str) -> Obj:
    points: list[Any] = [[at(minute), value] for minute in range(MINUTES) if (value := values(minute)) is not None]
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"namespace": namespace, "name": name, "dimensions": pairs, "points": points}


def _function(name: str, runs: Values, errors: Values, durations: Values) -> list[Obj]:
    metrics = {"Invocations": runs, "Errors": errors, "Throttles": lambda _: 0.0, "Duration": durations}
    return [_metric("AWS/Lambda", metric, values, FunctionName=name) for metric, values in metrics.items()]


def _functions() -> list[Obj]:
    def none(_: int) -> float:
        return 0.0

    def quick(minute: int) -> float:
        return 180.0 + minute % 5

    return [
        *_function("label-printer", lambda m: 40.0 + m % 3, none, quick),
        *_function(
            "refund-mailer",
            lambda _: 30.0,
            lambda m: 12.0 if m >= 40 else 0.0,
            lambda m: 3000.0 if m >= 40 else 640.0 + m % 7,
        ),
        *_function("thumbnailer", lambda _: 50.0, lambda m: 20.0 if 38 <= m < 45 else 0.0, quick),
        *_function("stock-import", lambda m: 5.0 if m < 20 else None, lambda m: 0.0 if m < 20 else None,
                   lambda m: 90.0 if m < 20 else None),
        *_function("invoice-renderer", lambda _: 25.0, none, quick),
    ]  # fmt: skip


def _others() -> list[Obj]:
    def always(value: float) -> Values:
        return lambda _: value

    queue = {"ApproximateNumberOfMessagesVisible": 0.0, "ApproximateAgeOfOldestMessage": 2.0}
    queue |= {f"NumberOfMessages{what}": 60.0 for what in ("Sent", "Received", "Deleted")}
    metrics = [_metric("AWS/SQS", name, always(value), QueueName="parcels") for name, value in queue.items()]
    for table in ("parcels", "sorter"):
        for way in ("Read", "Write"):
            for what, value in (("Consumed", 300.0), ("Provisioned", 20.0)):
                metrics.append(_metric("AWS/DynamoDB", f"{what}{way}CapacityUnits", always(value), TableName=table))
    return metrics


def _log_groups() -> list[Obj]:
    failing = [
        {"timestamp": at(40 + n), "message": f"{at(40 + n)} {REQUEST.format(n)} Task timed out after 3.00 seconds"}
        for n in range(18)
    ]
    waiting = [
        {"timestamp": at(40 + n), "message": f"[INFO] {REQUEST.format(n)} waits for mail-relay"} for n in range(18)
    ]
    return [
        {"name": "/aws/lambda/refund-mailer", "events": [*waiting, *failing]},
        {"name": "/aws/lambda/label-printer", "events": [{"timestamp": at(59), "message": "[INFO] printed 40 labels"}]},
        {"name": "/aws/lambda/year-end-report", "events": []},
    ]


def _workloads() -> list[Obj]:
    objects = [new_object("Namespace", "post", status={"phase": "Active"})]
    for name in ("sorter", "counter"):
        image = f"example.test/{name}:1"
        owned = deployment(name, "post", 1, 1, image)
        objects += [*owned, pod(owned[1], "aaaa2", "node-a", image=image)]
    return objects
