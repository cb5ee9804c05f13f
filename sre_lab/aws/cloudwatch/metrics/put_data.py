"""PutMetricData: what is accepted, with CloudWatch's limits and words, and how it is stored."""

from __future__ import annotations

import math
from typing import Any, NoReturn

from sre_lab.aws.cloudwatch.metrics.selection import HIDDEN, dimensions_of
from sre_lab.aws.cloudwatch.metrics.statistic_sets import hides_values, samples_of, summed_up
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

METRICS, VALUES, DIMENSIONS = 1_000, 150, 30
OLDEST, NEWEST = 14 * 86_400.0, 2 * 3_600.0  # seconds before and after now
LARGEST = 2.0**360
STANDARD_RESOLUTION = 60


def put_metric_data(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Store single values, values with counts, and statistic sets: all of them, or none when one is not accepted."""
    namespace = str(params.get("Namespace") or "")
    if not namespace or namespace == HIDDEN or (namespace.startswith("AWS/") or namespace.startswith(":")):
        _invalid(f"The value {namespace} for parameter Namespace is invalid.")
    data = [*(params.get("MetricData") or [])]
    for entity in params.get("EntityMetricData") or []:
        data += entity.get("MetricData") or []
    if not data:
        raise AwsError("MissingParameter", "The parameter MetricData is required.")
    if len(data) > METRICS:
        _invalid(f"The collection MetricData must not have a size greater than {METRICS}.")
    values = [_check_datum(world, datum, f"MetricData.member.{place}") for place, datum in enumerate(data, 1)]
    for datum, (at, samples) in zip(data, values, strict=True):
        _store(world, namespace, datum, at, samples)
    return {}


def _store(world: World, namespace: str, datum: dict[str, Any], at: float, samples: list[tuple[float, float]]) -> None:
    """Standard resolution keeps the minute, high resolution the second."""
    name, dimensions = str(datum["MetricName"]), dimensions_of(datum.get("Dimensions"))
    resolution = int(datum.get("StorageResolution") or STANDARD_RESOLUTION)
    kept_at = at // resolution * resolution
    for value, count in samples:
        world.metrics.put(
            namespace, name, dimensions, kept_at, value, unit=str(datum.get("Unit") or "None"), count=count
        )
    if datum.get("StatisticValues") and hides_values(datum["StatisticValues"]):
        key = (namespace, name, tuple(sorted(dimensions.items())))
        summed_up.of(world).setdefault(key, set()).add(kept_at)


def _check_datum(world: World, datum: dict[str, Any], where: str) -> tuple[float, list[tuple[float, float]]]:
    """(time, samples) of one datum; AwsError names the member that is wrong."""
    if not datum.get("MetricName"):
        raise AwsError("MissingParameter", f"The parameter {where}.MetricName is required.")
    dimensions = datum.get("Dimensions") or []
    if len(dimensions) > DIMENSIONS:
        _invalid(f"The collection {where}.Dimensions must not have a size greater than {DIMENSIONS}.")
    for place, dimension in enumerate(dimensions, 1):
        if not str(dimension.get("Value") or "").strip():
            _invalid(f"The parameter {where}.Dimensions.member.{place}.Value is required.")
    if datum.get("StorageResolution") not in (None, 1, 60):
        _invalid(f"The value {datum['StorageResolution']} for parameter {where}.StorageResolution is not supported.")
    at, now = float(datum.get("Timestamp") or world.clock.now()), world.clock.now()
    if at < now - OLDEST:
        _invalid(f"The parameter {where}.Timestamp must specify a time within the past two weeks.")
    if at > now + NEWEST:
        _invalid(f"The parameter {where}.Timestamp must specify a time no more than two hours in the future.")
    return at, _samples(datum, where)


def _samples(datum: dict[str, Any], where: str) -> list[tuple[float, float]]:
    """(value, count) pairs with the same sum, extremes and number of observations."""
    value_fields = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) is not None]
    if not value_fields:
        text = f"At least one of the parameters must be specified: {where}.Value, {where}.Values, "
        raise AwsError("MissingParameter", text + f"{where}.StatisticValues.")
    if len(value_fields) > 1:
        names = " and ".join(f"{where}.{name}" for name in value_fields)
        text = f"The parameters {names} are mutually exclusive and you have specified both."
        raise AwsError("InvalidParameterCombination", text)
    if value_fields == ["Value"]:
        return [(_number(datum["Value"], f"{where}.Value"), 1.0)]
    if value_fields == ["StatisticValues"]:
        stats = datum["StatisticValues"]
        for name in ("SampleCount", "Sum", "Minimum", "Maximum"):
            _number(stats.get(name), f"{where}.StatisticValues.{name}")
        return samples_of(stats)
    values = datum["Values"]
    counts = datum.get("Counts") or [1.0] * len(values)
    if len(values) > VALUES:
        _invalid(f"The collection {where}.Values must not have a size greater than {VALUES}.")
    if len(counts) != len(values):
        _invalid(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
    return [
        (_number(value, f"{where}.Values"), _number(count, f"{where}.Counts"))
        for value, count in zip(values, counts, strict=True)
    ]


def _number(value: Any, where: str) -> float:
    number = float(value) if isinstance(value, int | float | str) else math.nan
    if math.isnan(number) or abs(number) > LARGEST:
        _invalid(f"The value {value} for parameter {where} is invalid.")
    return number


def _invalid(text: str) -> NoReturn:
    raise AwsError("InvalidParameterValue", text)
