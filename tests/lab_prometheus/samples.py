"""Samples in a short notation, and answers in one that compares."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from sre_lab.telemetry import MetricStore
from tests.lab_telemetry.conftest import START, Lab

STALE = math.nan


class Store:
    """`load` puts samples; `value`, `values` and `error` ask over HTTP."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.world.metrics = MetricStore()
        lab.world.memories.clear()

    def load(self, series: str, values: str, *, step: float = 60.0) -> None:
        """`values` such as `1 2 _ stale` or `0+10x10`, `step` seconds apart, the last one at START."""
        numbers = [number for word in values.split() for number in _expand(word)]
        name, labels = _read(series)
        first = START - step * (len(numbers) - 1)
        for place, number in enumerate(numbers):
            if number is not None:
                self.lab.world.metrics.put("prometheus", name, labels, first + place * step, number)

    def values(self, promql: str, at: float = 0.0) -> dict[str, Any]:
        """Value by series, `at` seconds from START."""
        answer = self.lab.ask("query", query=promql, time=START + at).json()
        assert answer["status"] == "success", answer
        data = answer["data"]
        if data["resultType"] in ("scalar", "string"):
            return {data["resultType"]: _number(data["result"][1])}
        if data["resultType"] == "matrix":
            return {_label_text(r["metric"]): [(t - START, float(v)) for t, v in r["values"]] for r in data["result"]}
        return {_label_text(row["metric"]): float(row["value"][1]) for row in data["result"]}

    def over(self, promql: str, start: float, end: float, step: float) -> dict[str, list[tuple[float, float]]]:
        """A range query; times are seconds from START."""
        window: dict[str, Any] = {"start": START + start, "end": START + end, "step": step}
        answer = self.lab.ask("query_range", query=promql, **window).json()
        assert answer["status"] == "success", answer
        return {
            _label_text(r["metric"]): [(t - START, float(v)) for t, v in r["values"]] for r in answer["data"]["result"]
        }

    def error(self, promql: str) -> tuple[int, str, str]:
        """Status, type and text of the refusal."""
        answer = self.lab.ask("query", query=promql)
        body = answer.json()
        assert body["status"] == "error", body
        return answer.status_code, body["errorType"], body["error"].removeprefix('invalid parameter "query": ')

    def check(self, promql: str, expected: dict[str, float], at: float = 0.0) -> None:
        assert self.values(promql, at) == pytest.approx(expected, nan_ok=True), promql


def _expand(word: str) -> list[float | None]:
    if word == "_":
        return [None]
    if word == "stale":
        return [STALE]
    if match := re.fullmatch(r"(-?[\d.]+)([+-][\d.]+)x(\d+)", word):
        return [float(match[1]) + float(match[2]) * place for place in range(int(match[3]) + 1)]
    return [float(word)]


def _read(series: str) -> tuple[str, dict[str, str]]:
    name, _, rest = series.partition("{")
    return name, dict(re.findall(r'(\w+)="([^"]*)"', rest))


def _label_text(labels: dict[str, str]) -> str:
    inner = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "__name__")
    return labels.get("__name__", "") + f"{{{inner}}}"


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
