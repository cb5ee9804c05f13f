"""A call that takes long: it says that it is under way, and one that is given up stops and says so in the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import anyio
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_servers.contract.facts import Answer
from mcp_servers.serving import cancellation as called_off
from mcp_servers.serving import http, progress
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.server import ToolServer
from tests.server_aws.wire import serving_app

pytestmark = pytest.mark.anyio
PATIENCE = 60.0


class Slow:
    """A tool that makes one request and then waits until it may end."""

    def __init__(self) -> None:
        self.began, self.may_end, self.ended = threading.Event(), threading.Event(), threading.Event()

    def dig(self, fail: bool = False) -> Answer:
        """Dig for something."""
        called_off.check()
        self.began.set()
        try:
            assert self.may_end.wait(PATIENCE)
            called_off.check()
            if fail:
                raise TeachingError("failed", "dig", "there is rock.")
        finally:
            self.ended.set()
        return Answer(text="found", as_of=datetime(2026, 5, 4, tzinfo=UTC))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 0.01)


@contextmanager
def digging(slow: Slow, *, json: bool) -> Iterator[str]:
    server = ToolServer("digger", "Digs.")
    server.read(slow.dig)
    options = ServerOptions("http", "127.0.0.1", 0, False, (), None, None, json_responses=json)
    with serving_app(http.application(server.mcp, options), lifespan="on") as url:
        yield url + "/mcp"


def local(slow: Slow) -> ToolServer:
    server = ToolServer("digger", "Digs.")
    server.read(slow.dig)
    return server


@pytest.mark.parametrize("over", ["memory", "http"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_long_call_tells_how_long_it_works_and_how_many_requests_it_made(over: str, mode: str) -> None:
    slow = Slow()
    notices: list[tuple[float, str]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        notices.append((progress, message or ""))
        if notices[-1][0] > notices[0][0] and "requests made: 1" in notices[-1][1]:
            slow.may_end.set()

    async def dug(client: Client) -> None:
        result = await client.call_tool("dig", {}, progress_callback=note)
        assert not result.is_error

    with anyio.fail_after(PATIENCE):
        if over == "memory":
            async with Client(local(slow).mcp, mode=mode) as client:
                await dug(client)
        else:
            with digging(slow, json=False) as url:
                async with Client(streamable_http_client(url), mode=mode) as client:
                    await dug(client)
    assert any("requests made: 1" in sentence for _, sentence in notices)
    assert [at for at, _ in notices] == sorted(at for at, _ in notices)


async def test_who_does_not_ask_is_not_told_and_gets_the_same_answer() -> None:
    slow = Slow()
    slow.may_end.set()
    async with Client(local(slow).mcp) as client:
        assert not (await client.call_tool("dig", {})).is_error


async def test_an_error_teaches_as_well_while_progress_is_told() -> None:
    slow = Slow()
    slow.may_end.set()

    async def ignore(progress: float, total: float | None, message: str | None) -> None:
        return None

    async with Client(local(slow).mcp) as client:
        result = await client.call_tool("dig", {"fail": True}, progress_callback=ignore)
    assert result.is_error and "[failed] dig: there is rock." in getattr(result.content[0], "text", "")


@pytest.mark.parametrize("over", ["memory", "http"])
async def test_a_cancelled_call_stops_before_its_next_request_and_says_so_in_the_log(
    over: str, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    slow, log_event = Slow(), threading.Event()

    class Hearing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log_event.set()

    hearing, root = Hearing(), logging.getLogger()
    root.addHandler(hearing)  # behind the one of `caplog`, which has heard it then
    request.addfinalizer(lambda: root.removeHandler(hearing))

    async def given_up(client: Client) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "dig", {})
            assert await anyio.to_thread.run_sync(slow.began.wait, PATIENCE)
            group.cancel_scope.cancel()
        # the server hears of it before it answers the next question on the same session
        assert (await client.list_tools()).tools

    with caplog.at_level(logging.WARNING, "mcp_servers"), anyio.fail_after(PATIENCE):
        if over == "memory":
            async with Client(local(slow).mcp) as client:
                await given_up(client)
        else:
            with digging(slow, json=False) as url:
                async with Client(streamable_http_client(url)) as client:
                    await given_up(client)
        slow.may_end.set()
        assert await anyio.to_thread.run_sync(slow.ended.wait, PATIENCE)
        assert await anyio.to_thread.run_sync(log_event.wait, PATIENCE)
    assert "dig was cancelled by its client and has stopped; requests made: 1." in caplog.text
