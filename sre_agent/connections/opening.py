"""Opens the way to whoever else does the work, as the settings say."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from sre_agent.connections.remote import RemoteConnection
from sre_agent.errors import SettingsError
from sre_agent.settings import PREFIX, Settings
from sre_agent.settings.connection import LOOPBACK
from sre_agent.settings.loading import TOKEN

TIMES: Final = httpx.Timeout(30.0, read=900.0)  # seconds; an answer may take as long as an investigation


@asynccontextmanager
async def open_remote(settings: Settings) -> AsyncIterator[RemoteConnection]:
    """Raises SettingsError."""
    place = settings.connection.place
    if settings.connection.endpoint:
        token = _token(settings)
        http = _at_an_address(place, token)
        if token and _is_readable_on_the_way(http.base_url) and not settings.connection.endpoint_is_encrypted:
            raise SettingsError(
                f"The token would go to {place} over plain HTTP, which others can read on the way. Use https://, or set"
                " endpoint_is_encrypted (SRE_AGENT_ENDPOINT_IS_ENCRYPTED=true) where a mesh or VPN encrypts it."
            )
        options = [] if os.environ.get(f"{PREFIX}ENDPOINT") else ["--endpoint", place]
    else:
        from sre_agent.connections.agent_runtime import AgentRuntimeTransport  # noqa: PLC0415 - boto3

        transport = AgentRuntimeTransport(place, session_of(settings), settings.aws)
        http = httpx.AsyncClient(transport=transport, base_url="http://agent-runtime", timeout=TIMES)
        options = []
    async with http:
        yield RemoteConnection(http, place, options)


def session_of(settings: Settings) -> str:
    """The session of AgentCore Runtime: each is a machine of its own, which only the next command with the same name
    meets again."""
    connection = settings.connection
    who = f"{getpass.getuser()}@{platform.node()} {connection.agent_runtime_arn}"
    return connection.agent_runtime_session or f"sre-agent-{hashlib.sha256(who.encode()).hexdigest()[:32]}"


def _at_an_address(endpoint: str, token: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        http = httpx.AsyncClient(base_url=endpoint, headers=headers, timeout=TIMES)
    except httpx.InvalidURL as problem:
        raise SettingsError(f"The endpoint {endpoint!r} is not a URL: {problem}") from problem
    if http.base_url.scheme not in ("http", "https") or not http.base_url.host:
        raise SettingsError(
            f"The endpoint {endpoint!r} is not a URL. It should look like https://sre-agent.example.com."
        )
    return http


def _is_readable_on_the_way(url: httpx.URL) -> bool:
    return url.scheme == "http" and url.host not in LOOPBACK


def _token(settings: Settings) -> str:
    """Raises SettingsError for a file that cannot be read."""
    file = settings.service.token_file
    if os.environ.get(TOKEN) or file is None:
        return os.environ.get(TOKEN, "").strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as problem:
        raise SettingsError(f"The token file {file} cannot be read: {problem}") from problem
