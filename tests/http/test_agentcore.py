"""The contract of AgentCore Runtime: the same requests over the SDK's own server and over ours, and what is ours."""

from __future__ import annotations

import json
import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sre_agent.http.runtime_sessions import RuntimeSessions
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio
SESSION = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "s" * 33}
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/ping", {}),
    ("POST", "/invocations", {"content": b'{"prompt": "is shop healthy"}'}),  # the runtime may send no media type
    ("POST", "/invocations", {"json": {"prompt": "is shop healthy"}, "headers": SESSION}),
    ("POST", "/invocations", {"json": {"prompt": "is shop healthy"}, "headers": {"accept": "text/event-stream"}}),
    ("POST", "/invocations", {"content": b"{"}),
    ("POST", "/invocations", {"content": b"\xff\xfe"}),
    ("GET", "/invocations", {}),
    ("POST", "/ping", {}),
]


@pytest.fixture
async def sdk() -> AsyncIterator[httpx.AsyncClient]:
    """The SDK's server with an agent that answers each question, as a stream where that is asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydantic, about how the SDK declares its models
        from bedrock_agentcore.runtime import BedrockAgentCoreApp
    app = BedrockAgentCoreApp()

    @app.entrypoint
    async def answer(payload: dict[str, Any], context: Any) -> Any:
        if "event-stream" not in context.request.headers.get("accept", ""):
            return {"response": payload["prompt"]}

        async def parts() -> AsyncIterator[dict[str, Any]]:
            yield {"event": "reply", "response": payload["prompt"]}

        return parts()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sdk.test") as http:
        yield http


async def test_where_the_contract_speaks_our_answers_are_those_of_the_sdk(site: Site, sdk: httpx.AsyncClient) -> None:
    for method, path, request_options in REQUESTS:
        theirs = await sdk.request(method, path, **request_options)
        ours = await site.ask(method, path, **{**request_options, "headers": dict(request_options.get("headers", {}))})
        assert ours.status_code == theirs.status_code, (method, path, request_options, ours.text)
        if theirs.status_code == 200:
            kinds = [answer.headers["content-type"].partition(";")[0] for answer in (ours, theirs)]
            assert kinds[0] == kinds[1], (method, path, request_options)
    pings = [(await client.get("/ping")).json() for client in (site.http, sdk)]
    assert pings[0].keys() == pings[1].keys() and pings[0]["status"] == pings[1]["status"] == "Healthy"
    assert all(isinstance(one["time_of_last_update"], int) for one in pings)


async def test_a_stream_is_json_in_lines_of_data_and_ends_with_the_reply(site: Site) -> None:
    answer = await site.ask(
        "POST", "/invocations", json={"prompt": "is shop healthy"}, headers={"accept": "text/event-stream", **SESSION}
    )
    lines = [line for line in answer.text.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines), lines
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert [one["event"] for one in events] == ["call", "reply"]
    assert events[1]["session"] == "s" * 33 and events[1]["reply"]["text"] == "You asked 1 times."


async def test_the_time_of_a_ping_changes_with_the_status_alone(site: Site) -> None:
    first = (await site.http.get("/ping")).json()
    site.clock.move(100)
    still = (await site.http.get("/ping")).json()
    assert still == first == {"status": "Healthy", "time_of_last_update": int(NOON.timestamp())}
    site.engine.busy = 1
    busy = (await site.http.get("/ping")).json()
    assert busy == {"status": "HealthyBusy", "time_of_last_update": int(NOON.timestamp()) + 100}
    site.clock.move(7)
    assert (await site.http.get("/ping")).json() == busy


async def test_work_that_waits_keeps_the_session_too(site: Site) -> None:
    await site.open()
    assert (await site.http.get("/ping")).json()["status"] == "HealthyBusy"


async def test_invocations_ask_hand_in_alarms_and_read(site: Site) -> None:
    for times in (1, 2):
        answer = (await site.ask("POST", "/invocations", json={"prompt": "is shop healthy"}, headers=SESSION)).json()
        assert (answer["session"], answer["response"]) == ("s" * 33, f"You asked {times} times.")
    incident_id = await site.open("cart in shop is slow")
    read = (await site.ask("POST", "/invocations", json={"incident": incident_id})).json()
    assert (read["outcome"], read["incidents"]) == ("investigating", [incident_id])
    nothing = await site.ask("POST", "/invocations", json={})
    assert nothing.status_code == 400


async def test_a_wrapped_request_is_answered_as_the_address_would_with_its_own_status(site: Site) -> None:
    inner_request = {"method": "POST", "path": "/incidents", "body": {"text": "cart in shop is slow"}}
    answer = (await site.ask("POST", "/invocations", json={"request": inner_request})).json()
    assert answer["status"] == 202
    with_key = {"request": {**inner_request, "headers": {"Idempotency-Key": "k-1"}}}
    once, again = [
        (await site.ask("POST", "/invocations", json=with_key, headers={"idempotency-key": "outer"})).json()
        for _ in range(2)
    ]
    assert again == once and once["status"] == 202, "the key of the wrapped request is the one that counts"
    read = {"request": {"method": "GET", "path": "/incidents", "query": {"text": "CART", "limit": "1"}}}
    page = (await site.ask("POST", "/invocations", "viewer", json=read)).json()
    assert [one["id"] for one in page["body"]["incidents"]] == [answer["body"]["task_id"]]
    refused = (await site.ask("POST", "/invocations", "viewer", json={"request": inner_request})).json()
    assert (refused["status"], refused["body"]["type"]) == (403, "not-allowed"), "a wrapped request has no more rights"
    for path in ("/invocations", "incidents", "//x/invocations?", "/../x y"):
        odd = await site.ask("POST", "/invocations", json={"request": {"method": "GET", "path": path}})
        assert (odd.status_code, odd.json()["type"]) == (400, "bad-request"), path


async def test_where_the_runtime_lets_callers_in_they_have_the_role_that_is_set_and_no_token(site: Site) -> None:
    ask = {"json": {"prompt": "is shop healthy"}}
    assert (await site.http.post("/invocations", **ask)).status_code == 401  # type: ignore[arg-type]
    runtime_settings = site.service.agent_runtime.model_copy(update={"runtime_role": "operator"})
    object.__setattr__(site.service, "agent_runtime", runtime_settings)
    assert (await site.http.post("/invocations", **ask)).status_code == 200  # type: ignore[arg-type]
    wrong = await site.http.post("/invocations", headers={"authorization": "Bearer nobody"}, **ask)  # type: ignore[arg-type]
    assert wrong.status_code == 401, "who shows a token is who it says"
    cancel = {"request": {"method": "POST", "path": "/incidents/inc-1/cancel"}}
    assert (await site.http.post("/invocations", json=cancel)).json()["status"] == 403
    assert (await site.http.get("/incidents")).status_code == 401, "only by the runtime's own address"


async def test_the_register_tells_what_a_session_cost_and_ends_it_at_its_limit_or_when_somebody_stops_it(
    site: Site,
) -> None:
    reasons: list[str] = []
    dear = RuntimeSessions(site.store, site.clock, 1e-9, reasons.append)
    await dear.invoked("s" * 33)
    assert "runtime_session_dollars" in await dear.check()
    (entry,) = (await site.ask("GET", "/runtime-sessions", "viewer")).json()
    assert (entry["id"], entry["invocations"], entry["state"]) == ("s" * 33, 1, "stopping")

    without_limit = RuntimeSessions(site.store, site.clock, 0, reasons.append)
    await without_limit.invoked("t" * 33)
    assert await without_limit.check() == ""
    assert (await site.ask("DELETE", f"/runtime-sessions/{'t' * 33}", "admin")).status_code == 202
    assert await without_limit.check() == "Stopped by admin@example.com."
    assert (await site.ask("DELETE", "/runtime-sessions/nobody", "admin")).status_code == 404
