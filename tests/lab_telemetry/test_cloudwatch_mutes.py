from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab.aws import delivery
from sre_lab.aws.cloudwatch import alarms
from tests.lab_telemetry.conftest import START, Lab

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:page"


def alarm(lab: Lab) -> Any:
    client = lab.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="load",
        Namespace="Test",
        MetricName="A",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[FUNCTION],
    )
    return client


def mute(client: Any, expression: str, duration: str = "PT1H", zone: str = "UTC", **more: Any) -> None:
    schedule = {"Expression": expression, "Duration": duration, "Timezone": zone}
    client.put_alarm_mute_rule(Name="quiet", Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": ["load"]}, **more)


def calls(lab: Lab) -> list[str]:
    return [call.payload["alarmData"]["state"]["value"] for call in delivery.invocations.of(lab.world)]


def test_a_muted_alarm_changes_but_acts_only_when_the_mute_is_over(lab: Lab) -> None:
    client = alarm(lab)
    mute(client, "at(2026-01-01T00:00)")
    client.set_alarm_state(AlarmName="load", StateValue="ALARM", StateReason="by hand")
    detail = alarms.event(lab.world, "load")["detail"]
    assert detail["muteDetail"]["mutedBy"].endswith(":alarm-mute-rule:quiet")
    lab.advance(3_590)
    assert calls(lab) == []
    lab.advance(20)
    assert calls(lab) == ["ALARM"]
    assert "muteDetail" not in alarms.event(lab.world, "load")["detail"]


def test_what_came_and_went_while_muted_is_never_told(lab: Lab) -> None:
    client = alarm(lab)
    mute(client, "at(2026-01-01T00:00)")
    for state in ("ALARM", "OK"):
        client.set_alarm_state(AlarmName="load", StateValue=state, StateReason="by hand")
        lab.advance(60)
    lab.advance(7_200)
    assert calls(lab) == []


@pytest.mark.parametrize(
    ("expression", "zone", "status"),
    [
        ("cron(50 23 * * *)", "UTC", "ACTIVE"),
        ("cron(0 1 * * *)", "UTC", "SCHEDULED"),
        ("cron(0 1 * * *)", "Europe/Berlin", "ACTIVE"),
        ("cron(*/30 0-6 1 JAN THU)", "UTC", "ACTIVE"),
        ("cron(0 0 * * MON-WED)", "UTC", "SCHEDULED"),
        ("at(2025-12-31T22:00)", "UTC", "EXPIRED"),
        ("at(2026-01-02T00:00)", "UTC", "SCHEDULED"),
    ],
)
def test_a_rule_is_active_in_its_windows(lab: Lab, expression: str, zone: str, status: str) -> None:
    client = alarm(lab)
    mute(client, expression, zone=zone)
    rendered = client.get_alarm_mute_rule(AlarmMuteRuleName="quiet")
    assert rendered["Status"] == status
    assert rendered["MuteType"] == ("ONE_TIME" if expression.startswith("at") else "RECURRING")
    listing = client.list_alarm_mute_rules(AlarmName="load", Statuses=[status])["AlarmMuteRuleSummaries"]
    assert len(listing) == 1
    assert client.list_alarm_mute_rules(AlarmName="other")["AlarmMuteRuleSummaries"] == []


def test_a_rule_ends_with_its_expiry_and_when_it_is_deleted(lab: Lab) -> None:
    client = alarm(lab)
    mute(client, "cron(0 * * * *)", "P1D", ExpireDate=datetime.fromtimestamp(START + 600, UTC))
    lab.advance(601)
    assert client.get_alarm_mute_rule(AlarmMuteRuleName="quiet")["Status"] == "EXPIRED"
    client.delete_alarm_mute_rule(AlarmMuteRuleName="quiet")
    with pytest.raises(ClientError, match="quiet does not exist"):
        client.get_alarm_mute_rule(AlarmMuteRuleName="quiet")


@pytest.mark.parametrize(
    ("expression", "duration", "zone", "problem"),
    [
        ("every day", "PT1H", "UTC", "cron"),
        ("cron(61 * * * *)", "PT1H", "UTC", "field of a cron expression"),
        ("cron(0 0 * * *)", "PT10S", "UTC", "PT1M"),
        ("cron(0 0 * * *)", "P16D", "UTC", "P15D"),
        ("cron(0 0 * * *)", "PT1H", "Europe/Atlantis", "tz database"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused(
    lab: Lab, expression: str, duration: str, zone: str, problem: str
) -> None:
    with pytest.raises(ClientError, match=problem):
        mute(alarm(lab), expression, duration, zone)
