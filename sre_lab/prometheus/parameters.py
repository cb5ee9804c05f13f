"""Reads the parameters of a request: times, durations, selectors."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import ImmutableMultiDict

from sre_lab.clock import from_rfc3339
from sre_lab.prometheus.promql.parser import parse
from sre_lab.prometheus.promql.tokens import duration
from sre_lab.prometheus.promql.tree import PromqlError, VectorSelector
from sre_lab.world import World

Params = ImmutableMultiDict[str, Any]


def moment(world: World, params: Params, name: str, default: float | None = None) -> float:
    """Epoch seconds or RFC 3339; now, or `default`, where it is not given. PromqlError for anything else."""
    text = str(params.get(name) or "")
    if not text:
        return world.clock.now() if default is None else default
    try:
        return round(float(text), 3)
    except ValueError:
        pass
    try:
        return from_rfc3339(text)
    except ValueError as problem:
        raise PromqlError(f'invalid parameter "{name}": cannot parse "{text}" to a valid timestamp') from problem


def seconds(params: Params, name: str) -> float:
    """A number of seconds or a duration such as 30s."""
    text = str(params.get(name) or "")
    length = duration(text)
    if length is not None:
        return length
    try:
        return float(text)
    except ValueError as problem:
        raise PromqlError(f'invalid parameter "{name}": cannot parse "{text}" to a valid duration') from problem


def limit(params: Params) -> int:
    """At most so many; 0 is no limit."""
    text = str(params.get("limit") or "0")
    if not text.isdigit():
        raise PromqlError(f'invalid parameter "limit": strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def selectors(params: Params) -> list[VectorSelector]:
    """Those of `match[]`."""
    vector_selectors = []
    for text in params.getlist("match[]"):
        try:
            tree = parse(str(text))
        except PromqlError as problem:
            raise PromqlError(f'invalid parameter "match[]": {problem}') from problem
        if not isinstance(tree, VectorSelector) or tree.span is not None:
            raise PromqlError('invalid parameter "match[]": expected an instant vector selector')
        vector_selectors.append(tree)
    return vector_selectors
