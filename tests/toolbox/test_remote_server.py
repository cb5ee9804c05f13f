"""Our servers elsewhere: a session that goes on through a rollout and an exchange of tokens, and says what it lacks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from mcp_servers.contract.calls import NOT_DONE
from mcp_servers.contract.facts import Answer
from mcp_servers.serving import http
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.bearer_tokens import BearerTokens
from mcp_servers.serving.draining import Drain
from mcp_servers.serving.http_access import Access
from mcp_servers.serving.server import ToolServer
from sre_agent.errors import SettingsError, ToolsUnavailableError
from sre_agent.permits import PermitIssuer
from sre_agent.permits.key_ring import KeyRing
from sre_agent.permits.keys.folder import KeyFolder
from sre_agent.server_addresses import readers, writers
from sre_agent.settings import RemoteServer, Settings, load
from sre_agent.toolbox.address import HttpAccess, ServerAddress
from sre_agent.toolbox.session import Session
from tests.server_aws.wire import serving_app

pytestmark = pytest.mark.anyio
OLD, NEW = "the-token-until-today", "the-token-from-today"


@contextmanager
def copy(name: str, token_file: Path | None = None, prefix: str = "") -> Iterator[tuple[str, Drain, list[str]]]:
    """One copy of a deployment: its address, its drain, and the calls that it was sent."""
    server, drain, calls = ToolServer(name, "Counts."), Drain(20), list[str]()

    def count(what: str) -> Answer:
        """Counts."""
        calls.append(what)
        return Answer(text=f"counted by {name}", as_of=datetime.now(UTC))

    server.read(count, name=f"{prefix}count")
    access = Access(BearerTokens(file=token_file)) if token_file else Access()
    options = ServerOptions("http", "127.0.0.1", 0, False, (), None, None, access)
    with serving_app(http.application(server.mcp, options, None, drain), lifespan="on") as url:
        yield url, drain, calls


@contextmanager
def one_name(*urls: str) -> Iterator[str]:
    """A balancer in front of these: each request goes to the next one, or to the one after it."""
    turns = itertools.cycle(urls)

    async def hand_on(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        headers = {k: v for k, v in request.headers.items() if k != "host"}
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            to = next(turns) + request.url.path
            answer = await client.request(request.method, to, headers=headers, content=await request.body())
        plain = {k: v for k, v in answer.headers.items() if k in ("content-type", NOT_DONE)}
        await Response(answer.content, answer.status_code, plain)(scope, receive, send)

    with serving_app(hand_on) as url:
        yield url


@asynccontextmanager
async def session(url: str, **fields: Any) -> AsyncIterator[Session]:
    one = Session(ServerAddress("scales", url=url + "/mcp", **fields), connect_seconds=10, call_seconds=10)
    try:
        yield one
    finally:
        await one.close()


async def test_each_call_is_done_once_while_one_copy_after_the_other_is_replaced() -> None:
    with copy("old") as (old, drain, by_old), copy("new") as (new, _, by_new), one_name(old, new) as url:
        async with session(url) as one:
            for number in range(4):
                await one.call("count", {"what": f"before {number}"})
            drain.begin()
            for number in range(4):
                await one.call("count", {"what": f"after {number}"})
            assert one.health().failures == 0
    done = by_old + by_new
    assert len(done) == len(set(done)) == 8 and by_old, "refused before anything was done, then done elsewhere"
    assert not [what for what in by_old if what.startswith("after")]


async def test_a_session_lasts_while_tokens_are_exchanged_on_both_sides(tmp_path: Path) -> None:
    accepted, sent = tmp_path / "accepted", tmp_path / "sent"
    accepted.write_text(OLD)
    sent.write_text(OLD)
    with copy("scales", accepted) as (url, _, calls):
        async with session(url, access=HttpAccess(token_file=sent)) as one:
            await one.call("count", {"what": "with the old"})
            connection = one._connection
            accepted.write_text(f"{OLD}\n{NEW}")
            sent.write_text(NEW)
            await one.call("count", {"what": "with the new"})
            accepted.write_text(NEW)
            await one.call("count", {"what": "with the new alone"})
            assert one._connection is connection and len(calls) == 3
            accepted.write_text("another-token-entirely")
            with pytest.raises(ToolsUnavailableError, match="does not accept the token"):
                await one.call("count", {"what": "with one that is no good any more"})


async def test_a_server_that_is_away_is_no_connection_and_quickly_so() -> None:
    with serving_app(lambda *_: None) as url:
        pass
    async with session(url) as one, asyncio.timeout(8):
        with pytest.raises(ToolsUnavailableError, match="no session with the scales MCP server") as away:
            await one.call("count", {"what": "nothing"})
    assert away.value.code == "no_connection"


async def test_tools_behind_a_gateway_are_called_by_its_names_and_known_by_ours() -> None:
    with copy("scales", prefix="sre-kubernetes___") as (url, _, calls):
        async with session(url, tool_prefix="sre-kubernetes___") as one:
            assert [tool.name for tool in await one.tools()] == ["count"]
            await one.call("count", {"what": "through the gateway"})
    assert calls == ["through the gateway"]


async def test_a_gateway_with_iam_authorization_is_sent_signed_requests() -> None:
    proofs: list[str] = []

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        proofs.append(Request(scope, receive).headers["authorization"])
        await Response("no", 403)(scope, receive, send)

    with serving_app(refusing) as url:
        async with session(url, access=HttpAccess(signed=True, region="eu-west-1")) as one:
            with pytest.raises(ToolsUnavailableError, match="it refuses who asks"):
                await one.call("count", {"what": "nothing"})
    assert all("/eu-west-1/bedrock-agentcore/aws4_request" in proof for proof in proofs) and proofs


def test_a_token_is_not_sent_in_the_clear_beyond_this_machine() -> None:
    with pytest.raises(ValidationError, match="use https"):
        RemoteServer(url="http://tools.shop.test/mcp")
    assert RemoteServer(url="http://tools.shop.test/mcp", plain_http_is_trusted=True).url
    with pytest.raises(ValidationError, match="without user, password or query"):
        RemoteServer(url="https://me:word@tools.shop.test/mcp")


def test_a_server_that_runs_elsewhere_takes_the_place_of_ours_and_needs_a_token_of_its_own_to_write(
    tmp_path: Path,
) -> None:
    reader = {"url": "https://read.shop.test/mcp", "token_file": "/srv/read", "gateway_target": "sre-kubernetes"}
    writer = {"url": "https://write.shop.test/mcp", "token_file": "/srv/write"}

    def addresses(**fields: Any) -> tuple[ServerAddress, ServerAddress]:
        settings: Settings = load(environment={}, writes=True, remote_servers={"kubernetes": reader}, **fields)
        keys = PermitIssuer(KeyRing(KeyFolder(tmp_path), valid_seconds=60), valid_seconds=60)
        return readers(settings)["kubernetes"], writers(settings, keys)["kubernetes"]

    read, write = addresses(remote_writers={"kubernetes": writer})
    assert (read.url, read.access.token_file, read.tool_prefix) == (
        reader["url"],
        Path("/srv/read"),
        "sre-kubernetes___",
    )
    assert (write.url, write.access.token_file) == (writer["url"], Path("/srv/write"))
    with pytest.raises(SettingsError, match="one of its own"):
        addresses(remote_writers={"kubernetes": writer | {"token_file": "/srv/read"}})
