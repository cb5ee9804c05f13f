"""Where a disturbance began, against faults that were injected into two real systems."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mcp_servers.signals.series.suspects import SuspectSeries, off_level, shared, suspects
from tests.bench.figures import Figure
from tests.bench.suites import EXAM, document, rows, suite, table

LATEST = 4  # points of five minutes that are "now"
AFTER, BEFORE = 180.0, 3600.0  # seconds around an injected fault
VIEWS = ("_remote", "_client")  # what a caller saw of a call is no component

Points = list[tuple[float, float]]


def figures() -> Iterator[Figure]:
    yield from _petshop()
    yield from _nezha()


def _petshop() -> Iterator[Figure]:
    folder = suite("petshop")
    if folder is None:
        return
    places = [_petshop_place(case) for case in document(folder / "cases.open.json")]
    yield Figure("root cause: petshop, named first (call-graph walk: 27)", 100 * _share(places, 1), "%", 50, "≥")
    yield Figure("root cause: petshop, among three (call-graph walk: 67)", 100 * _share(places, 3), "%", 85, "≥")


def _petshop_place(case: Mapping[str, Any]) -> int:
    now, usual = _columns(EXAM / case["file"]), _columns(EXAM / case["normal"])
    calls = _graph(EXAM / case["graph"])
    metric = case["alarm"]["metric"]
    bad = 1.0 if metric == "latency" else -1.0
    names = {name for name in (*calls, *(c for callees in calls.values() for c in callees)) if _component(name)}
    series = [
        SuspectSeries(
            name,
            metric,
            [bad * value for _, value in usual.get((name, metric, "Average"), [])],
            [bad * value for _, value in now.get((name, metric, "Average"), [])][-LATEST:],
        )
        for name in sorted(names)
    ]
    between = {caller: [c for c in callees if _component(c)] for caller, callees in calls.items()}
    ranking = [one.component for one in suspects(series, between, case["alarm"]["node"])]
    return _place(ranking, case["root_cause"])


def _nezha() -> Iterator[Figure]:
    folder = suite("nezha")
    if folder is None:
        return
    processor, network = [], []
    for case in document(folder / "cases.open.json"):
        if case["metric_visible"]:
            at = datetime.fromisoformat(case["inject_time"]).replace(tzinfo=UTC).timestamp()
            if case["fault"].startswith("cpu"):
                processor.append(_busiest(folder / case["day"], at, case["pod"]))
            else:
                network.append(_slowest(folder / case["day"], at, case["service"]))
    yield Figure("root cause: nezha, CPU faults named first (robust z: 100)", 100 * _share(processor, 1), "%", 95, "≥")
    yield Figure(
        "root cause: nezha, network faults among three (robust z: 100)", 100 * _share(network, 3), "%", 80, "≥"
    )


def _busiest(day: Path, at: float, pod: str) -> int:
    series = []
    for path in sorted(day.glob("*_metric.csv.gz")):
        points = [(float(row["TimeStamp"]), float(row["CpuUsageRate(%)"])) for row in rows(path)]
        series.append(_around(path.name.removesuffix("_metric.csv.gz"), "cpu", points, at))
    return _place([one.component for one in suspects(series, {}, "")], pod)


def _slowest(day: Path, at: float, service: str) -> int:
    edges = {}
    samples = rows(day / "source_50.csv.gz")
    for name in samples[0]:
        caller, _, callee = name.partition("_")
        if callee:
            points = [(float(row["timestamp"]), float(row[name])) for row in samples if row[name]]
            edges[caller, callee] = off_level(_around(name, "latency", points, at)) or 0.0
    return _place([component for component, _ in shared(edges)], service)


def _around(component: str, metric: str, points: Points, at: float) -> SuspectSeries:
    before = [value for when, value in points if at - BEFORE <= when < at and not math.isnan(value)]
    after = [value for when, value in points if at <= when <= at + AFTER and not math.isnan(value)]
    return SuspectSeries(component, metric, before, [max(after)] if after else [])


def _columns(path: Path) -> dict[tuple[str, ...], Points]:
    lines = table(path)
    heads = list(zip(*lines[:3], strict=True))
    body = [line for line in lines[3:] if line and line[0] not in ("", "unix_timestamp")]
    return {
        head: [(float(line[0]), float(line[i])) for line in body if line[i] and line[i] != "nan"]
        for i, head in enumerate(heads)
        if i
    }


def _graph(path: Path) -> dict[str, list[str]]:
    head, *lines = table(path)
    return {line[0]: [head[i] for i, cell in enumerate(line) if i and float(cell)] for line in lines}


def _component(name: str) -> bool:
    return not name.endswith(VIEWS)


def _place(ranking: list[str], right: str) -> int:
    return ranking.index(right) + 1 if right in ranking else len(ranking) + 1


def _share(places: list[int], among: int) -> float:
    return sum(place <= among for place in places) / len(places)
