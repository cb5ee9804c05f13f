"""From an alarm as DescribeAlarms and its history give it to facts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from mcp_servers.cloudwatch.reads.dimensions import subject_of_dimensions
from mcp_servers.contract.bounds import excerpt, within
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.serving.windows import rfc3339

CODES = {"ALARM": "alarm.firing", "OK": "alarm.ok", "INSUFFICIENT_DATA": "alarm.no_data"}


def subject(alarm: dict[str, Any], scope: str) -> Subject:
    return Subject(scope=scope, kind="Alarm", name=alarm["AlarmName"])


def metric_name(alarm: dict[str, Any]) -> str:
    """The metric watched; an expression or a rule where there is no single one."""
    if alarm.get("MetricName"):
        return str(alarm["MetricName"])
    stats = [m["MetricStat"]["Metric"]["MetricName"] for m in alarm.get("Metrics", []) if m.get("MetricStat")]
    return ", ".join(dict.fromkeys(stats)) or str(alarm.get("AlarmRule", ""))


def dimensions(alarm: dict[str, Any]) -> dict[str, str]:
    """Its dimensions as a map; of a metric-math alarm those on which all its metrics agree."""
    if "Metrics" not in alarm or not alarm["Metrics"]:
        return _as_map(alarm.get("Dimensions", []))
    maps = [_as_map(m["MetricStat"]["Metric"].get("Dimensions", [])) for m in alarm["Metrics"] if m.get("MetricStat")]
    return dict(set.intersection(*(set(m.items()) for m in maps))) if maps else {}


def alarm_text(alarm: dict[str, Any]) -> dict[str, Any]:
    """The alarm as plain data."""
    since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    plain = {
        "name": alarm["AlarmName"],
        "arn": alarm.get("AlarmArn", ""),
        "description": within(alarm.get("AlarmDescription", "")),
        "state": alarm.get("StateValue", ""),
        "since": rfc3339(since) if since else "",
        "reason": excerpt(within(alarm.get("StateReason", ""))),
        "namespace": alarm.get("Namespace", ""),
        "metric": excerpt(metric_name(alarm), 200),
        "dimensions": dimensions(alarm),
        "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic", ""),
        "comparison": alarm.get("ComparisonOperator", ""),
        "threshold": alarm.get("Threshold"),
        "period": alarm.get("Period"),
        "evaluation_periods": alarm.get("EvaluationPeriods"),
        "datapoints_to_alarm": alarm.get("DatapointsToAlarm"),
        "missing_data": alarm.get("TreatMissingData", "missing"),
        "rule": excerpt(within(alarm.get("AlarmRule", "")), 1_000),
        "value": latest_value(alarm),
    }
    return {name: value for name, value in plain.items() if value not in (None, "", {})}


def changes(items: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The state changes of its history: at, from, to; newest first, as they came."""
    changes = []
    for item in items:
        if item.get("HistoryItemType", "StateUpdate") != "StateUpdate":
            continue
        data = _json(item.get("HistoryData", ""))
        before = str(data.get("oldState", {}).get("stateValue", ""))
        after = str(data.get("newState", {}).get("stateValue", ""))
        if not after and " to " in item.get("HistorySummary", ""):
            before, _, after = item["HistorySummary"].removeprefix("Alarm updated from ").partition(" to ")
        changes.append({"at": rfc3339(item["Timestamp"]), "from": before, "to": after})
    return changes


def other_changes(items: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What else its history tells (definitions, actions): at, kind, what; newest first, as they came."""
    return [
        {
            "at": rfc3339(item["Timestamp"]),
            "kind": item["HistoryItemType"],
            "what": excerpt(item.get("HistorySummary", "")),
        }
        for item in items
        if item.get("HistoryItemType", "StateUpdate") != "StateUpdate"
    ]


def redefined(alarm: dict[str, Any], others: list[dict[str, str]], scope: str) -> list[Observation]:
    """The newest change of its definition, other than that it was made."""
    updates = [c for c in others if c["kind"] == "ConfigurationUpdate" and "creat" not in c["what"].lower()]
    return [
        Observation(
            code="alarm.redefined",
            subject=subject(alarm, scope),
            at=datetime.fromisoformat(change["at"]),
            attributes={"alarm": alarm["AlarmName"], "what": change["what"]},
        )
        for change in updates[:1]
    ]


def muted(alarm: dict[str, Any], mutes: list[dict[str, str]], scope: str) -> list[Observation]:
    return [
        Observation(
            code="alarm.muted",
            subject=subject(alarm, scope),
            attributes={"alarm": alarm["AlarmName"], "by": mute["by"], "until": mute["until"]},
        )
        for mute in mutes
    ]


def observed(alarm: dict[str, Any], history: list[dict[str, str]], scope: str) -> Observation | None:
    """Firing, ok (with when it last fired, where the history still knows) or without data."""
    code = CODES.get(alarm.get("StateValue", ""))
    if code is None:
        return None
    plain = alarm_text(alarm)
    attributes: dict[str, Any] = {"alarm": plain["name"]}
    if "since" in plain:
        attributes["since"] = plain["since"]
    if code == "alarm.firing":
        attributes["metric"] = plain.get("metric", "")
        attributes |= {name: plain[name] for name in ("threshold", "value") if name in plain}
    firing_times = [change["at"] for change in history if change["to"] == "ALARM"]
    if code == "alarm.ok" and firing_times:
        attributes["last_fired"] = max(firing_times)
    since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    return Observation(
        code=code,
        subject=subject(alarm, scope),
        at=since if isinstance(since, datetime) else None,
        attributes=attributes,
        excerpt=plain.get("reason", ""),
    )


def lacking(alarm: dict[str, Any], scope: str) -> list[Observation]:
    """That an alarm fires because nothing came, where its definition takes that for trouble."""
    reason = within(str(alarm.get("StateReason", "")))
    if alarm.get("StateValue") != "ALARM" or "no datapoints were received" not in reason.lower():
        return []
    attributes = {"alarm": alarm["AlarmName"], "since": alarm_text(alarm).get("since", "")}
    return [Observation(code="alarm.no_data", subject=subject(alarm, scope), attributes=attributes, excerpt=reason)]


def watches(alarm: dict[str, Any], scope: str) -> list[Relation]:
    target = subject_of_dimensions(dimensions(alarm), scope)
    return [Relation(kind="watches", source=subject(alarm, scope), target=target)] if target else []


def latest_value(alarm: dict[str, Any]) -> float | None:
    """The value that the last evaluation saw, from the reason's data."""
    data = _json(alarm.get("StateReasonData", ""))
    recent = [value for value in data.get("recentDatapoints", []) if value is not None]
    return float(recent[-1]) if recent else None


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _as_map(pairs: list[dict[str, str]]) -> dict[str, str]:
    return {pair["Name"]: pair["Value"] for pair in pairs}
