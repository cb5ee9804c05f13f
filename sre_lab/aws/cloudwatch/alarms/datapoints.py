"""What a metric alarm sees when it is evaluated: its rule and the datapoints of the last periods."""

from __future__ import annotations

from dataclasses import replace

from sre_lab.aws.cloudwatch.alarms.alarm import MetricAlarm
from sre_lab.aws.cloudwatch.alarms.threshold_rules import SPARE_PERIODS, ThresholdEvaluation, ThresholdRule
from sre_lab.aws.cloudwatch.metrics.statistics import Points
from sre_lab.aws.cloudwatch.queries.evaluation import MetricMathEvaluation
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

SIGNIFICANT = 10.0  # observations beyond a percentile that make it mean something


def view(world: World, alarm: MetricAlarm, end: float) -> tuple[ThresholdRule, list[tuple[float, float | None]]]:
    """(rule, (start of period, value or None) newest first) of the periods that end at `end`.

    A datapoint for which there is no band yet counts as missing.
    """
    rule = _rule(alarm)
    starts = [end - alarm.period * (place + 1) for place in range(rule.periods + SPARE_PERIODS)]
    points, upper, lower = _points(world, alarm, starts[-1], end)
    if alarm.band is not None:
        rule = replace(rule, upper=upper, lower=lower)
        points = {at: value for at, value in points.items() if at in upper}
    return rule, [(start, points.get(start)) for start in starts]


def low_on_samples(world: World, alarm: MetricAlarm, evaluation: ThresholdEvaluation) -> bool:
    """Whether the alarm ignores this because a percentile of so few observations says nothing."""
    statistic = alarm.watched_query.stat.statistic if alarm.watched_query.stat else ""
    if alarm.config.get("EvaluateLowSampleCountPercentile") != "ignore" or not statistic.startswith("p"):
        return False
    share = float(statistic[1:]) / 100.0
    needed = round(SIGNIFICANT / max(1e-9, 1.0 - share if share >= 0.5 else share), 6)
    counts = sample_counts(world, alarm, evaluation)
    return any(counts.get(at, 0.0) < needed for at, _ in evaluation.datapoints)


def sample_counts(world: World, alarm: MetricAlarm, evaluation: ThresholdEvaluation) -> Points:
    """SampleCount of the datapoints that were looked at; nothing for an expression."""
    stat = alarm.watched_query.stat
    if stat is None or not evaluation.datapoints:
        return {}
    times = [at for at, _ in evaluation.datapoints]
    anchor = times[0] % alarm.period
    return replace(stat, statistic="SampleCount").points(world, min(times), max(times) + alarm.period, anchor)


def _points(world: World, alarm: MetricAlarm, start: float, end: float) -> tuple[Points, Points, Points]:
    """(points, upper, lower): without a band the latter two are empty."""
    query, band, anchor = alarm.watched_query, alarm.band, end % alarm.period
    if query.stat is not None and band is None:
        return query.stat.points(world, start, end, anchor), {}, {}
    evaluation = MetricMathEvaluation(world, alarm.queries, start, end, anchor=anchor)
    try:
        lines = evaluation.lines(query)
        bounds = evaluation.lines(band) if band is not None else []
    except AwsError:  # an expression that yields no series now: no data
        return {}, {}, {}
    points = lines[0].points if lines else {}
    return (points, bounds[0].points, bounds[-1].points) if bounds else (points, {}, {})


def _rule(alarm: MetricAlarm) -> ThresholdRule:
    config = alarm.config
    periods = int(config["EvaluationPeriods"])
    needed = int(config.get("DatapointsToAlarm") or periods)
    missing = str(config.get("TreatMissingData") or "missing")
    return ThresholdRule(config["ComparisonOperator"], float(config.get("Threshold") or 0.0), periods, needed, missing)
