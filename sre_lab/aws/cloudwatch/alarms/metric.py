"""Metric alarms: configured, then evaluated every ten seconds or every minute on the world's clock.

An alarm of a minute's period or more looks each minute at windows that end then, so that its periods slide.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from sre_lab.aws.cloudwatch.alarms.alarm import (
    INITIAL_REASON,
    AlarmState,
    MetricAlarm,
    alarms_by_name,
    arn_of,
    compared_query,
)
from sre_lab.aws.cloudwatch.alarms.datapoints import low_on_samples, sample_counts, view
from sre_lab.aws.cloudwatch.alarms.lifecycle import announce_configuration, change_state
from sre_lab.aws.cloudwatch.alarms.reasons import reason, reason_data
from sre_lab.aws.cloudwatch.alarms.threshold_rules import evaluate
from sre_lab.aws.cloudwatch.alarms.validation import (
    check_actions,
    check_name,
    check_rule,
    check_span,
    read_watched,
)
from sre_lab.aws.cloudwatch.anomaly_detectors import ensure
from sre_lab.aws.cloudwatch.expressions import language
from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.aws.cloudwatch.queries.evaluation import MetricMathEvaluation
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

LATENESS = 1.0  # seconds after a period's end at which it is evaluated, when what it measures has arrived
FAST, USUAL = 10, 60  # seconds between evaluations of alarms below a minute's period, and of the others


def configure(world: World, config: dict[str, Any]) -> MetricAlarm:
    """Create an alarm or configure it anew, from the parameters of PutMetricAlarm; AwsError when they are wrong."""
    name = check_name(config)
    queries = read_watched(config)
    check_rule(config)
    check_actions(config)
    if config.get("Threshold") is not None:
        config = {**config, "Threshold": float(config["Threshold"])}
    what: Literal["create", "update"] = "update"
    now, existing = world.clock.now(), alarms_by_name.of(world).get(name)
    if existing is not None and not isinstance(existing, MetricAlarm):
        raise AwsError("ValidationError", f"There is a composite alarm of the name {name}; its kind cannot be changed.")
    if existing is None:
        initial, what = AlarmState("INSUFFICIENT_DATA", INITIAL_REASON, "", now), "create"
        alarm = MetricAlarm(name, arn_of(world, name), config, now, initial, initial, now, queries=queries)
    else:
        alarm = existing
        config = {**config, "Tags": existing.config.get("Tags") or []}  # an update leaves the tags alone
    period = MetricMathEvaluation(world, queries, now, now).period(compared_query(queries, config))
    check_span(period, int(config["EvaluationPeriods"]))
    alarm.config, alarm.queries, alarm.period, alarm.configured_at = config, queries, period, now
    alarms_by_name.of(world)[name] = alarm
    _train(world, alarm)
    alarm.generation += 1
    announce_configuration(world, alarm, what)
    _schedule(world, alarm, alarm.generation)
    return alarm


def _train(world: World, alarm: MetricAlarm) -> None:
    """A detector for what the alarm's band is around."""
    if alarm.band is None:
        return
    around = _around(alarm.band, alarm.queries)
    inputs = MetricMathEvaluation(world, alarm.queries, 0.0, 0.0).inputs(around)
    ensure(world, alarm.config["Metrics"], inputs, around)


def _around(band: MetricDataQuery, queries: list[MetricDataQuery]) -> MetricDataQuery:
    names = language.names(language.parse(band.expression))
    return next(query for query in queries if query.id in names)


def _schedule(world: World, alarm: MetricAlarm, generation: int) -> None:
    now, every = world.clock.now(), FAST if alarm.period < USUAL else USUAL
    due = ((now - LATENESS) // every + 1) * every + LATENESS
    world.clock.at(due, partial(_evaluate, world, alarm, generation))


def _evaluate(world: World, alarm: MetricAlarm, generation: int) -> None:
    if alarms_by_name.of(world).get(alarm.name) is not alarm or alarm.generation != generation:
        return
    _schedule(world, alarm, generation)
    every = FAST if alarm.period < USUAL else USUAL
    rule, window = view(world, alarm, world.clock.now() // every * every)
    evaluation = evaluate(rule, window)
    if evaluation.state is None or evaluation.state == alarm.state.value or low_on_samples(world, alarm, evaluation):
        return
    data = reason_data(world, alarm, rule, evaluation, sample_counts(world, alarm, evaluation))
    change_state(world, alarm, evaluation.state, reason(alarm, rule, evaluation), data)
