"""Metric filters: what is written to a log group becomes samples of a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.groups import group_record, limit_page, millis, require
from sre_lab.aws.logs.insights.values import number
from sre_lab.aws.logs.patterns import FilterPattern, filter_pattern
from sre_lab.aws.per_world import PerWorld
from sre_lab.behaviour.kubelet.logs import flush
from sre_lab.log_groups import LogEvent
from sre_lab.world import World

MOST = 100  # of one group
MOST_DIMENSIONS = 3
LOOK_SECONDS = 10.0  # containers' lines are written when somebody looks; with a filter there is always somebody


@dataclass(frozen=True)
class MetricFilter:
    group: str
    name: str
    pattern: str
    transformation: dict[str, Any]
    created: float
    test: FilterPattern


class MetricFilters:
    """The metric filters of a world by (group, name), and whether anybody listens for them yet."""

    def __init__(self) -> None:
        self.by_name: dict[tuple[str, str], MetricFilter] = {}
        self.listening = False


_filters: PerWorld[MetricFilters] = PerWorld(MetricFilters)


def put_metric_filter(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Make or replace one; it sees the events that are written from now on."""
    group, name = require(world, params), str(params.get("filterName") or "")
    pattern = str(params.get("filterPattern") or "")
    transformations = params.get("metricTransformations") or []
    if not name or len(transformations) != 1:
        raise AwsError("InvalidParameterException", "A metric filter has a filterName and one metricTransformation.")
    transformation = transformations[0]
    missing = [key for key in ("metricName", "metricNamespace", "metricValue") if not transformation.get(key)]
    if missing:
        raise AwsError("InvalidParameterException", f"The metricTransformation lacks {', '.join(missing)}.")
    dimensions = transformation.get("dimensions") or {}
    if len(dimensions) > MOST_DIMENSIONS:
        raise AwsError("InvalidParameterException", f"A metric filter has at most {MOST_DIMENSIONS} dimensions.")
    if dimensions and transformation.get("defaultValue") is not None:
        raise AwsError(
            "InvalidParameterException", "A metricTransformation has dimensions or a defaultValue, not both."
        )
    filters, record = _filters.of(world), group_record(world, group)
    if name not in record.filters and len(record.filters) >= MOST:
        raise AwsError("LimitExceededException", f"The log group has {MOST} metric filters already.")
    metric_filter = MetricFilter(group, name, pattern, transformation, world.clock.now(), filter_pattern(pattern))
    filters.by_name[(group, name)] = metric_filter
    record.filters.add(name)
    if not filters.listening:
        filters.listening = True
        world.logs.on_event(lambda log_group, event: _measure(world, log_group, event))
        world.clock.every(LOOK_SECONDS, lambda: flush(world))
    return {}


def delete_metric_filter(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group, name = require(world, params), str(params.get("filterName") or "")
    if _filters.of(world).by_name.pop((group, name), None) is None:
        raise AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")
    group_record(world, group).filters.discard(name)
    return {}


def describe_metric_filters(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By group, by the beginning of their name, or by the metric that they make."""
    group, prefix = params.get("logGroupName"), params.get("filterNamePrefix") or ""
    metric, namespace = params.get("metricName"), params.get("metricNamespace")
    rows = [
        {
            "filterName": one.name,
            "filterPattern": one.pattern,
            "metricTransformations": [one.transformation],
            "creationTime": millis(one.created),
            "logGroupName": one.group,
        }
        for one in sorted(_filters.of(world).by_name.values(), key=lambda one: (one.group, one.name))
        if group in (None, one.group)
        and one.name in group_record(world, one.group).filters
        and one.name.startswith(prefix)
        and metric in (None, one.transformation["metricName"])
        and namespace in (None, one.transformation["metricNamespace"])
    ]
    page, token = limit_page(rows, params)
    return {"metricFilters": page, **token}


def test_metric_filter(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Which of some messages a pattern takes, and the fields that it names in them."""
    pattern = filter_pattern(str(params.get("filterPattern") or ""))
    return {
        "matches": [
            {"eventNumber": place, "eventMessage": message, "extractedValues": pattern.fields(message)}
            for place, message in enumerate(params.get("logEventMessages") or [], 1)
            if pattern.takes(message)
        ]
    }


def _measure(world: World, group: str, event: LogEvent) -> None:
    filters = _filters.of(world).by_name
    for name in group_record(world, group).filters:
        one = filters[(group, name)]
        transformation = one.transformation
        if one.test.takes(event.message):
            value = _value(one, event.message)
            dimensions = {
                key: one.test.value(event.message, path)
                for key, path in (transformation.get("dimensions") or {}).items()
            }
        else:
            value, dimensions = transformation.get("defaultValue"), {}
        present = {key: text for key, text in dimensions.items() if text is not None}
        if value is None or len(present) < len(dimensions):
            continue
        unit = str(transformation.get("unit") or "None")
        where = (str(transformation["metricNamespace"]), str(transformation["metricName"]), present)
        world.metrics.put(*where, event.at, float(value), unit=unit)


def _value(one: MetricFilter, message: str) -> float | None:
    """What the transformation publishes: a number as written, or the value of a field."""
    value_source = str(one.transformation["metricValue"])
    return number(one.test.value(message, value_source) if value_source.startswith("$") else value_source)
