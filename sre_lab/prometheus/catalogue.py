"""Which series, labels and label values there are."""

from __future__ import annotations

import re
from typing import TypeVar

from sre_lab.prometheus.parameters import Params, limit, moment, selectors
from sre_lab.prometheus.promql.columns import Key, Labels, key
from sre_lab.prometheus.promql.selection import NAME, NAMESPACE, select
from sre_lab.prometheus.promql.tree import LabelMatcher, PromqlError
from sre_lab.world import World

T = TypeVar("T")
EVERYTHING = (LabelMatcher("__name__", "=~", ".+", re.compile(".+")),)


def series(world: World, params: Params) -> list[Labels]:
    if not params.getlist("match[]"):
        raise PromqlError("no match[] parameter provided")
    return _limit_items(params, _matching(world, params))


def names(world: World, params: Params) -> list[str]:
    return _limit_items(params, sorted({name for labels in _matching(world, params) for name in labels}))


def values(world: World, params: Params, name: str) -> list[str]:
    """The values of one label."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise PromqlError(f'invalid label name: "{name}"')
    if name == "__name__" and not any(params.get(key) for key in ("match[]", "start", "end")):
        return _limit_items(params, [one for one in world.metrics.names(NAMESPACE) if NAME.match(one)])
    return _limit_items(params, sorted({labels[name] for labels in _matching(world, params) if name in labels}))


def _limit_items(params: Params, items: list[T]) -> list[T]:
    return items[: limit(params) or None]


def _matching(world: World, params: Params) -> list[Labels]:
    """The labels of the series that any of the `match[]` selectors takes and that have samples in the window."""
    selections = [selector.matchers for selector in selectors(params)] or [EVERYTHING]
    start, end = moment(world, params, "start", 0.0), moment(world, params, "end")
    by_key: dict[Key, Labels] = {}
    for matchers in selections:
        for labels, series in select(world.metrics, matchers):
            if series.times and series.times[0] <= end and series.times[-1] >= start:
                by_key[key(labels)] = labels
    return [by_key[identity] for identity in sorted(by_key)]
