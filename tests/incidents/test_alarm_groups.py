"""Alarms that stand for others: a composite one is looked into by its children, a group by the first of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import boto3
import pytest

from sre_agent import entrances
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from tests.entrances import deliveries
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


def composite_of(it: Stage, child: str) -> dict[str, Any]:
    """The event of a composite alarm over the lab's own one and one that is quiet."""
    ends = it.lab.endpoints
    keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab"}
    cloudwatch = boto3.client("cloudwatch", endpoint_url=ends.aws, region_name=ends.region, **keys)
    quiet = {"MetricName": "Age", "Namespace": "Idle", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1}
    cloudwatch.put_metric_alarm(
        AlarmName="idle-age",
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        **quiet,
    )
    cloudwatch.put_composite_alarm(AlarmName="shop-down", AlarmRule=f'ALARM("{child}") OR ALARM("idle-age")')
    return deliveries.eventbridge(
        alarmName="shop-down",
        configuration={"alarmRule": f'ALARM("{child}") OR ALARM("idle-age")', "description": "Something in the shop"},
        state={"value": "ALARM", "reason": "", "timestamp": it.alarm()["time"]},
    ) | {"resources": [deliveries.ARN.replace(deliveries.NAME, "shop-down")]}


def alert(namespace: str, deployment: str, name: str) -> dict[str, Any]:
    labels = {"alertname": name, "namespace": namespace, "deployment": deployment}
    return deliveries.alertmanager(deliveries.alert(**labels), commonLabels={})


async def test_the_cause_is_behind_the_child_that_fires_and_the_others_are_told_or_investigated_themselves(
    stage: Open,
) -> None:
    with stage("payday-evening") as it:
        it.alarm()
        async with it.runtime() as runtime:
            now, alarms = runtime.clock.now(), runtime.alarms
            await runtime.store.keep_dependencies([("alarms/unseen", "shop/payments-api")], now)
            payloads = [composite_of(it, it.lab.endpoints.trigger), it.alarm()]
            payloads += [alert("shop", "payments-api", "PodsNotReady"), alert("alarms", "unseen", "Unseen")]
            receipts = [(await alarms.receive(entrances.read(one, received_at=now), "test"))[0] for one in payloads]
            first = receipts[0].incident
            assert [(one.disposition, one.incident) for one in receipts] == [("opened", first)] + [
                ("joined", first)
            ] * 3
            incident, report = await drive(runtime, first, SilentView(), "ask")
            ledger = await runtime.store.ledger(incident.id)
            others = [one for one in await runtime.store.incidents(only_open=True) if one.id != first]
    assert [subject.name for subject in incident.subjects] == ["payments-api"]
    names = {one.arguments.get("name") for one in ledger if one.tool == "describe_alarm"}
    assert names == {"shop-down", it.lab.endpoints.trigger}
    assert report is not None and report.diagnosis.causes[0].failure_class == "bad_rollout"
    assert any("PodsNotReady" in line for line in report.alarms) and len(report.alarms) == 3
    assert [one.title.partition(":")[0] for one in others] == ["Unseen"]
