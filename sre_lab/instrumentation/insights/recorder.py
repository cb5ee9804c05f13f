"""Turns what was seen into series of CloudWatch and records in the performance log group.

A value goes into one series for each dimension set. Where many values meet in one series at one moment they are kept as
a statistic set, as CloudWatch keeps them: sum, count, least and greatest stay true.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sre_lab.telemetry import Dimensions, LogEvent
from sre_lab.world import World

NAMESPACE = "ContainerInsights"
CLUSTER = ("ClusterName",)


@dataclass(frozen=True)
class MetricDeclaration:
    """Metrics (name and unit) that are published with each of the dimension sets."""

    metrics: tuple[tuple[str, str], ...]
    dimensions: tuple[tuple[str, ...], ...]


class InsightsRecorder:
    def __init__(self, world: World) -> None:
        self._world = world
        self._at = world.clock.now()
        self._group = f"/aws/containerinsights/{world.cluster.name}/performance"
        self._values: dict[tuple[str, str, Dimensions], list[tuple[float, int]]] = {}

    def publish(
        self, where: dict[str, str], values: dict[str, float], declarations: Sequence[MetricDeclaration], count: int = 1
    ) -> None:
        """Take the values that are declared into every series whose dimensions `where` gives, each `count` times."""
        for declaration in declarations:
            for dimensions in self._sets(where, declaration):
                for metric, unit in declaration.metrics:
                    if metric in values:
                        self._values.setdefault((metric, unit, dimensions), []).append((values[metric], count))

    def _sets(self, where: dict[str, str], declaration: MetricDeclaration) -> list[Dimensions]:
        dimensions = {"ClusterName": self._world.cluster.name, **where}
        return [
            tuple(sorted((name, dimensions[name]) for name in names))
            for names in declaration.dimensions
            if all(name in dimensions for name in names)
        ]

    def record(
        self, type: str, node: str, fields: dict[str, Any], declarations: Sequence[MetricDeclaration] = ()
    ) -> None:
        """One record in the stream of a node, with the declaration that makes metrics of it."""
        whole = {
            "ClusterName": self._world.cluster.name,
            **fields,
            "Timestamp": str(int(self._at * 1000)),
            "Type": type,
            "Version": "0",
        }
        text = json.dumps(whole)
        if declarations:
            text = f'{{"CloudWatchMetrics": {_metric_directives(tuple(declarations))}, {text[1:]}'
        self._world.logs.append(self._group, LogEvent(self._at, node, text))

    def finish(self) -> None:
        for (metric, unit, dimensions), values in self._values.items():
            series = self._world.metrics.series_of((NAMESPACE, metric, dimensions), unit=unit)
            for value, count in _set_of(values):
                series.put(self._at, value, float(count))
        self._values.clear()


def _set_of(values: list[tuple[float, int]]) -> list[tuple[float, int]]:
    if len(values) == 1:
        return values
    least, greatest = min(values)[0], max(values)[0]
    number = sum(count for _, count in values)
    if least == greatest:
        return [(least, number)]
    between = sum(value * count for value, count in values) - least - greatest
    middle = [(between / (number - 2), number - 2)] if number > 2 else []
    return [(least, 1), *middle, (greatest, 1)]


@lru_cache(maxsize=64)
def _metric_directives(declarations: tuple[MetricDeclaration, ...]) -> str:
    return json.dumps(
        [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [list(names) for names in one.dimensions],
                "Metrics": [{"Name": name, "Unit": unit} for name, unit in one.metrics],
            }
            for one in declarations
        ]
    )
