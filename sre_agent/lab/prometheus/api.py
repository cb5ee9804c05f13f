"""The HTTP API of Prometheus over the lab's world."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import ImmutableMultiDict, MultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sre_agent.lab.clock import from_rfc3339
from sre_agent.lab.coupling import scrape
from sre_agent.lab.prometheus import rules
from sre_agent.lab.prometheus.promql.evaluation import NAMESPACE, Evaluation, select
from sre_agent.lab.prometheus.promql.parser import duration, parse
from sre_agent.lab.prometheus.promql.tree import Matcher, QueryError, RangeSeries, Sample, Selector, Value
from sre_agent.lab.world import World

VERSION = "3.7.3"  # the Prometheus whose API this is
MOST_POINTS = 11_000  # of one series in a range query

Params = ImmutableMultiDict[str, Any]
Answer = Callable[[World, Params], Any]


def app(world: World) -> Starlette:
    """/api/v1 with query, query_range, series, labels, label values, alerts, rules and build information."""
    answers: dict[str, Answer] = {
        "query": _query,
        "query_range": _query_range,
        "series": _series,
        "labels": _labels,
        "alerts": lambda world, _: {"alerts": rules.active(world)},
        "rules": lambda world, _: {"groups": rules.groups(world)},
        "status/buildinfo": lambda _, __: {"version": VERSION, "revision": "", "branch": "", "goVersion": ""},
    }
    routes = [
        Route(f"/api/v1/{path}", partial(_respond, world, answer), methods=["GET", "POST"])
        for path, answer in answers.items()
    ]
    routes.append(Route("/api/v1/label/{name}/values", partial(_label_values, world), methods=["GET"]))
    routes += [Route(f"/-/{path}", _well) for path in ("healthy", "ready")]
    return Starlette(routes=routes)


async def _respond(world: World, answer: Answer, request: Request) -> Response:
    params = MultiDict(request.query_params.multi_items())
    if request.method == "POST":
        for name, value in parse_qsl((await request.body()).decode(errors="replace")):
            params.append(name, value)
    return _answered(world, answer, params)


async def _label_values(world: World, request: Request) -> Response:
    name = request.path_params["name"]
    return _answered(world, partial(_values_of, name), request.query_params)


async def _well(request: Request) -> Response:
    return Response("Prometheus Server is Healthy.\n")


def _answered(world: World, answer: Answer, params: Params) -> Response:
    try:
        scrape(world)
        return JSONResponse({"status": "success", "data": answer(world, params)})
    except QueryError as problem:
        body = {"status": "error", "errorType": "bad_data", "error": str(problem)}
        return JSONResponse(body, status_code=400)


def _query(world: World, params: Params) -> dict[str, Any]:
    at = _time(world, params, "time")
    value = _evaluation(world, params).at(at)
    if isinstance(value, str):
        return {"resultType": "string", "result": [at, value]}
    if isinstance(value, float | int):
        return {"resultType": "scalar", "result": [at, written(float(value))]}
    if any(isinstance(item, RangeSeries) for item in value):
        ranges = [item for item in value if isinstance(item, RangeSeries)]
        return {"resultType": "matrix", "result": [_matrix_row(r.labels, r.points) for r in ranges]}
    samples = [item for item in value if isinstance(item, Sample)]
    rows = [{"metric": sample.labels, "value": [at, written(sample.value)]} for sample in samples]
    return {"resultType": "vector", "result": rows}


def _query_range(world: World, params: Params) -> dict[str, Any]:
    start, end, step = _time(world, params, "start"), _time(world, params, "end"), _step(params)
    if end < start:
        raise QueryError('invalid parameter "end": end timestamp must not be before start time')
    if (end - start) / step > MOST_POINTS:
        raise QueryError(f"exceeded maximum resolution of {MOST_POINTS} points per timeseries. Try increasing step.")
    evaluation = _evaluation(world, params)
    rows: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for place in range(math.floor((end - start) / step + 1e-9) + 1):
        at = start + place * step
        for labels, value in _instant(evaluation.at(at)):
            rows.setdefault(tuple(sorted(labels.items())), []).append((at, value))
    return {"resultType": "matrix", "result": [_matrix_row(dict(key), points) for key, points in rows.items()]}


def _instant(value: Value) -> list[tuple[dict[str, str], float]]:
    if isinstance(value, float | int):
        return [({}, float(value))]
    if isinstance(value, str) or any(isinstance(item, RangeSeries) for item in value):
        raise QueryError("invalid expression type for range query, must be Scalar or instant Vector")
    return [(item.labels, item.value) for item in value if isinstance(item, Sample)]


def _series(world: World, params: Params) -> list[dict[str, str]]:
    return [dict(labels) for labels in _matching(world, params, required=True)]


def _labels(world: World, params: Params) -> list[str]:
    return sorted({name for labels in _matching(world, params) for name in labels})


def _values_of(name: str, world: World, params: Params) -> list[str]:
    return sorted({labels[name] for labels in _matching(world, params) if name in labels})


def _matching(world: World, params: Params, *, required: bool = False) -> list[dict[str, str]]:
    """The labels of the series that any of the `match[]` selectors takes and that have samples in the window."""
    texts = params.getlist("match[]")
    if required and not texts:
        raise QueryError("no match[] parameter provided")
    trees = [parse(str(text)) for text in texts] or [parse('{__name__=~".+"}')]
    start = _time(world, params, "start") if params.get("start") else 0.0
    end = _time(world, params, "end")
    found: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for tree in trees:
        if not isinstance(tree, Selector) or tree.span:
            raise QueryError('invalid parameter "match[]": only an instant selector is allowed')
        for labels, series in select(world.metrics, tree.matchers):
            if series.times and series.times[0] <= end and series.times[-1] >= start:
                found[tuple(sorted(labels.items()))] = labels
    return list(found.values())


def _evaluation(world: World, params: Params) -> Evaluation:
    query = str(params.get("query") or "").strip()
    if query and world.metrics.find(NAMESPACE, query):  # a recorded answer to exactly this expression
        return Evaluation(world.metrics, Selector((Matcher("__name__", "=", query),)))
    try:
        return Evaluation(world.metrics, parse(query))
    except QueryError as problem:
        raise QueryError(f'invalid parameter "query": {problem}') from problem


def _time(world: World, params: Params, name: str) -> float:
    text = str(params.get(name) or "")
    if not text:
        return world.clock.now()
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return from_rfc3339(text)
    except ValueError as problem:
        raise QueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid timestamp') from problem


def _step(params: Params) -> float:
    text = str(params.get("step") or "")
    seconds = duration(text)
    if seconds is None:
        try:
            seconds = float(text)
        except ValueError as problem:
            raise QueryError(f'invalid parameter "step": cannot parse "{text}" to a valid duration') from problem
    if seconds <= 0:
        raise QueryError('invalid parameter "step": zero or negative query resolution step widths are not accepted')
    return seconds


def _matrix_row(labels: dict[str, str], points: list[tuple[float, float]]) -> dict[str, Any]:
    return {"metric": labels, "values": [[time, written(value)] for time, value in points]}


def written(value: float) -> str:
    """A number as Prometheus writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e21 else repr(value)
