from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab import scenario
from sre_lab.aws.cloudwatch import alarms
from tests.lab_telemetry.conftest import Lab

ARN = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:"


class Account:
    """Metric alarms a, b, c whose states are set by hand, and composites over them."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.client = lab.client("cloudwatch")
        for name in ("a", "b", "c"):
            self.client.put_metric_alarm(
                AlarmName=name,
                Namespace="Test",
                MetricName=name,
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=0.0,
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData="ignore",
            )
            self.set(name, "OK")
        sns, sqs = lab.client("sns"), lab.client("sqs")
        self.topic = sns.create_topic(Name="pager")["TopicArn"]
        self.url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self._sqs = sqs

    def set(self, name: str, state: str) -> None:
        """The state of an alarm, and a second for what follows from it."""
        self.client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")
        self.lab.advance(1)

    def compose(self, rule: str, name: str = "all", **more: Any) -> None:
        self.client.put_composite_alarm(AlarmName=name, AlarmRule=rule, **more)
        self.lab.advance(1)

    def composite(self, name: str = "all") -> dict[str, Any]:
        composite_alarms: list[dict[str, Any]] = self.client.describe_alarms(
            AlarmNames=[name], AlarmTypes=["CompositeAlarm"]
        )["CompositeAlarms"]
        return composite_alarms[0]

    def pages(self) -> list[dict[str, Any]]:
        """The SNS messages that have come since the last look."""
        result = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in result:
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in result]


@pytest.fixture
def account(lab: Lab) -> Account:
    return Account(lab)


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        ("ALARM(a)", "ALARM"),
        ('ALARM("a") AND OK(b)', "ALARM"),
        (f"ALARM({ARN}a) AND ALARM({ARN}b)", "OK"),
        ("ALARM(b) OR INSUFFICIENT_DATA(c)", "ALARM"),
        ("ALARM(a) AND NOT INSUFFICIENT_DATA(c)", "OK"),
        ("ALARM(b) AND ALARM(c) OR ALARM(a)", "ALARM"),
        ("ALARM(b) AND (ALARM(c) OR ALARM(a))", "OK"),
        ("TRUE", "ALARM"),
        ("FALSE OR NOT TRUE", "OK"),
        ("not (alarm(b) or ok(c))", "ALARM"),
        ("AT_LEAST(1, ALARM, (a, b, c))", "ALARM"),
        ("AT_LEAST(50%, ALARM, (a, b, c))", "OK"),
        ("AT_LEAST(2, NOT ALARM, (a, b, c))", "ALARM"),
    ],
)
def test_a_rule_combines_the_states_of_alarms(account: Account, rule: str, state: str) -> None:
    account.set("a", "ALARM")
    account.set("c", "INSUFFICIENT_DATA")
    account.compose(rule)
    assert account.composite()["StateValue"] == state


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("ALARM(nobody)", r"Could not save the composite alarm as alarms \[nobody\] in the alarm rule do not exist"),
        ("ALARM(a", r"'\)' is expected"),
        ("ALARM(a) ALARM(b)", "unexpected"),
        ("BROKEN(a)", "a function such as ALARM"),
        ("ALARM()", "the name or ARN"),
        ("x" * 10_241, "10240"),
    ],
)
def test_a_rule_that_cannot_be_read_or_names_nobody_is_refused(account: Account, rule: str, problem: str) -> None:
    with pytest.raises(ClientError, match=problem) as refused:
        account.compose(rule)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_a_composite_tells_what_made_it_change_in_its_event_and_message(account: Account) -> None:
    account.compose("ALARM(a) OR ALARM(b)", AlarmActions=[account.topic], OKActions=[account.topic])
    account.pages()
    assert account.composite()["StateReason"] == f"{ARN}all was created and its alarm rule evaluates to OK"
    account.set("b", "ALARM")
    detail = alarms.event(account.lab.world, "all")["detail"]
    assert detail["configuration"] == {"alarmRule": "ALARM(a) OR ALARM(b)"}
    assert detail["state"]["reason"].startswith(f"{ARN}b transitioned to ALARM at Thursday 01 January, 2026 00:00:")
    (trigger,) = json.loads(detail["state"]["reasonData"])["triggeringAlarms"]
    assert (trigger["arn"], trigger["state"]["value"]) == (f"{ARN}b", "ALARM")
    (message,) = account.pages()
    assert (message["AlarmRule"], message["NewStateValue"]) == ("ALARM(a) OR ALARM(b)", "ALARM")
    assert message["TriggeringChildren"][0]["Arn"] == f"{ARN}b"
    account.set("a", "ALARM")
    assert account.pages() == []
    account.set("a", "OK")
    account.set("b", "OK")
    assert [message["NewStateValue"] for message in account.pages()] == ["OK"]


def test_composites_rest_on_composites(account: Account) -> None:
    account.compose("ALARM(a)", "inner")
    account.compose("ALARM(inner) AND ALARM(b)", "outer")
    account.set("b", "ALARM")
    account.client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    account.lab.advance(3)
    assert account.composite("outer")["StateValue"] == "ALARM"
    describe = account.client.describe_alarms
    children = describe(ChildrenOfAlarmName="outer")
    assert [c["AlarmName"] for c in children["MetricAlarms"] + children["CompositeAlarms"]] == ["b", "inner"]
    assert [p["AlarmName"] for p in describe(ParentsOfAlarmName="a")["CompositeAlarms"]] == ["inner"]
    assert "CompositeAlarms" not in describe() or describe()["CompositeAlarms"] == []


def test_a_cycle_is_not_evaluated_until_it_is_broken(account: Account) -> None:
    account.compose("ALARM(a)", "x")
    account.compose("ALARM(x) OR ALARM(a)", "y")
    account.compose("ALARM(y)", "x")
    account.set("a", "ALARM")
    assert [account.composite(name)["StateValue"] for name in ("x", "y")] == ["OK", "OK"]
    with pytest.raises(ClientError, match="depend on it"):
        account.client.delete_alarms(AlarmNames=["x"])
    account.compose("FALSE", "x")
    account.set("a", "OK")
    account.set("a", "ALARM")
    assert [account.composite(name)["StateValue"] for name in ("x", "y")] == ["OK", "ALARM"]


def test_an_alarm_that_a_composite_rests_on_cannot_be_deleted(account: Account) -> None:
    account.compose("ALARM(a)")
    with pytest.raises(ClientError, match="composite alarms depend on it: all"):
        account.client.delete_alarms(AlarmNames=["b", "a"])
    account.client.delete_alarms(AlarmNames=["all"])
    account.client.delete_alarms(AlarmNames=["b", "a"])
    assert [a["AlarmName"] for a in account.client.describe_alarms()["MetricAlarms"]] == ["c"]


def suppress(account: Account, wait: int = 60, extension: int = 120) -> None:
    account.compose(
        "ALARM(a)",
        AlarmActions=[account.topic],
        OKActions=[account.topic],
        ActionsSuppressor=f"{ARN}b",
        ActionsSuppressorWaitPeriod=wait,
        ActionsSuppressorExtensionPeriod=extension,
    )
    account.pages()


def test_actions_wait_for_the_suppressor_and_are_done_if_it_stays_quiet(account: Account) -> None:
    suppress(account)
    account.set("a", "ALARM")
    alarm = account.composite()
    assert (alarm["StateValue"], alarm["ActionsSuppressedBy"]) == ("ALARM", "WaitPeriod")
    detail = alarms.event(account.lab.world, "all")["detail"]
    assert detail["state"]["actionsSuppressedBy"] == "WaitPeriod"
    assert detail["configuration"]["actionsSuppressorWaitPeriod"] == 60
    account.lab.advance(50)
    assert account.pages() == []
    account.lab.advance(20)
    assert [page["NewStateValue"] for page in account.pages()] == ["ALARM"]
    assert "ActionsSuppressedBy" not in account.composite()


def test_a_suppressor_in_alarm_holds_actions_back_until_its_extension_is_over(account: Account) -> None:
    suppress(account)
    account.set("a", "ALARM")
    account.set("b", "ALARM")
    account.lab.advance(300)
    assert account.composite()["ActionsSuppressedBy"] == "Alarm"
    account.set("b", "OK")
    assert account.composite()["ActionsSuppressedBy"] == "ExtensionPeriod"
    account.lab.advance(100)
    assert account.pages() == []
    account.lab.advance(30)
    assert [page["NewStateValue"] for page in account.pages()] == ["ALARM"]


def test_each_extension_counts_from_its_own_beginning(account: Account) -> None:
    suppress(account)
    account.set("b", "ALARM")
    account.set("a", "ALARM")
    account.set("b", "OK")
    account.lab.advance(100)
    account.set("b", "ALARM")
    account.set("b", "OK")
    account.lab.advance(100)
    assert account.pages() == []
    account.lab.advance(30)
    assert [page["NewStateValue"] for page in account.pages()] == ["ALARM"]


def test_what_came_and_went_while_it_was_suppressed_is_never_told(account: Account) -> None:
    suppress(account)
    account.set("b", "ALARM")
    account.set("a", "ALARM")
    account.set("a", "OK")
    account.set("b", "OK")
    account.lab.advance(600)
    assert account.pages() == []
    summaries = account.client.describe_alarm_history(AlarmTypes=["CompositeAlarm"], HistoryItemType="Action")
    assert "Actions suppressed by Alarm" in {i["HistorySummary"] for i in summaries["AlarmHistoryItems"]}


def test_a_suppressor_has_to_exist_and_needs_both_periods(account: Account) -> None:
    with pytest.raises(ClientError, match="ActionsSuppressorWaitPeriod"):
        account.compose("ALARM(a)", ActionsSuppressor="b")
    with pytest.raises(ClientError, match="nobody does not exist"):
        account.compose(
            "ALARM(a)",
            ActionsSuppressor="nobody",
            ActionsSuppressorWaitPeriod=1,
            ActionsSuppressorExtensionPeriod=1,
        )


def test_a_scenario_declares_composites_with_their_suppressor(account: Account) -> None:
    alarms.create_alarm(
        account.lab.world, scenario.AlarmSpec(name="all", rule="ALARM(a)", suppressor="b", suppressor_wait=60.0)
    )
    account.set("a", "ALARM")
    assert account.composite()["ActionsSuppressedBy"] == "WaitPeriod"
    with pytest.raises(ValueError, match="one of metric, metrics, and rule"):
        scenario.AlarmSpec(name="nothing")
