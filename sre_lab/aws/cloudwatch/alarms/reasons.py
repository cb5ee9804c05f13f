"""Why an alarm changed, in CloudWatch's own words and data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, MetricAlarm, moment
from sre_lab.aws.cloudwatch.alarms.threshold_rules import ABOVE, BELOW, COMPARISONS, ThresholdEvaluation, ThresholdRule
from sre_lab.aws.cloudwatch.metrics.statistics import Points
from sre_lab.world import World

TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
DISPLAY_LIMIT = 5  # datapoints named in a reason


def reason(alarm: MetricAlarm, rule: ThresholdRule, evaluation: ThresholdEvaluation) -> str:
    """The StateReason of a state that `evaluation` led to."""
    if evaluation.state == "INSUFFICIENT_DATA":
        were = "1 datapoint was" if evaluation.filled_count == 1 else f"{evaluation.filled_count} datapoints were"
        return f"Insufficient Data: {were} unknown."
    lead = "Thresholds Crossed" if rule.has_band else "Threshold Crossed"
    treatment = (
        f" and {_treatment(rule, evaluation)}" if evaluation.filled_count and rule.treat_missing in TREATED else ""
    )
    in_alarm = evaluation.state == "ALARM"
    datapoints = [(time, value) for time, value in evaluation.datapoints if rule.breaches(time, value) is in_alarm]
    if not datapoints:  # what is missing has decided, none of the datapoints would have
        return f"{lead}: {_count_clause(len(evaluation.datapoints))} received for {_periods(rule.periods)}{treatment}."
    listing = ", ".join(f"{value} ({_day(time)})" for time, value in datapoints[:DISPLAY_LIMIT]) + (
        ", ..." * (len(datapoints) > DISPLAY_LIMIT)
    )
    words = ("was " if len(datapoints) == 1 else "were ") + _comparison(
        rule, in_alarm, [at for at, _ in datapoints[:DISPLAY_LIMIT]]
    )
    if "DatapointsToAlarm" not in alarm.config:
        return f"{lead}: {_datapoints(len(datapoints))} [{listing}] {words}{treatment}."
    least = rule.datapoints_to_alarm if in_alarm else rule.periods - rule.datapoints_to_alarm + 1
    step = "OK -> ALARM" if in_alarm else "ALARM -> OK"
    summary = f"{len(datapoints)} out of the last {rule.periods} datapoints [{listing}]"
    return f"{lead}: {summary} {words}{treatment} (minimum {_datapoints(least)} for {step} transition)."


def _comparison(rule: ThresholdRule, in_alarm: bool, times: list[float]) -> str:
    """How the datapoints of these times stood to the threshold, or to the bounds that they had."""
    nor = "" if in_alarm else "not "
    if not rule.has_band:
        return f"{nor}{COMPARISONS[rule.comparison][1]} the threshold ({rule.threshold})"
    below = f"{nor}less than the lower thresholds [{_bounds(rule.lower, times)}]"
    above = f"{nor}greater than the upper thresholds [{_bounds(rule.upper, times)}]"
    return {BELOW: below, ABOVE: above}.get(rule.comparison, f"{below} or {above}")


def _bounds(bounds: Points, times: list[float]) -> str:
    return ", ".join(str(bounds[at]) for at in times)


def reason_data(
    world: World, alarm: MetricAlarm, rule: ThresholdRule, evaluation: ThresholdEvaluation, counts: Points
) -> str:
    """The StateReasonData: a JSON text; recentDatapoints oldest first. `counts` are SampleCounts where known."""
    oldest_first = evaluation.datapoints[::-1]
    data: dict[str, Any] = {"version": "1.0", "queryDate": moment(world.clock.now())}
    if oldest_first:
        data["startDate"] = moment(oldest_first[0][0])
    for key, name in (("Unit", "unit"), ("Statistic", "statistic"), ("ExtendedStatistic", "statistic")):
        if alarm.config.get(key):
            data[name] = alarm.config[key]
    data["period"] = alarm.period
    data["recentDatapoints"] = [value for _, value in oldest_first]
    if rule.has_band:
        data["recentLowerThresholds"] = [rule.lower[at] for at, _ in oldest_first]
        data["recentUpperThresholds"] = [rule.upper[at] for at, _ in oldest_first]
    else:
        data["threshold"] = rule.threshold
    data["evaluatedDatapoints"] = [
        {"timestamp": moment(time), **({"sampleCount": counts[time]} if time in counts else {}), "value": value}
        for time, value in evaluation.datapoints
    ]
    return json.dumps(data, separators=(",", ":"))


def composite_reason(child: Alarm) -> str:
    """The StateReason of a composite alarm that changed because of a child."""
    return f"{child.arn} transitioned to {child.state.value} at {_weekday(child.state.at)}"


def composite_reason_data(children: list[Alarm]) -> str:
    """The StateReasonData of a composite alarm."""
    entries = [{"arn": c.arn, "state": {"value": c.state.value, "timestamp": moment(c.state.at)}} for c in children]
    return json.dumps({"triggeringAlarms": entries}, separators=(",", ":"))


def _treatment(rule: ThresholdRule, evaluation: ThresholdEvaluation) -> str:
    many = evaluation.filled_count > 1
    return (
        f"{evaluation.filled_count} missing {'datapoints were' if many else 'datapoint was'} treated as "
        f"[{TREATED.get(rule.treat_missing, 'Missing')}]"
    )


def _count_clause(number: int) -> str:
    return "no datapoints were" if number == 0 else _datapoints(number) + (" was" if number == 1 else " were")


def _periods(number: int) -> str:
    return "1 period" if number == 1 else f"{number} periods"


def _datapoints(number: int) -> str:
    return "1 datapoint" if number == 1 else f"{number} datapoints"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")


def _weekday(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%A %d %B, %Y %H:%M:%S UTC")
