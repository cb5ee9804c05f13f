"""What a series is called in an answer: its own label, the query's, and the live values that a label may name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from statistics import fmean

from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

Point = tuple[float, float]  # time, value
_LIVE = re.compile(r"\$\{(?:PROP\('(?P<property>[^']+)'\)|(?P<name>[A-Z_]+))\}")
_OFFSET = re.compile(r"^([+-])(\d{2})(\d{2})$")
VALUES: dict[str, Callable[[list[Point]], float]] = {
    "AVG": lambda points: fmean(value for _, value in points),
    "FIRST": lambda points: points[0][1],
    "FIRST_LAST_RANGE": lambda points: points[-1][1] - points[0][1],
    "LAST": lambda points: points[-1][1],
    "MAX": lambda points: max(value for _, value in points),
    "MIN": lambda points: min(value for _, value in points),
    "MIN_MAX_RANGE": lambda points: _highest(points)[1] - _lowest(points)[1],
    "SUM": lambda points: sum(value for _, value in points),
}
MOMENTS: dict[str, Callable[[list[Point]], float]] = {
    "FIRST": lambda points: points[0][0],
    "LAST": lambda points: points[-1][0],
    "MAX": lambda points: _highest(points)[0],
    "MIN": lambda points: _lowest(points)[0],
}


@dataclass(frozen=True)
class MetricLabels:
    """The labels of one request; `zone` for the moments that they name."""

    world: World
    zone: timezone

    def of(self, query: MetricDataQuery, line: LabeledSeries, many: bool, points: list[Point]) -> str:
        """The label of one of the series of a query, of which `points` are shown, oldest first."""
        own = line.label if many or query.stat is not None or not query.label else query.id
        if not query.label:
            return own
        if "${" not in query.label:
            return f"{query.label} {own}" if many else query.label
        return _LIVE.sub(lambda match: self._live(match, own, line, points), query.label)

    def _live(self, match: re.Match[str], own: str, line: LabeledSeries, points: list[Point]) -> str:
        if match["property"]:
            return self._property(match["property"], line)
        name = match["name"]
        if name == "LABEL":
            return own
        if name == "DATAPOINT_COUNT":
            return str(len(points))
        value = _live_value(name, points, self.world.clock.now(), self.zone)
        return match[0] if value is None else value

    def _property(self, name: str, line: LabeledSeries) -> str:
        stat = line.origin
        values = {"AccountId": self.world.cluster.account, "Region": self.world.cluster.region}
        if stat is not None:
            values |= {"MetricName": stat.metric, "Namespace": stat.namespace, "Stat": stat.statistic}
            values |= {"Period": str(stat.period)} | {f"Dim.{n}": v for n, v in stat.dimensions.items()}
        return values.get(name, "")


def read_zone(options: dict[str, str] | None) -> timezone:
    """LabelOptions.Timezone (`+0130`) as a time zone; AwsError ValidationError for another form."""
    zone_text = (options or {}).get("Timezone") or "+0000"
    match = _OFFSET.match(zone_text)
    if match is None:
        raise AwsError("ValidationError", f"LabelOptions.Timezone is +HHMM or -HHMM, not {zone_text!r}.")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(offset if match[1] == "+" else -offset) if offset else UTC


def _live_value(name: str, points: list[Point], now: float, zone: timezone) -> str | None:
    """The text of one live value; `--` without points, None for a name that there is none of."""
    if name in VALUES:
        return f"{VALUES[name](points):.10g}" if points else "--"
    if name in ("FIRST_LAST_TIME_RANGE", "MIN_MAX_TIME_RANGE"):
        one, other = name.split("_")[:2]
        return _span(abs(MOMENTS[other](points) - MOMENTS[one](points))) if points else "--"
    which, _, kind = name.partition("_")
    if which not in MOMENTS or kind not in ("TIME", "TIME_RELATIVE"):
        return None
    if not points:
        return "--"
    moment = MOMENTS[which](points)
    return _span(now - moment) if kind == "TIME_RELATIVE" else datetime.fromtimestamp(moment, zone).isoformat(" ")[:19]


def _span(seconds: float) -> str:
    """`1d2h3m4s` without the parts that are 0."""
    left, text = int(seconds), ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        number, left = divmod(left, size)
        text += f"{number}{unit}" if number else ""
    return text or "0s"


def _highest(points: list[Point]) -> Point:
    return max(points, key=lambda point: point[1])


def _lowest(points: list[Point]) -> Point:
    return min(points, key=lambda point: point[1])
