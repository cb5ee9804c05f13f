"""The services that moto serves well, as one WSGI application and as backends in process.

moto keeps its state per process: `reset` empties it when a world begins. Its SSM is never asked for documents or
automations, its CloudWatch and Logs are never asked at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import flask
import moto.backends
from botocore.model import OperationNotFoundError
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import InternalServerError, MethodNotAllowed, NotFound
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sre_lab.aws import moto_queues as moto_queues
from sre_lab.aws import moto_tables
from sre_lab.aws.unserved import UnservedRequest
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
        request = _unserved_request(environ)
        head: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], problem: Any = None) -> None:
            head[:] = [status, headers]

        try:
            with moto_tables.turn(environ):
                answer: Iterable[bytes] = self._dispatch(environ, begin)
        except _NoSuchServiceError:
            return _send(request.not_implemented(), start_response)
        except Exception as problem:  # noqa: BLE001 - moto answers its own errors only once it knows the service
            return _send(request.internal_failure(problem), start_response)
        status, headers = head
        if status.startswith("404") and ("Content-Length", "0") in headers and environ["REQUEST_METHOD"] != "HEAD":
            return _send(request.not_implemented(), start_response)  # moto found no operation, and says nothing
        start_response(status, headers)
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


class _NoSuchServiceError(Exception):
    """moto has no service of that name."""


def _backend_app(service: Any) -> flask.Flask:
    """moto's application for one service. What it lacks and where it breaks becomes an error that an SDK can read;
    moto itself would answer a page for people."""
    if service is None:
        raise _NoSuchServiceError
    app: flask.Flask = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for lacking in (NotImplementedError, OperationNotFoundError, NotFound, MethodNotAllowed):
        app.register_error_handler(lacking, _lacking)
    app.register_error_handler(InternalServerError, _internal_error)
    return app


def _lacking(_: Exception) -> flask.Response:
    return _response(_unserved_request(flask.request.environ, flask.request.form.get("Action", "")).not_implemented())


def _internal_error(problem: Exception) -> flask.Response:
    cause = getattr(problem, "original_exception", None) or problem
    return _response(
        _unserved_request(flask.request.environ, flask.request.form.get("Action", "")).internal_failure(cause)
    )


def _unserved_request(environ: Mapping[str, Any], action: str = "") -> UnservedRequest:
    headers = {name[5:].replace("_", "-").lower(): str(v) for name, v in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE") or ""
    return UnservedRequest(environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", ""), headers, action)


def _response(error: HttpResponse) -> flask.Response:
    return flask.Response(error.body, error.status, error.headers)


def _send(error: HttpResponse, start_response: StartResponse) -> Iterable[bytes]:
    start_response(f"{error.status} Error", [*error.headers.items(), ("content-length", str(len(error.body)))])
    return [error.body]
