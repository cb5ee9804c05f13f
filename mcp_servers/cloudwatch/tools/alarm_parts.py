"""What stands behind an alarm: the children of a composite one, who mutes it, the expected band of an anomaly alarm.

Each part that cannot be read is a gap in coverage; the alarm is told all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.alarm_rules import children_named
from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.windows import rfc3339

TYPES: Final = ["MetricAlarm", "CompositeAlarm"]
NAME_LIMIT: Final = 100  # alarms of one DescribeAlarms by name
DEEPEST: Final = 5
MOST: Final = 300  # children of one alarm
PERIODS: Final = 15  # of the metric beside its band


@dataclass(frozen=True)
class ChildAlarm:
    """One alarm of a composite's rule; `required_state` is the state that the rule asks for, as `ALARM` or `not OK`.

    `depth` is 1 for direct children.
    """

    alarm: dict[str, Any]
    required_state: str
    parent: str
    depth: int

    @property
    def holds(self) -> bool:
        """Whether the alarm is in the state that the rule asks for."""
        state = self.required_state.removeprefix("not ")
        return (self.alarm.get("StateValue") == state) == (state == self.required_state)


@dataclass
class AlarmParts:
    children: list[ChildAlarm] = field(default_factory=list)
    mutes: list[dict[str, str]] = field(default_factory=list)
    band: dict[str, Any] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)


def parts(account: AwsAccount, alarm: dict[str, Any], now: datetime) -> AlarmParts:
    """`now` is the service's clock."""
    alarm_parts = AlarmParts()
    if alarm.get("AlarmRule"):
        _unfold(account, alarm, alarm_parts)
    _mutes(account, alarm, alarm_parts)
    if alarm.get("ThresholdMetricId"):
        _band(account, alarm, now, alarm_parts)
    return alarm_parts


def _unfold(account: AwsAccount, alarm: dict[str, Any], alarm_parts: AlarmParts) -> None:
    """All children, those of composite children too; an alarm that several rules name is told once."""
    visited = {alarm["AlarmName"]}
    level = [alarm]
    for depth in range(1, DEEPEST + 1):
        children = {
            name: (state, parent["AlarmName"])
            for parent in level
            for name, state in children_named(parent.get("AlarmRule", ""))
            if name not in visited
        }
        if not children or len(visited) > MOST:
            break
        visited |= set(children)
        try:
            alarms = _describe_alarms(account, list(children))
        except TeachingError as problem:
            alarm_parts.coverage.append(gap(problem, f"children of alarm {alarm['AlarmName']}"))
            return
        alarm_parts.children += [ChildAlarm(one, *children[one["AlarmName"]], depth) for one in alarms]
        if missing := sorted(set(children) - {one["AlarmName"] for one in alarms}):
            detail = f"the rule refers to alarms that do not exist: {', '.join(missing[:10])}"
            alarm_parts.coverage.append(Coverage(looked_at="children of the alarm", state="partial", detail=detail))
        level = [one for one in alarms if one.get("AlarmRule")]


def _describe_alarms(account: AwsAccount, names: list[str]) -> list[dict[str, Any]]:
    alarms: list[dict[str, Any]] = []
    for some in _by(names, NAME_LIMIT):
        answer = account.ask("cloudwatch", "describe_alarms", AlarmNames=some, AlarmTypes=TYPES, MaxRecords=NAME_LIMIT)
        alarms += answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
    return alarms


def _mutes(account: AwsAccount, alarm: dict[str, Any], alarm_parts: AlarmParts) -> None:
    """Why the alarm's actions are not carried out at the moment."""
    if alarm.get("ActionsEnabled") is False:
        alarm_parts.mutes.append({"by": "actions are disabled", "until": ""})
    if by := alarm.get("ActionsSuppressedBy"):
        alarm_parts.mutes.append({"by": f"suppressed: {by}, {alarm.get('ActionsSuppressedReason', '')}", "until": ""})
    try:
        answer = account.ask("cloudwatch", "list_alarm_mute_rules", AlarmName=alarm["AlarmName"], Statuses=["ACTIVE"])
    except TeachingError as problem:
        alarm_parts.coverage.append(gap(problem, f"mute rules of alarm {alarm['AlarmName']}"))
        return
    for rule in answer.get("AlarmMuteRuleSummaries", []):
        name = str(rule.get("AlarmMuteRuleArn", "")).rpartition(":")[2]
        expires = rule.get("ExpireDate")
        alarm_parts.mutes.append({"by": f"mute rule {name}", "until": rfc3339(expires) if expires else ""})


def _band(account: AwsAccount, alarm: dict[str, Any], now: datetime, alarm_parts: AlarmParts) -> None:
    """The last value of the metric beside the band that was expected then."""
    period = next((m["MetricStat"]["Period"] for m in alarm.get("Metrics", []) if m.get("MetricStat")), 60)
    try:
        answer = account.ask(
            "cloudwatch",
            "get_metric_data",
            MetricDataQueries=alarm["Metrics"],
            StartTime=now - timedelta(seconds=PERIODS * period),
            EndTime=now,
            ScanBy="TimestampAscending",
        )
    except TeachingError as problem:
        alarm_parts.coverage.append(gap(problem, f"expected band of alarm {alarm['AlarmName']}"))
        return
    series = [r for r in answer["MetricDataResults"] if r["Values"]]
    edges = [
        dict(zip(r["Timestamps"], r["Values"], strict=True)) for r in series if r["Id"] == alarm["ThresholdMetricId"]
    ]
    values = [
        dict(zip(r["Timestamps"], r["Values"], strict=True)) for r in series if r["Id"] != alarm["ThresholdMetricId"]
    ]
    if len(edges) != 2 or not values:
        return
    at = max(set(values[0]) & set(edges[0]) & set(edges[1]), default=None)
    if at is not None:
        lower, upper = sorted((edges[0][at], edges[1][at]))
        alarm_parts.band = {"at": rfc3339(at), "value": values[0][at], "lower": lower, "upper": upper}


def _by(names: list[str], size: int) -> list[list[str]]:
    return [names[i : i + size] for i in range(0, len(names), size)]
