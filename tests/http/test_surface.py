"""Lists with filters, conversations, sweeps, the time line, the policy's word, and requests that are sent again."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import IncidentId
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.domain.sweep import Trouble
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.holders import this_machine
from sre_agent.progress import Event
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio


async def _end(site: Site, incident: str, **fields: Any) -> None:
    epoch = await site.store.lease(IncidentId(incident), "a worker", site.clock.now(), 60)
    assert epoch is not None
    await site.store.update(IncidentId(incident), epoch, **fields)


async def test_a_list_of_incidents_has_what_is_asked_for(site: Site) -> None:
    cart, search, checkout = [await site.open(f"{name} in shop is slow") for name in ("cart", "search", "Checkout")]
    subject = Subject(scope="c", kind="Deployment", namespace="shop", name="cart")
    await _end(site, cart, status="escalated", reason="no_safe_action", ended_at=NOON, subjects=[subject])
    await _end(site, search, question="q-1", question_digest="d", status="diagnosed", severity="SEV1")
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"status": "escalated"}, [cart]),
        ({"status": ["escalated", "diagnosed"]}, [search, cart]),
        ({"reason": "no_safe_action", "only_open": True}, []),
        ({"severity": "SEV1"}, [search]),
        ({"waiting": True}, [search]),
        ({"namespace": "shop"}, [cart]),
        ({"text": "CHECKOUT"}, [checkout]),
        ({"text": "' OR 1=1 --"}, []),
        ({"opened_until": NOON.isoformat()}, []),
        ({"opened_from": NOON.isoformat(), "limit": 2}, [checkout, search]),
    ]
    for params, expected in cases:
        page = (await site.ask("GET", "/incidents", "viewer", params=params)).json()
        assert [one["id"] for one in page["incidents"]] == expected, params
    assert (await site.ask("GET", "/incidents", "viewer", params={"status": "fine"})).status_code == 422


async def test_the_time_line_of_an_incident_under_way_is_what_has_happened_so_far(site: Site) -> None:
    incident_id = await site.open()
    site.store.record(Event(kind="subject.resolved", incident=incident_id, at=NOON, name="Deployment shop/checkout"))
    site.store.record(Event(kind="node.started", incident=incident_id, at=NOON, name="intake"))
    line = (await site.ask("GET", f"/incidents/{incident_id}/timeline", "viewer")).json()
    assert line["complete"] is False
    assert [one["what"] for one in line["entries"]][-1] == "about Deployment shop/checkout"
    assert (await site.ask("GET", f"/incidents/{incident_id}/question", "viewer")).status_code == 404


async def test_conversations_are_listed_read_and_ended(site: Site) -> None:
    name = (await site.ask("POST", "/sessions")).json()["session"]
    answer = (await site.ask("POST", f"/sessions/{name}/messages", json={"text": "which pods restarted"})).json()
    assert (answer["session"], answer["reply"]["outcome"]) == (name, "answered")
    for number in range(3):
        await site.store.keep_chat_turn(
            ChatTurn(session=name, number=0, at=NOON, by="a", question=f"q{number}", reply=_reply(str(number)))
        )
    conversations = (await site.ask("GET", "/sessions", "viewer")).json()["sessions"]
    assert [(one["session"], one["turns"], one["opened_by"]) for one in conversations] == [
        (name, 3, "operator@example.com")
    ]
    first = (await site.ask("GET", f"/sessions/{name}", "viewer", params={"limit": 2})).json()
    rest = (await site.ask("GET", f"/sessions/{name}", "viewer", params={"after": first["next"]})).json()
    assert [one["reply"]["text"] for one in [*first["conversation"], *rest["conversation"]]] == ["0", "1", "2"]
    assert rest["next"] == 0
    assert (await site.ask("DELETE", f"/sessions/{name}")).status_code == 204
    assert (await site.ask("DELETE", f"/sessions/{name}")).status_code == 404


async def test_pages_of_conversations_leave_none_out(site: Site) -> None:
    for number in range(5):
        await site.store.keep_chat_session(
            ChatSession(id=f"session-{number}", opened_by="a", opened_at=NOON, last_at=NOON)
        )
    cursor, conversations = "", []
    while True:
        page = (await site.ask("GET", "/sessions", "viewer", params={"limit": 2, "before": cursor})).json()
        conversations += [one["session"] for one in page["sessions"]]
        if not (cursor := page["next"]):
            break
    assert conversations == [f"session-{number}" for number in (4, 3, 2, 1, 0)]


async def test_conversations_and_sweeps_of_long_ago_are_forgotten(site: Site) -> None:
    for name, at in (("old", NOON - timedelta(days=100)), ("young", NOON)):
        await site.store.keep_chat_session(ChatSession(id=name, opened_by="a", opened_at=at, last_at=at))
        await site.store.keep_chat_turn(
            ChatTurn(session=name, number=0, at=at, by="a", question="q", reply=_reply("a"))
        )
        await site.store.keep_sweep_run(SweepRun(id=name, started_at=at, holder="pid:1:x@another-host"))
    before = NOON - timedelta(days=90)
    await site.store.forget(ended_before=before, events_before=before)
    assert [one.id for one in await site.store.chat_sessions()] == ["young"]
    assert [one.id for one in await site.store.sweep_runs()] == ["young"]
    assert await site.store.chat_turns("old") == [] and len(await site.store.chat_turns("young")) == 1


async def test_a_sweep_whose_process_has_died_has_failed(site: Site) -> None:
    now = site.clock.now()
    here, elsewhere = f"pid:{2**22 + 1}:x@{this_machine()}", "pid:1:x@another-host"
    for name, holder, age in (("here", here, 1), ("young", elsewhere, 1), ("old", elsewhere, 61)):
        await site.store.keep_sweep_run(SweepRun(id=name, started_at=now - timedelta(minutes=age), holder=holder))
    states = {one["id"]: one["state"] for one in (await site.ask("GET", "/sweeps", "viewer")).json()["sweeps"]}
    assert states == {"here": "failed", "young": "running", "old": "failed"}
    run = (await site.ask("GET", "/sweeps/here", "viewer")).json()
    assert run["state"] == "failed" and "has ended" in run["why"]


async def test_an_answer_can_be_followed_on_its_way(site: Site) -> None:
    stream = {"accept": "text/event-stream"}
    stream_answer = await site.ask(
        "POST", "/sessions/a-session/messages", json={"text": "is shop healthy"}, headers=stream
    )
    blocks = [block.splitlines() for block in stream_answer.text.replace("\r\n", "\n").strip().split("\n\n")]
    assert [block[0] for block in blocks] == ["event: call", "event: reply"]
    assert json.loads(blocks[1][1].removeprefix("data: "))["reply"]["text"] == "You asked 1 times."


def _trouble(name: str, *symptoms: str) -> Trouble:
    subject = Subject(scope="c", kind="Deployment", namespace="shop", name=name)
    return Trouble(
        verdict="cause", subject=subject, failure_class="oom", statement=f"{name} is killed", symptoms=list(symptoms)
    )


async def _swept(site: Site, *troubles: Trouble) -> str:
    site.engine.found = list(troubles)
    site.clock.move(60)
    answer = await site.ask("POST", "/sweeps", json={"namespace": "shop"})
    assert answer.status_code == 202, answer.text
    url = answer.json()["status_url"]
    for _ in range(200):
        run = (await site.ask("GET", url, "viewer")).json()
        if run["state"] != "running":
            break
        await asyncio.sleep(0.01)
    assert run["state"] == "done", run
    return str(run["id"])


async def test_sweeps_run_in_the_background_are_listed_and_compared(site: Site) -> None:
    first = await _swept(site, _trouble("cart"), _trouble("search"), _trouble("checkout"))
    second = await _swept(
        site, _trouble("cart"), _trouble("search", "service.no_endpoints Service/shop/search"), _trouble("payments")
    )
    page = (await site.ask("GET", "/sweeps", "viewer", params={"namespace": "shop", "limit": 1})).json()
    assert ([one["id"] for one in page["sweeps"]], page["next"]) == ([second], second)
    for params in ({}, {"earlier": first}):
        comparison = (await site.ask("GET", f"/sweeps/{second}/comparison", "viewer", params=params)).json()
        changes = {
            kind: [one["statement"].split()[0] for one in comparison[kind]]
            for kind in ("new", "worse", "unchanged", "fixed")
        }
        assert changes == {"new": ["payments"], "worse": ["search"], "unchanged": ["cart"], "fixed": ["checkout"]}
    assert (await site.ask("GET", f"/sweeps/{first}/comparison", "viewer")).status_code == 404
    assert (await site.ask("GET", "/sweeps/sweep-0", "viewer")).status_code == 404


async def test_the_policy_says_what_it_would_say_and_by_which_policies(site: Site) -> None:
    action = {"tool": "kubectl_rollout_undo", "namespace": "shop", "confidence": 0.9, "has_undo": True}
    explanation = (await site.ask("POST", "/policy/explain", "viewer", json=action)).json()
    assert (
        explanation["verdict"] == "approve" and explanation["policies"] and explanation["context"]["confidence"] == 90
    )
    never = (await site.ask("POST", "/policy/explain", "viewer", json={"tool": "rm_rf"})).json()
    assert never["verdict"] == "deny"


async def test_a_post_that_is_sent_again_with_its_key_is_done_once(site: Site) -> None:
    with_key: dict[str, Any] = {"headers": {"idempotency-key": "k-1"}}
    first, again = [await site.ask("POST", "/sessions", **with_key) for _ in range(2)]
    assert (again.json(), again.status_code) == (first.json(), 201)
    another = await site.ask("POST", "/sessions", "admin", **with_key)
    assert another.json()["session"] != first.json()["session"], "a key is its caller's own"
    answers = [await site.ask("POST", "/incidents", json={"text": f"{what} is slow"}, **with_key) for what in "ab"]
    assert [one.status_code for one in answers] == [202, 422], "two requests with one key"
    paths_of_service = (await site.http.get("/openapi.json")).json()["paths"]
    for path, methods in paths_of_service.items():
        if "post" in methods and not path.startswith("/alarms"):
            assert any(one["name"] == "idempotency-key" for one in methods["post"].get("parameters", [])), path


def _reply(text: str) -> str:
    return json.dumps({"question": "q", "intent": "health", "text": text})
