"""The servers over HTTP: who may ask is decided before anything of a request is read.

A browser on the same machine reaches loopback too, and a page that it shows may let its own name mean 127.0.0.1: so
the Host and Origin of every request are compared with those that are meant, on loopback as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

import uvicorn
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.draining import LAST_SECONDS, Drain, DrainingServer
from mcp_servers.serving.health_paths import HealthPaths, Probe
from mcp_servers.serving.http_access import LOOPBACK_NAMES, Access

_CHECKED_HERE: Final = TransportSecuritySettings(enable_dns_rebinding_protection=False)


def serve(server: MCPServer[Any], options: ServerOptions, probe: Probe | None = None) -> None:
    """Streamable HTTP at /mcp until the process is told to end, and its calls under way have been answered."""
    drain = Drain(options.drain_seconds)
    config = uvicorn.Config(
        application(server, options, probe, drain),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=options.access.certificate,
        ssl_keyfile=options.access.key,
        timeout_graceful_shutdown=LAST_SECONDS,
    )
    DrainingServer(config, drain).run()


def application(
    server: MCPServer[Any], options: ServerOptions, probe: Probe | None = None, drain: Drain | None = None
) -> ASGIApp:
    """A quick answer comes as JSON and a slow one as a stream of events, on which its progress is told; closing it
    cancels the call. With `json_responses` every answer is JSON, for clients that read no event stream."""
    app = server.streamable_http_app(
        stateless_http=True, json_response=options.json_responses, transport_security=_CHECKED_HERE, host=options.host
    )
    drain = drain or Drain(options.drain_seconds)
    return HealthPaths(AccessMiddleware(drain.around(app), options.access), drain, probe)


class AccessMiddleware:
    """An ASGI application that hands on what may ask: 421 for a Host that is not meant, 403 for an Origin, 401 without
    a token that is accepted. Neither a token nor what was given instead of one is logged or answered."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in (*LOOPBACK_NAMES, *access.hosts))
        self._origins = frozenset(_origin(origin) for origin in (*_loopback_origins(), *access.origins))
        self._tokens = access.tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            refusal = self._refusal(headers)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> PlainTextResponse | None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not self._is_meant(hosts[0]):
            return PlainTextResponse("This Host is not allowed. Start the server with --allowed-host.", 421)
        if any(not self._comes_from(origin) for origin in origins):
            return PlainTextResponse("This Origin is not allowed. Start the server with --allowed-origin.", 403)
        if self._tokens and not self._is_authorised(headers.getlist("authorization")):
            return PlainTextResponse("A bearer token is required.", 401, {"WWW-Authenticate": "Bearer"})
        return None

    def _is_meant(self, host: str) -> bool:
        """By its name alone, or with the port where the name was allowed with one."""
        return host.lower() in self._hosts or _name(host) in self._hosts

    def _comes_from(self, origin: str) -> bool:
        normal_origin = _origin(origin)
        scheme, _, host = normal_origin.partition("://")
        return normal_origin in self._origins or f"{scheme}://{_name(host)}" in self._origins

    def _is_authorised(self, values: list[str]) -> bool:
        scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
        return self._tokens.accepts(token) and scheme.lower() == "bearer"


def _name(host: str) -> str:
    """A Host header without its port, in small letters; empty for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname or "", parts.port  # the port is looked at, so that a wrong one is refused
    except ValueError:
        return ""
    plain = host.lower().rpartition(":")[0] if parts.port is not None else host.lower()
    return plain if plain.strip("[]") == name else ""


def _origin(origin: str) -> str:
    return origin.strip().rstrip("/").lower()


def _loopback_origins() -> Iterable[str]:
    return (f"http://{name}" for name in LOOPBACK_NAMES)
