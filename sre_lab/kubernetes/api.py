"""The lab's Kubernetes API as one ASGI app: reads each request, checks access, and hands it to its verb.

Clients cannot tell it from a real server for what it serves; what it does not serve it refuses with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from sre_lab.kubernetes import (
    components,
    delete_requests,
    discovery,
    health,
    metrics,
    openapi,
    read_requests,
    request_counts,
    reviews,
    subresources,
    warnings,
    watch_requests,
    write_requests,
)
from sre_lab.kubernetes.access import check
from sre_lab.kubernetes.impersonation import acting_user
from sre_lab.kubernetes.kinds import METRICS
from sre_lab.kubernetes.kubelets import KubeletCalls, Usage
from sre_lab.kubernetes.logs import PodLogs
from sre_lab.kubernetes.representation import respond
from sre_lab.kubernetes.requests import ApiRequest, UnknownPathError, read_request
from sre_lab.kubernetes.statuses import ApiStatusError, not_implemented
from sre_lab.kubernetes.streams import ExecSessions, target, upgrade_required
from sre_lab.world import World

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
ENTERED = ("exec", "attach")
REFUSED = ("portforward", "proxy")
_WRITES: dict[str, Callable[[World, ApiRequest, write_requests.Body], Response]] = {
    "create": write_requests.create,
    "update": write_requests.update,
    "patch": write_requests.patch,
    "delete": delete_requests.delete,
    "deletecollection": delete_requests.delete_collection,
}


def app(world: World, kubelets: KubeletCalls) -> ASGIApp:
    """The API over `world`, whose nodes answer through `kubelets`.

    Serve it without the HTTP server's own Date header: the app sends the world's time there, up to which it has brought
    the world before. One application without routes and layers around it: what a request costs is the lab's own.
    """
    logs = PodLogs(world, kubelets.write_logs)
    sessions = ExecSessions(world, logs, kubelets.containers(world))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        world.clock.catch_up()
        if scope["type"] == "websocket":
            await _enter(world, sessions, WebSocket(scope, receive, send))
            return
        answer = await _respond(world, kubelets.usage, logs, Request(scope, receive))

        async def send_with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"date", _http_date(int(world.clock.now()))))
            await send(message)

        await answer(scope, receive, send_with_date)

    return serve


@lru_cache(maxsize=64)
def _http_date(second: int) -> bytes:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True).encode()


async def _respond(world: World, usage: Usage, logs: PodLogs, request: Request) -> Response:
    if request.method not in METHODS:
        return PlainTextResponse("Method Not Allowed", 405, {"Allow": ", ".join(METHODS)})
    try:
        return await _answer(world, usage, logs, request)
    except ApiStatusError as error:
        return respond(error.status, error.code)
    except UnknownPathError:
        return PlainTextResponse("404 page not found\n", 404)


async def _enter(world: World, sessions: ExecSessions, socket: WebSocket) -> None:
    try:
        await sessions.serve(socket, _stream(world, socket))
    except ApiStatusError as error:
        await socket.send_denial_response(respond(error.status, error.code))
    except UnknownPathError:
        await socket.send_denial_response(PlainTextResponse("404 page not found\n", 404))


async def _answer(world: World, usage: Usage, logs: PodLogs, request: Request) -> Response:
    path = str(request.scope["path"]).rstrip("/")
    parts = [p for p in path.split("/") if p]
    user = acting_user(world, request.headers)
    if not parts or parts[0] not in ("api", "apis"):
        return _outside(world, path, request)
    if len(parts) <= (2 if parts[0] == "api" else 3):
        return _discover(world, path, request)
    call = replace(read_request(request, request.method), user=user)
    body = (await request.body(), request.headers.get("content-type", ""))
    try:
        check(world, user, call.verb, call.resource, call.subresource, call.namespace, call.name)
        answer = _serve(world, usage, logs, call, body, request)
    except ApiStatusError as error:
        answer = respond(error.status, error.code)
    request_counts.count(world, call, answer.status_code)
    warnings.add(answer, call.warnings)
    return answer


def _serve(
    world: World, usage: Usage, logs: PodLogs, call: ApiRequest, body: write_requests.Body, request: Request
) -> Response:
    if call.resource.group == METRICS:
        return metrics.answer(world, usage, call)
    if call.resource.kind in reviews.KINDS:
        return reviews.answer(world, call.user, call, body)
    if call.resource.kind == components.KIND:
        return components.answer(world, call)
    if call.subresource == "log":
        return logs.answer(call)
    if call.subresource in ENTERED:
        target(world, call)
        raise upgrade_required() if "upgrade" not in request.headers else _only_websockets()
    if call.subresource in REFUSED:
        raise not_implemented(call.subresource)
    if call.resource.kind == "Binding" or call.subresource:
        return subresources.answer(world, call, body)
    if call.verb == "watch":
        return watch_requests.watch(world, call)
    if call.verb in ("get", "list"):
        return read_requests.get(world, call) if call.verb == "get" else read_requests.list_(world, call)
    return _WRITES[call.verb](world, call, body)


def _stream(world: World, socket: WebSocket) -> ApiRequest:
    """The call that a websocket opens with; ApiStatusError when it may not, or does not lead to a stream."""
    call = read_request(socket, "GET")
    user = acting_user(world, socket.headers)
    check(world, user, call.verb, call.resource, call.subresource, call.namespace, call.name)
    if call.subresource not in ENTERED:
        raise not_implemented(call.subresource or "watches over websockets")
    return call


def _only_websockets() -> ApiStatusError:
    return not_implemented("exec and attach over SPDY, only over websockets")


def _discover(world: World, path: str, request: Request) -> Response:
    hidden_groups = frozenset() if metrics.availability(world) == "served" else frozenset({METRICS})
    if path in ("/api", "/apis") and discovery.wants_aggregated(request.headers.get("accept", "")):
        body = respond(discovery.aggregated_discovery(core=path == "/api", hidden_groups=hidden_groups))
        body.headers["content-type"] = discovery.AGGREGATED
        return body
    return respond(discovery.legacy_discovery(path, hidden_groups=hidden_groups))


def _outside(world: World, path: str, request: Request) -> Response:
    if path == "/version":
        return respond(discovery.VERSION)
    if path in health.PATHS:
        return health.checks(path, dict(request.query_params))
    if path == "/metrics":
        return health.metrics(world)
    if path.startswith("/openapi/"):
        return openapi.answer(path, request.headers.get("accept", ""))
    raise UnknownPathError(path)
