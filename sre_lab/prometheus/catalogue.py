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
    return _limited(params, _matching(world, params))


def names(world: World, params: Params) -> list[str]:
    return _limited(params, sorted({name for labels in _matching(world, params) for name in labels}))


def values(world: World, params: Params, name: str) -> list[str]:
    """The values of one label."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise PromqlError(f'invalid label name: "{name}"')
    if name == "__name__" and not any(params.get(key) for key in ("match[]", "start", "end")):
        return _limited(params, [one for one in world.metrics.names(NAMESPACE) if NAME.match(one)])
    return _limited(params, sorted({labels[name] for labels in _matching(world, params) if name in labels}))


def _limited(params: Params, found: list[T]) -> list[T]:
    return found[: limit(params) or None]


def _matching(world: World, params: Params) -> list[Labels]:
    """The labels of the series that any of the `match[]` selectors takes and that have samples in the window."""
    wanted = [selector.matchers for selector in selectors(params)] or [EVERYTHING]
    start, end = moment(world, params, "start", 0.0), moment(world, params, "end")
    found: dict[Key, Labels] = {}
    for matchers in wanted:
        for labels, held in select(world.metrics, matchers):
            if held.times and held.times[0] <= end and held.times[-1] >= start:
                found[key(labels)] = labels
    return [found[identity] for identity in sorted(found)]
