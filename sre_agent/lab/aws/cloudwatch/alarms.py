"""Alarms at work: configured, evaluated at their period on the world's clock, telling others when they change.

Enter with `put` to give a scenario's alarm to a world and with `event` for the EventBridge payload of its state.
"""

from __future__ import annotations

import json
import uuid
from functools import partial
from typing import Any

from sre_agent.lab import scenario
from sre_agent.lab.aws import delivery
from sre_agent.lab.aws.cloudwatch.alarm import INITIAL_REASON, Alarm, HistoryItem, State, arn_of, book, single_stat
from sre_agent.lab.aws.cloudwatch.alarm_rules import COMPARISONS, SPARE_PERIODS, Rule, judge
from sre_agent.lab.aws.cloudwatch.evaluation import Evaluation, Query, read_queries
from sre_agent.lab.aws.cloudwatch.reasons import reason, reason_data
from sre_agent.lab.aws.cloudwatch.shapes import event_detail, sns_message
from sre_agent.lab.aws.cloudwatch.statistics import SIMPLE, Points, check_period, check_statistic
from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.clock import rfc3339
from sre_agent.lab.world import World

LATENESS = 1.0  # seconds after a period's end at which it is evaluated, when what it measures has arrived
DETAIL_TYPE = "CloudWatch Alarm State Change"
MISSING = ("missing", "ignore", "breaching", "notBreaching")


def put(world: World, spec: scenario.Alarm) -> None:
    """Create a scenario's alarm; it starts in INSUFFICIENT_DATA and is evaluated from its next period on."""
    config: dict[str, Any] = {
        "AlarmName": spec.name,
        "AlarmDescription": spec.description,
        "Namespace": spec.metric_namespace,
        "MetricName": spec.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in spec.dimensions.items()],
        "Period": spec.period,
        "EvaluationPeriods": spec.evaluation_periods,
        "Threshold": spec.threshold,
        "ComparisonOperator": spec.comparison,
        "TreatMissingData": spec.treat_missing_data,
    }
    config["Statistic" if spec.statistic in SIMPLE else "ExtendedStatistic"] = spec.statistic
    if spec.datapoints_to_alarm is not None:
        config["DatapointsToAlarm"] = spec.datapoints_to_alarm
    configure(world, config)


def event(world: World, name: str) -> dict[str, Any]:
    """The whole EventBridge event of an alarm's present state; LookupError when there is no such alarm."""
    alarm = book.of(world).get(name)
    if alarm is None:
        raise LookupError(f"There is no alarm {name!r}. There are: {', '.join(sorted(book.of(world))) or 'none'}.")
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{alarm.arn}/{alarm.state.value}/{alarm.state.at}")),
        "detail-type": DETAIL_TYPE,
        "source": "aws.cloudwatch",
        "account": world.cluster.account,
        "time": rfc3339(alarm.state.at),
        "region": world.cluster.region,
        "resources": [alarm.arn],
        "detail": event_detail(alarm),
    }


def configure(world: World, config: dict[str, Any]) -> Alarm:
    """Create an alarm or configure it anew, from the parameters of PutMetricAlarm; AwsError when they are wrong."""
    name = str(config.get("AlarmName") or "")
    if not name:
        raise AwsError("ValidationError", "The parameter AlarmName is required.")
    config = {**config, "Threshold": float(config.get("Threshold") or 0.0)}
    queries = _queries(config)
    _check(config)
    now, known = world.clock.now(), book.of(world).get(name)
    period = Evaluation(world, queries, now, now).period(next(q for q in queries if q.returned))
    initial = State("INSUFFICIENT_DATA", INITIAL_REASON, "", now)
    if known is None:
        known = Alarm(name, arn_of(world, name), config, queries, period, now, initial, initial, now)
        book.of(world)[name] = known
        summary = f'Alarm "{name}" created'
    else:
        known.config, known.queries, known.period, known.configured_at = config, queries, period, now
        summary = f'Alarm "{name}" updated'
    known.generation += 1
    known.history.append(HistoryItem(now, "ConfigurationUpdate", summary, json.dumps({"version": "1.0"})))
    _schedule(world, known, known.generation)
    return known


