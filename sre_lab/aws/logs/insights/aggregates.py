"""Sums up the groups of a stats command, batch by batch, so that no more is kept than the answer needs."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter
from functools import cached_property
from itertools import compress
from typing import Any

from sre_lab.aws.logs.insights.functions import PERCENTILE
from sre_lab.aws.logs.insights.values import Column, number, order, to_text

Group = int  # its place in the answer


class AggregateInput:
    """One batch as the aggregates of one argument see it; what several of them need is computed once."""

    def __init__(self, groups: list[Group], values: Column | None, times: Column | None) -> None:
        """`values` are None for count(*); rows without a value count for nothing else."""
        if values is not None and None in values:
            there = [value is not None for value in values]
            groups, values = list(compress(groups, there)), list(compress(values, there))
            times = None if times is None else list(compress(times, there))
        self.groups = groups
        self.values: Column = values or []
        self.times: Column = [0] * len(groups) if times is None else times

    @cached_property
    def numbers(self) -> dict[Group, list[float]]:
        """By group; a group whose values are no numbers has none."""
        numbers = _numbers(self.values)
        if None not in numbers:
            return _partition(self.groups, numbers)
        good = [value is not None for value in numbers]
        parts = _partition(list(compress(self.groups, good)), list(compress(numbers, good)))
        return {group: parts.get(group, []) for group in set(self.groups)}

    @cached_property
    def texts(self) -> dict[Group, list[Any]]:
        return _partition(self.groups, self.values)


def _numbers(values: Column) -> Column:
    """Each value as a number, None where it is none; texts of digits only, as most are, all at once."""
    try:
        text = "".join(values)
        if text.isascii() and text.isdecimal():
            return list(map(int, values))
    except (TypeError, ValueError):  # some are no texts, or empty
        pass
    return list(map(number, values))


def _partition(groups: list[Group], values: list[Any]) -> dict[Group, list[Any]]:
    parts: dict[Group, list[Any]] = {group: [] for group in set(groups)}
    if len(parts) == 1:
        return {groups[0]: values}
    for group, value in zip(groups, values, strict=True):
        parts[group].append(value)
    return parts


class Accumulator(ABC):
    """One aggregate over every group."""

    @abstractmethod
    def add(self, batch: AggregateInput) -> None: ...

    @abstractmethod
    def result(self, group: Group) -> Any: ...


class CountAccumulator(Accumulator):
    def __init__(self) -> None:
        self._counts: Counter[Group] = Counter()

    def add(self, batch: AggregateInput) -> None:
        self._counts.update(batch.groups)

    def result(self, group: Group) -> Any:
        return self._counts[group]


class VarianceAccumulator(Accumulator):
    """Sum, average and deviation: per group how many, their sum, and their squared distance from the mean."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._states: dict[Group, tuple[int, float, float]] = {}

    def add(self, batch: AggregateInput) -> None:
        for group, values in batch.numbers.items():
            if not values:
                continue
            count, total = len(values), sum(values)
            spread = 0.0
            if self._function == "stddev":
                mean = total / count
                spread = math.fsum((value - mean) ** 2 for value in values)
            state = self._states.get(group)
            if state is not None:
                distance = total / count - state[1] / state[0]
                spread += state[2] + distance**2 * count * state[0] / (count + state[0])
                count, total = count + state[0], total + state[1]
            self._states[group] = count, total, spread

    def result(self, group: Group) -> Any:
        count, total, spread = self._states.get(group, (0, 0, 0.0))
        if self._function == "sum":
            return total
        if not count:
            return None
        return total / count if self._function == "avg" else math.sqrt(spread / count)


class ExtremeAccumulator(Accumulator):
    """min and max by number, of texts where there are no numbers; sortsFirst and sortsLast in natural order."""

    def __init__(self, function: str) -> None:
        self._pick = min if function in ("min", "sortsfirst") else max
        self._natural = function.startswith("sorts")
        self._found: dict[Group, Any] = {}
        self._texts: dict[Group, Any] = {}

    def add(self, batch: AggregateInput) -> None:
        if self._natural:
            self._merge(self._texts, batch.texts, key=order)
            return
        numbers = batch.numbers
        self._merge(self._found, numbers, key=None)
        if not all(numbers.values()):
            self._merge(self._texts, {group: batch.texts[group] for group in numbers if not numbers[group]}, key=order)

    def _merge(self, results: dict[Group, Any], parts: dict[Group, list[Any]], key: Any) -> None:
        for group, values in parts.items():
            if values:
                previous = [results[group]] if group in results else []
                results[group] = self._pick([self._pick(values, key=key), *previous], key=key)

    def result(self, group: Group) -> Any:
        value = self._found.get(group)
        return self._texts.get(group) if value is None else value


class PercentileAccumulator(Accumulator):
    """Nearest rank over all values."""

    def __init__(self, percent: float) -> None:
        self._percent = percent
        self._values: dict[Group, list[float]] = {}

    def add(self, batch: AggregateInput) -> None:
        for group, values in batch.numbers.items():
            self._values.setdefault(group, []).extend(values)

    def result(self, group: Group) -> Any:
        ordered = sorted(self._values.get(group, ()))
        if not ordered:
            return None
        return ordered[max(0, math.ceil(len(ordered) * self._percent / 100.0) - 1)]


class DistinctAccumulator(Accumulator):
    def __init__(self) -> None:
        self._seen: dict[Group, set[str]] = {}

    def add(self, batch: AggregateInput) -> None:
        for group, values in batch.texts.items():
            self._seen.setdefault(group, set()).update(map(to_text, values))

    def result(self, group: Group) -> Any:
        return len(self._seen.get(group, ()))


class AtTimeAccumulator(Accumulator):
    """The value of the first or the last row in time that has one."""

    def __init__(self, function: str) -> None:
        self._earliest = function == "earliest"
        self._found: dict[Group, tuple[int, Any]] = {}

    def add(self, batch: AggregateInput) -> None:
        for group, at, value in zip(batch.groups, batch.times, batch.values, strict=True):
            when = at or 0
            previous = self._found.get(group)
            if previous is None or (when <= previous[0] if self._earliest else when > previous[0]):
                self._found[group] = when, value

    def result(self, group: Group) -> Any:
        entry = self._found.get(group)
        return None if entry is None else entry[1]


def new_accumulator(function: str, percent: float) -> Accumulator:
    if function == "count":
        return CountAccumulator()
    if function in ("sum", "avg", "stddev"):
        return VarianceAccumulator(function)
    if function in ("min", "max", "sortsfirst", "sortslast"):
        return ExtremeAccumulator(function)
    if function in ("earliest", "latest"):
        return AtTimeAccumulator(function)
    if function == "count_distinct":
        return DistinctAccumulator()
    assert function == "median" or function in PERCENTILE
    return PercentileAccumulator(50.0 if function == "median" else percent)
