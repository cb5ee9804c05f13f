"""The services that moto serves well, as one WSGI application and as backends in process.

moto keeps its state per process: `reset` empties it when a world begins. Its SSM is never asked for documents or
automations, its CloudWatch and Logs are never asked at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

import flask
import moto.backends
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import InternalServerError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sre_lab.aws.wire import HttpRequest, HttpResponse
from sre_lab.world import World

StartResponse = Callable[..., Any]


class Moto:
    """A WSGI application: moto under the account of the lab's cluster, whatever credentials the caller has."""

    def __init__(self, world: World) -> None:
        self._account = world.cluster.account
        self._dispatch = DomainDispatcherApplication(_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        answer: Iterable[bytes] = self._dispatch(environ, start_response)
        return answer

    def answer(self, request: HttpRequest) -> HttpResponse:
        """One request without a socket, on the calling thread."""
        builder = EnvironBuilder(
            path=request.path,
            query_string=request.query,
            method=request.method,
            headers=list(request.headers.items()),
            data=request.body,
        )
        body, status, headers = run_wsgi_app(self, builder.get_environ(), buffered=True)
        return HttpResponse(int(status.split()[0]), dict(headers.items()), b"".join(body))


def backend(world: World, service: str) -> Any:
    """moto's backend of a service for the account and region of the world."""
    backends: Any = moto.backends  # its overloads take literal names only
    return backends.get_backend(service)[world.cluster.account][world.cluster.region]


def reset() -> None:
    """Forget everything that moto holds in this process."""
    BackendDict.reset()


def _backend_app(service: Any) -> flask.Flask:
    """moto's application for one service. What it lacks and where it breaks becomes an error that an SDK can read;
    moto itself would answer a page for people."""
    app: flask.Flask = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(NotImplementedError, _lacking)
    app.register_error_handler(InternalServerError, _broken)
    return app


def _lacking(problem: Exception) -> flask.Response:
    asked = flask.request.headers.get("x-amz-target") or str(problem) or flask.request.path
    return _error(501, "NotImplemented", f"The lab does not implement this: {asked}")


def _broken(problem: Exception) -> flask.Response:
    cause = getattr(problem, "original_exception", None) or problem
    return _error(500, "InternalFailure", f"The lab's moto failed: {type(cause).__name__}: {cause}")


def _error(status: int, code: str, message: str) -> flask.Response:
    """In the protocol of the caller: JSON for awsJson, XML for the others."""
    if flask.request.content_type and flask.request.content_type.startswith("application/x-amz-json"):
        body = json.dumps({"__type": code, "message": message})
        return flask.Response(body, status, content_type=flask.request.content_type)
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
    return flask.Response(body, status, content_type="text/xml")
