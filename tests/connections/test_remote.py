"""A service does the work: its answers become ours, its errors too, and a stream that is cut is taken up again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sre_agent.cli.connecting import elsewhere
from sre_agent.connections.agent_runtime import AgentRuntimeTransport
from sre_agent.connections.events import server_events
from sre_agent.connections.opening import open_remote, session_of
from sre_agent.connections.remote import RemoteConnection
from sre_agent.domain.base import IncidentId
from sre_agent.entrances.request import IncidentRequest
from sre_agent.errors import (
    AbsentError,
    BadInputError,
    NotNowError,
    PermanentError,
    SettingsError,
    TemporaryError,
    WrongOptionError,
)
from sre_agent.progress import Event
from sre_agent.settings import AwsSettings, Settings
from tests.http.conftest import NOON, Site, settings, site  # noqa: F401 - fixtures

pytestmark = pytest.mark.anyio
ARN = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/sre-agent"


def _to(answer: Callable[[httpx.Request], httpx.Response]) -> RemoteConnection:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://sre-agent.test")
    return RemoteConnection(http, "http://sre-agent.test", [])


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadInputError),
        (401, SettingsError),
        (403, SettingsError),
        (404, AbsentError),
        (409, NotNowError),
        (503, TemporaryError),
        (500, PermanentError),
    ],
)
async def test_what_goes_wrong_there_fails_as_it_would_here_in_its_words(status: int, error: type[Exception]) -> None:
    connection = _to(lambda request: httpx.Response(status, json={"detail": "the words of the service"}))
    with pytest.raises(error, match="the words of the service"):
        await connection.incident("inc-1")


@pytest.mark.parametrize("body", [b"<html>a proxy</html>", b'{"incidents": 7}', b'{"id": "inc-1"}'])
async def test_an_answer_of_something_else_is_told_as_such(body: bytes) -> None:
    with pytest.raises(PermanentError, match="sre-agent"):
        await _to(lambda request: httpx.Response(200, content=body)).incident("inc-1")


async def test_a_service_that_is_not_there_may_come_back() -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(TemporaryError, match="cannot be reached: connection refused"):
        await _to(nobody).incidents()


async def test_an_incident_is_followed_to_its_end_over_streams_that_break_off(
    site: Site,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each stream ends after two events: what was seen is not told again, what was before the request not at all."""
    site.store.record(Event(kind="node.started", incident="inc-before", at=NOON, name="intake"))
    events_by_name: list[str] = []
    inner = httpx.ASGITransport(site.app)

    class Cutting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if not request.url.path.endswith("/events"):
                return await inner.handle_async_request(request)
            after = int(request.headers["last-event-id"])
            events = await site.store.events(incident_id, after=after, limit=2)
            stream = "".join(f"id: {one.seq}\ndata: {one.event.model_dump_json()}\n\n" for one in events)
            return httpx.Response(200, stream=_Broken(stream))

    async with httpx.AsyncClient(
        transport=Cutting(), base_url="http://t", headers={"authorization": "Bearer operator"}
    ) as http:
        connection = RemoteConnection(http, "http://t", [])
        connection.listen(lambda event: events_by_name.append(f"{event.kind} {event.name}"))
        (incident_id,) = await connection.submit(IncidentRequest(text="checkout in shop keeps restarting"))
        for number in range(4):
            site.store.record(Event(kind="node.started", incident=incident_id, at=NOON, name=str(number)))
        epoch = await site.store.lease(incident_id, "a worker", NOON, 60)
        assert epoch is not None
        site.store.record(Event(kind="incident.ended", incident=incident_id, at=NOON, name="escalated"))
        changes: Iterator[dict[str, Any]] = iter(
            [{"status": "investigating"}, {"status": "escalated", "ended_at": NOON}]
        )
        real = connection.incident

        async def incident(name: str) -> Any:
            await site.store.update(IncidentId(name), epoch, **next(changes))
            return await real(name)

        monkeypatch.setattr(connection, "incident", incident)
        assert (await connection.follow(incident_id)).status == "escalated"
    assert [kind for kind in events_by_name if kind.startswith("node")] == [f"node.started {n}" for n in range(4)]
    assert events_by_name[0].startswith("incident.opened") and events_by_name[-1] == "incident.ended escalated"


class _Broken(httpx.AsyncByteStream):
    def __init__(self, text: str) -> None:
        self._text = text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._text.encode()
        raise httpx.ReadError("the proxy has had enough")


async def test_events_are_read_however_their_text_is_cut() -> None:
    text = ': ping\r\n\r\nevent: reply\nid: 7\ndata: {"a":\ndata: 1}\n\ndata: x\n\n'
    for size in (1, 2, 3, 7, len(text)):

        async def parts(size: int = size) -> AsyncIterator[str]:
            for at in range(0, len(text), size):
                yield text[at : at + size]

        events = [one async for one in server_events(parts())]
        assert [(one.event, one.id) for one in events] == [("reply", "7"), ("message", "7")], size
        assert events[0].json() == {"a": 1}


def test_options_of_this_process_are_refused_where_another_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_RUNTIME_ARN", ARN)
    assert elsewhere("aws", None, writes=None, lab="") is not None
    with pytest.raises(WrongOptionError, match=f"--writes would be for this process, but {ARN} does the work"):
        elsewhere("aws", None, writes=True)
    assert elsewhere("aws", "local", writes=True) is None


async def test_a_token_is_sent_in_the_clear_to_this_machine_alone_unless_the_way_is_encrypted(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-for-this-test")
    token = {"token_file": tmp_path / "token"}
    with pytest.raises(SettingsError, match="read on the way"):
        async with open_remote(Settings(endpoint="http://sre-agent.example.com", **token)):
            pass
    for way in (
        {"endpoint": "http://127.0.0.1:8080"},
        {"endpoint": "https://sre-agent.example.com"},
        {"endpoint": "http://sre-agent.example.com", "endpoint_is_encrypted": True},
    ):
        async with open_remote(Settings(**token, **way)) as connection:
            assert connection.place == way["endpoint"]


async def test_who_does_the_work_is_said_by_settings(tmp_path: Path) -> None:
    assert not Settings().connection.is_remote
    agent = Settings(agent_runtime_arn=ARN)
    assert agent.connection.is_remote and session_of(agent) == session_of(agent) and 33 <= len(session_of(agent)) <= 100
    assert session_of(agent) != session_of(Settings(agent_runtime_arn=f"{ARN}-2"))
    for wrong in ("nonsense", "ftp://x"):
        with pytest.raises(SettingsError, match="is not a URL"):
            async with open_remote(Settings(endpoint=wrong)):
                pass
    with pytest.raises(SettingsError, match="AGENT_RUNTIME_ARN looks like"):
        AgentRuntimeTransport("arn:aws:lambda:eu-west-1:1:x", "s" * 33, AwsSettings())
    with pytest.raises(SettingsError, match="cannot be read"):
        async with open_remote(Settings(endpoint="http://x", token_file=tmp_path / "none")):
            pass
