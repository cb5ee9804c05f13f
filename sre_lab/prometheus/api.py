"""The HTTP API of Prometheus over the lab's world."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import MultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sre_lab.instrumentation import scrape
from sre_lab.prometheus import catalogue, exposition, families, queries, rules, targets
from sre_lab.prometheus.parameters import Params
from sre_lab.prometheus.promql.tree import PromqlError
from sre_lab.world import World

VERSION = "3.7.3"  # the Prometheus whose API this is
STATUS = {"bad_data": 400, "execution": 422}

Answer = Callable[[World, Params], Any]

FORMS: dict[str, Answer] = {  # may also be asked as a posted form
    "query": queries.query,
    "query_range": queries.query_range,
    "query_exemplars": lambda _, __: [],
    "series": catalogue.series,
    "labels": catalogue.names,
}
QUESTIONS: dict[str, Answer] = {
    "alerts": lambda world, _: {"alerts": rules.alerts(world)},
    "rules": rules.groups,
    "targets": targets.targets,
    "metadata": families.metadata,
    "status/buildinfo": lambda _, __: {
        "version": VERSION,
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    },
}


def app(world: World) -> Starlette:
    """/api/v1, the health endpoints, and /metrics with everything that the lab's exporters tell at this moment."""
    routes = [Route(f"/api/v1/{path}", partial(_form, world, answer), methods=["GET", "POST"])
              for path, answer in FORMS.items()]  # fmt: skip
    routes += [Route(f"/api/v1/{path}", partial(_question, world, answer)) for path, answer in QUESTIONS.items()]
    routes += [
        Route("/api/v1/label/{name}/values", partial(_label_values, world)),
        Route("/metrics", partial(_metrics, world)),
        Route("/-/healthy", partial(_well, "Prometheus Server is Healthy.\n")),
        Route("/-/ready", partial(_well, "Prometheus Server is Ready.\n")),
    ]
    return Starlette(routes=routes)


async def _form(world: World, answer: Answer, request: Request) -> Response:
    params = MultiDict(request.query_params.multi_items())
    if request.method == "POST":
        for name, value in parse_qsl((await request.body()).decode(errors="replace")):
            params.append(name, value)
    return _respond(world, answer, params)


async def _question(world: World, answer: Answer, request: Request) -> Response:
    return _respond(world, answer, request.query_params)


async def _label_values(world: World, request: Request) -> Response:
    return _respond(world, partial(catalogue.values, name=request.path_params["name"]), request.query_params)


async def _metrics(world: World, _: Request) -> Response:
    scrape(world)
    return PlainTextResponse(exposition.text(world), media_type=exposition.CONTENT_TYPE)


async def _well(text: str, _: Request) -> Response:
    return PlainTextResponse(text)


def _respond(world: World, answer: Answer, params: Params) -> Response:
    try:
        scrape(world)
        rules.evaluate_until_now(world)
        return JSONResponse({"status": "success", "data": answer(world, params)})
    except PromqlError as problem:
        body = {"status": "error", "errorType": problem.kind, "error": str(problem)}
        return JSONResponse(body, status_code=STATUS[problem.kind])
