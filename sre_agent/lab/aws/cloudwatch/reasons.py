"""Why an alarm changed, in CloudWatch's own words and data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sre_agent.lab.aws.cloudwatch.alarm import Alarm, moment
from sre_agent.lab.aws.cloudwatch.alarm_rules import COMPARISONS, Judgement, Rule
from sre_agent.lab.world import World

TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
SHOWN = 5  # datapoints named in a reason


def reason(alarm: Alarm, rule: Rule, judged: Judgement) -> str:
    """The StateReason of a state that `judged` led to."""
    if judged.state == "INSUFFICIENT_DATA":
        were = "1 datapoint was" if judged.filled == 1 else f"{judged.filled} datapoints were"
        return f"Insufficient Data: {were} unknown."
    if not judged.used:
        return (
            f"Threshold Crossed: no datapoints were received for {_periods(rule.periods)} and {_treated(rule, judged)}."
        )
    crossing = sum(rule.breaches(value) for _, value in judged.used)
    fired = judged.state == "ALARM"
    shown = [(t, v) for t, v in judged.used if rule.breaches(v) is fired] if "DatapointsToAlarm" in alarm.config else []
    named = shown or judged.used
    listed = ", ".join(f"{value} ({_day(time)})" for time, value in named[:SHOWN]) + (", ..." * (len(named) > SHOWN))
    count = len(named)
    were = "was" if count == 1 else "were"
    words = f"{were} {'' if fired else 'not '}{COMPARISONS[rule.comparison][1]} the threshold ({rule.threshold})"
    if "DatapointsToAlarm" in alarm.config:
        least = rule.needed if fired else rule.periods - rule.needed + 1
        step = "OK -> ALARM" if fired else "ALARM -> OK"
        counted = f"{crossing if fired else count} out of the last {rule.periods} datapoints [{listed}]"
        text = f"{counted} {words} (minimum {_datapoints(least)} for {step} transition)"
    else:
        text = f"{_datapoints(count)} [{listed}] {words}"
    if judged.filled and rule.missing in TREATED:
        text += f" and {_treated(rule, judged)}"
    return f"Threshold Crossed: {text}."


def reason_data(world: World, alarm: Alarm, rule: Rule, judged: Judgement) -> str:
    """The StateReasonData: a JSON text; recentDatapoints oldest first."""
    oldest_first = judged.used[::-1]
    data: dict[str, Any] = {"version": "1.0", "queryDate": moment(world.clock.now())}
    if oldest_first:
        data["startDate"] = moment(oldest_first[0][0])
    if alarm.config.get("Statistic"):
        data["statistic"] = alarm.config["Statistic"]
    data["period"] = alarm.period
    data["recentDatapoints"] = [value for _, value in oldest_first]
    data["threshold"] = rule.threshold
    data["evaluatedDatapoints"] = [{"timestamp": moment(time), "value": value} for time, value in judged.used]
    return json.dumps(data, separators=(",", ":"))


def _treated(rule: Rule, judged: Judgement) -> str:
    many = judged.filled > 1
    return (
        f"{judged.filled} missing {'datapoints were' if many else 'datapoint was'} treated as "
        f"[{TREATED.get(rule.missing, 'Missing')}]"
    )


def _periods(number: int) -> str:
    return "1 period" if number == 1 else f"{number} periods"


def _datapoints(number: int) -> str:
    return "1 datapoint" if number == 1 else f"{number} datapoints"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")
