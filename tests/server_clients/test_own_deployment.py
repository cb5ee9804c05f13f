"""A server as a deployment of its own: probes, tokens exchanged while it runs, and an end that loses no call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mcp_servers.contract.facts import Answer
from mcp_servers.serving import health_paths, http
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.bearer_tokens import BearerTokens
from mcp_servers.serving.draining import Drain
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.http_access import Access
from mcp_servers.serving.server import ToolServer
from tests.server_aws.wire import serving_app
from tests.server_clients.every_server import every_server

pytestmark = pytest.mark.anyio
OPTIONS = ServerOptions("http", "127.0.0.1", 0, False, (), None, None)
ACCEPTS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
OLD, NEW = "the-token-until-today", "the-token-from-today"


class Scale:
    """A tool whose one call under way ends when the test lets it."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def weigh(self) -> Answer:
        """Weighs."""
        self.begun.set()
        assert self.let_go.wait(30)
        return Answer(text="2 kg", as_of=datetime.now(UTC))


@contextmanager
def deploying(options: ServerOptions = OPTIONS, probe: health_paths.Probe | None = None) -> Iterator[tuple[Any, ...]]:
    """A client of a small server, its scale and its drain."""
    server, scale, drain = ToolServer("scales", "Weighs."), Scale(), Drain(20)
    server.read(scale.weigh)
    with (
        serving_app(http.application(server.mcp, options, probe, drain), lifespan="on") as url,
        httpx.Client(base_url=url, trust_env=False, headers=ACCEPTS) as client,
    ):
        yield client, scale, drain


def call(client: httpx.Client, token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "weigh", "arguments": {}}}
    return client.post("/mcp", json=body, headers=headers, timeout=30)


def test_a_probe_needs_no_token_and_no_host_name_and_is_told_nothing_of_what_is_read() -> None:
    def refused() -> None:
        raise TeachingError("denied", "the secret cluster", "no rights in it")

    access = Access(BearerTokens(OLD), ("tools.shop.test",))
    with deploying(replace(OPTIONS, access=access), refused) as (client, *_):
        alive = client.get("/healthz", headers={"host": "10.0.0.9:8000"})
        ready = client.get("/readyz", headers={"host": "10.0.0.9:8000"})
        assert client.get("/mcp").status_code == 401
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json() == {"status": "waiting", "source": "denied"}


def test_a_server_is_ready_once_what_it_reads_has_answered_and_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_paths, "KEPT_SECONDS", 0.0)
    answers: list[TeachingError | None] = [TeachingError("unavailable", "it", "away", code="unreachable"), None]
    answers.append(answers[0])

    def probe() -> None:
        if (problem := answers.pop(0)) is not None:
            raise problem

    with deploying(probe=probe) as (client, *_):
        replies = [client.get("/readyz") for _ in range(3)]
    assert [one.status_code for one in replies] == [503, 200, 200]
    assert [one.json()["source"] for one in replies] == ["unreachable", "ok", "unreachable"]


def test_many_probes_are_one_question_to_what_is_read() -> None:
    probes: list[int] = []
    with deploying(probe=lambda: probes.append(1)) as (client, *_):
        assert {client.get("/readyz").status_code for _ in range(5)} == {200}
    assert len(probes) == 1


def test_a_drain_answers_the_call_under_way_refuses_the_next_and_is_over() -> None:
    with deploying() as (client, scale, drain), ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(call, client)
        assert scale.begun.wait(30)
        drain.begin()
        refused = call(client)
        assert refused.status_code == 503 and "Send the call again" in refused.json()["error"]["message"]
        assert client.get("/readyz").json() == {"status": "draining"} and client.get("/healthz").status_code == 200
        assert not drain.is_over
        scale.let_go.set()
        assert "2 kg" in under_way.result(30).text
        probes = (client.get("/healthz") for _ in range(1000))  # a call counts as done just after its answer is out
        assert any(drain.is_over for _ in probes)


def test_a_drain_ends_in_time_whatever_is_under_way() -> None:
    drain = Drain(0)
    assert not drain.is_over
    drain.begin()
    assert drain.is_over


def test_a_token_is_exchanged_without_a_restart_and_without_a_refused_call(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(OLD)
    access = Access(BearerTokens(file=file))
    with deploying(replace(OPTIONS, access=access)) as (client, scale, _):
        scale.let_go.set()
        assert [call(client, one).status_code for one in (OLD, NEW)] == [200, 401]
        file.write_text(f"{OLD}\n{NEW}\n")
        assert [call(client, one).status_code for one in (OLD, NEW)] == [200, 200]
        file.write_text(NEW)
        assert [call(client, one).status_code for one in (OLD, NEW)] == [401, 200]
        file.unlink()
        assert call(client, NEW).status_code == 401, "nothing is accepted that nobody can take back"


async def test_a_deployment_that_reads_has_no_write_tool_at_all(tmp_path: Path) -> None:
    writing = {tool.name for server in every_server(tmp_path, writes=True) for tool in await server.mcp.list_tools()}
    reading = [server.mcp for server in every_server(tmp_path, writes=False)]
    names = {tool.name for mcp in reading for tool in mcp._tool_manager.list_tools()}
    only_writers = writing - names
    assert {"kubectl_rollout_undo", "kubectl_scale"} < only_writers and "kubectl_preview" in names
    hints = [tool.annotations for mcp in reading for tool in mcp._tool_manager.list_tools()]
    assert all(hint is not None and hint.read_only_hint for hint in hints)