def transition(world: World, alarm: Alarm, value: str, why: str, data: str) -> None:
    """Give the alarm a state; when it is another one, write history, send the event and run the actions."""
    now, before = world.clock.now(), alarm.state
    if value == before.value:
        return
    alarm.previous, alarm.state = before, State(value, why, data, now)
    alarm.transitioned_at = now
    record = {"version": "1.0", "oldState": _recorded(before), "newState": _recorded(alarm.state)}
    summary = f"Alarm updated from {before.value} to {value}"
    alarm.history.append(HistoryItem(now, "StateUpdate", summary, json.dumps(record)))
    delivery.put_event(world, DETAIL_TYPE, "aws.cloudwatch", event_detail(alarm), [alarm.arn])
    if alarm.actions_enabled:
        for action in alarm.actions():
            _act(world, alarm, action)


def _act(world: World, alarm: Alarm, action: str) -> None:
    done = action.split(":")[2:3] == ["sns"]
    if done:
        delivery.publish(world, action, *sns_message(world, alarm))
    outcome = "Successfully executed" if done else "Failed to execute"
    data = json.dumps({"actionState": "Succeeded" if done else "Failed", "notificationResource": action})
    alarm.history.append(HistoryItem(world.clock.now(), "Action", f"{outcome} action {action}", data))


def _recorded(state: State) -> dict[str, Any]:
    shown: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    return {**shown, "stateReasonData": json.loads(state.reason_data)} if state.reason_data else shown


def _schedule(world: World, alarm: Alarm, generation: int) -> None:
    now = world.clock.now()
    due = ((now - LATENESS) // alarm.period + 1) * alarm.period + LATENESS
    world.clock.at(due, partial(_evaluate, world, alarm, generation))


def _evaluate(world: World, alarm: Alarm, generation: int) -> None:
    if book.of(world).get(alarm.name) is not alarm or alarm.generation != generation:
        return
    _schedule(world, alarm, generation)
    rule = _rule(alarm.config)
    end = world.clock.now() // alarm.period * alarm.period
    starts = [end - alarm.period * (place + 1) for place in range(rule.periods + SPARE_PERIODS)]
    points = _measured(world, alarm, starts[-1], end)
    judged = judge(rule, [(start, points.get(start)) for start in starts])
    if judged.state is not None and judged.state != alarm.state.value:
        transition(world, alarm, judged.state, reason(alarm, rule, judged), reason_data(world, alarm, rule, judged))


def _measured(world: World, alarm: Alarm, start: float, end: float) -> Points:
    watched = alarm.watched
    if watched.stat is not None:
        return watched.stat.points(world, start, end)
    try:
        lines = Evaluation(world, alarm.queries, start, end).lines(watched)
    except AwsError:  # an expression that yields no series now, such as a search that finds nothing: no data
        return {}
    return lines[0].points if lines else {}


def _rule(config: dict[str, Any]) -> Rule:
    periods = int(config["EvaluationPeriods"])
    needed = int(config.get("DatapointsToAlarm") or periods)
    missing = str(config.get("TreatMissingData") or "missing")
    return Rule(config["ComparisonOperator"], config["Threshold"], periods, needed, missing)


def _queries(config: dict[str, Any]) -> list[Query]:
    if config.get("Metrics"):
        queries = read_queries(config["Metrics"], int(config.get("Period") or 0))
        if sum(query.returned for query in queries) != 1:
            raise AwsError("ValidationError", "Exactly one element of the metrics list should return data.")
        return queries
    statistic = check_statistic(str(config.get("ExtendedStatistic") or config.get("Statistic") or ""))
    if not config.get("MetricName") or not config.get("Namespace"):
        raise AwsError("ValidationError", "MetricName and Namespace, or Metrics, are required.")
    return single_stat(config, statistic, check_period(config.get("Period")))


def _check(config: dict[str, Any]) -> None:
    if config.get("ComparisonOperator") not in COMPARISONS or config.get("ThresholdMetricId"):
        raise AwsError(
            "ValidationError",
            f"ComparisonOperator {config.get('ComparisonOperator')!r} is not supported here: anomaly detection is "
            f"missing. Supported: {', '.join(COMPARISONS)}",
        )
    periods, needed = config.get("EvaluationPeriods"), config.get("DatapointsToAlarm")
    if not isinstance(periods, int) or periods < 1 or (needed is not None and not 1 <= int(needed) <= periods):
        raise AwsError("ValidationError", "EvaluationPeriods must be 1 or more, DatapointsToAlarm between 1 and it.")
    if (config.get("TreatMissingData") or "missing") not in MISSING:
        raise AwsError("ValidationError", f"TreatMissingData must be one of {', '.join(MISSING)}.")
