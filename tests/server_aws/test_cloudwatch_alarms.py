"""What stands behind an alarm, through MCP, in front of the lab's CloudWatch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client

from mcp_servers.cloudwatch.server import build
from mcp_servers.contract.alarm_rules import children_named
from mcp_servers.serving.aws import AwsAccount
from sre_lab.scenario import ClusterSpec
from sre_lab.world import new_world
from tests.lab_telemetry.conftest import START, Lab
from tests.server_aws.cloudwatch_world import CloudWatch
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio
PLAIN: dict[str, Any] = {
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "ignore",
}


@pytest.fixture
def lab() -> Iterator[Lab]:
    one = Lab(new_world(ClusterSpec(), START, 1))
    yield one
    one.close()


async def describe(lab: Lab, name: str) -> dict[str, Any]:
    url = lab.client("cloudwatch").meta.endpoint_url
    async with Client(build(AwsAccount(region="eu-west-1", endpoint=url)).mcp) as client:
        result = await client.call_tool("describe_alarm", {"name": name})
    assert not result.is_error, result.content
    answer = dict(result.structured_content or {})
    assert len(answer["text"]) <= 8_000 and len(json.dumps(answer)) < 24_000
    return answer


def alarm(lab: Lab, name: str, state: str, **changes: Any) -> None:
    client = lab.client("cloudwatch")
    dimensions = [{"Name": "Service", "Value": name}]
    client.put_metric_alarm(AlarmName=name, Dimensions=dimensions, **(PLAIN | changes))
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")
    lab.advance(1)


def codes(answer: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [o for o in answer["observations"] if o["code"] == code]


async def test_a_composite_alarm_is_unfolded_to_the_children_that_fire_over_several_levels(lab: Lab) -> None:
    for name, state in (("web", "OK"), ("cart", "ALARM"), ("ledger", "ALARM")):
        alarm(lab, name, state)
    client = lab.client("cloudwatch")
    client.put_composite_alarm(AlarmName="back", AlarmRule='ALARM("cart") OR ALARM(ledger)')
    lab.advance(1)
    client.put_composite_alarm(AlarmName="shop", AlarmRule="ALARM(back) AND NOT OK('web') OR ALARM(web) OR ALARM(back)")
    lab.advance(1)
    answer = await describe(lab, "shop")
    firing = [o["attributes"]["alarm"] for o in codes(answer, "alarm.firing")]
    assert sorted(firing) == ["back", "cart", "ledger", "shop"]
    children = {child["name"]: child for child in answer["data"]["children"]}
    assert (children["ledger"]["parent"], children["ledger"]["depth"], children["ledger"]["holds"]) == ("back", 2, True)
    assert children["web"]["holds"] is False
    alarm_names = {r["target"].rpartition("/")[2] for r in answer["relations"] if r["kind"] == "watches"}
    assert alarm_names == {"web", "cart", "ledger"}
    assert answer["data"]["history"][0]["to"] == "ALARM"


async def test_an_alarm_that_a_rule_mutes_says_so_and_one_whose_actions_are_off_too(lab: Lab) -> None:
    alarm(lab, "web", "ALARM")
    alarm(lab, "cart", "ALARM", ActionsEnabled=False)
    schedule = {"Expression": "at(2026-01-01T00:00)", "Duration": "PT1H", "Timezone": "UTC"}
    lab.client("cloudwatch").put_alarm_mute_rule(
        Name="release", Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": ["web"]}
    )
    [observation] = codes(await describe(lab, "web"), "alarm.muted")
    assert observation["attributes"]["by"] == "mute rule release"
    [off] = codes(await describe(lab, "cart"), "alarm.muted")
    assert off["attributes"]["by"] == "actions are disabled"
    lab.advance(3_700)
    assert codes(await describe(lab, "web"), "alarm.muted") == []


async def test_a_changed_definition_is_told_with_its_time(lab: Lab) -> None:
    alarm(lab, "web", "OK")
    assert codes(await describe(lab, "web"), "alarm.redefined") == []
    lab.advance(600)
    alarm(lab, "web", "OK", Threshold=50.0)
    [observation] = codes(await describe(lab, "web"), "alarm.redefined")
    assert observation["at"].startswith("2026-01-01T00:10:01")


async def test_an_anomaly_alarm_shows_the_band_that_was_expected(lab: Lab) -> None:
    for step in range(3 * 288 - 1):
        at = START - (3 * 288 - step) * 300
        lab.world.metrics.put("Shop", "Load", {}, at, 100 + 40 * math.sin(at / 13_751) + step % 7)
    lab.world.metrics.put("Shop", "Load", {}, START - 300, 900.0)
    metric = {"Metric": {"Namespace": "Shop", "MetricName": "Load"}, "Period": 300, "Stat": "Average"}
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName="odd",
        EvaluationPeriods=1,
        ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold",
        ThresholdMetricId="ad1",
        Metrics=[
            {"Id": "m1", "MetricStat": metric, "ReturnData": True},
            {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "ReturnData": True},
        ],
    )
    lab.advance(2)
    band = (await describe(lab, "odd"))["data"]["band"]
    assert band["lower"] < band["upper"] < band["value"] == 900


async def test_mute_rules_that_may_not_be_listed_are_a_gap(account: AwsAccount, wire: Wire) -> None:
    CloudWatch(wire).alarm("web", "ALARM")
    wire.deny("ListAlarmMuteRules")
    async with Client(build(account).mcp) as client:
        result = await client.call_tool("describe_alarm", {"name": "web"})
    answer = dict(result.structured_content or {})
    [gap] = [c for c in answer["coverage"] if c["state"] == "denied"]
    assert "cloudwatch:ListAlarmMuteRules" in gap["detail"]


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("ALARM(a)", [("a", "ALARM")]),
        (
            "ALARM(\"a b\") AND (OK('c') OR NOT INSUFFICIENT_DATA(d))",
            [("a b", "ALARM"), ("c", "OK"), ("d", "not INSUFFICIENT_DATA")],
        ),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web) OR TRUE", [("web", "ALARM")]),
        ("AT_LEAST(50%, NOT OK, (a, 'b c'))", [("a", "not OK"), ("b c", "not OK")]),
    ],
)
def test_a_rule_names_its_alarms(rule: str, names: list[tuple[str, str]]) -> None:
    assert children_named(rule) == names


async def test_a_composite_of_a_hundred_firing_alarms_stays_within_the_bound(lab: Lab) -> None:
    names = [f"shop-service-number-{i:03}-has-a-rather-long-name" for i in range(100)]
    for name in names:
        alarm(lab, name, "ALARM")
    lab.client("cloudwatch").put_composite_alarm(AlarmName="all", AlarmRule=" OR ".join(f"ALARM({n})" for n in names))
    lab.advance(1)
    answer = await describe(lab, "all")
    assert answer["left_out"]["children"] == 100 - len(answer["data"]["children"])
    assert "100 of 100 alarms" in answer["text"]
