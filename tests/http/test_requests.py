"""What stands before every request, and what the service says of itself."""

from __future__ import annotations

import json
from itertools import chain

import pytest

from sre_agent.domain.base import IncidentId
from sre_agent.domain.model_call import ModelCall
from sre_agent.progress import Event, Happening
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio


async def test_a_body_that_is_too_long_is_not_read(site: Site) -> None:
    answer = await site.ask("POST", "/incidents", content=b"x" * 65_537)
    assert (answer.status_code, answer.json()["type"]) == (413, "too-large")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"text": 7}', b'"\xff"', b'{"text": "' + b"a" * 5000 + b'"}'])
async def test_a_body_of_another_form_is_refused_with_what_is_wrong(site: Site, content: bytes) -> None:
    answer = await site.ask("POST", "/incidents", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422) and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


async def test_who_asks_too_often_is_put_off_and_a_watchdog_is_not(site: Site, at_once: None) -> None:
    answers = [(await site.ask("GET", "/queue", "viewer")).status_code for _ in range(102)]
    assert answers == [200] * 100 + [429] * 2
    refused = await site.ask("GET", "/queue", "viewer")
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
    assert (await site.http.get("/health")).status_code == 200


async def test_answers_carry_an_id_and_say_that_nobody_may_keep_or_frame_them(site: Site) -> None:
    first, second = await site.ask("GET", "/queue", "viewer"), await site.ask("GET", "/nowhere", "viewer")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert (first.headers["cache-control"], first.headers["x-frame-options"]) == ("no-store", "DENY")
    assert (second.status_code, second.json()["type"]) == (404, "not-found")


async def test_ready_says_whether_alarms_are_worked_on(site: Site) -> None:
    await site.open()
    ready = await site.http.get("/ready")
    assert (ready.status_code, ready.json()["level"], ready.json()["waiting"]) == (200, "read_only", 1)
    site.engine.state = "draining"
    ready = await site.http.get("/ready")
    assert (ready.status_code, ready.json()["level"]) == (503, "intake_only")


async def test_ready_tells_states_to_all_and_reasons_to_known_callers(site: Site) -> None:
    for readiness, reason in (
        ((await site.http.get("/ready")).json(), ""),
        ((await site.ask("GET", "/ready", "viewer")).json(), "at 10.0.0.7: refused"),
    ):
        (server,) = readiness["dependencies"]
        assert (server["name"], server["state"], server["why"]) == ("kubernetes", "left_alone", reason)


async def test_events_are_followed_to_the_end_and_taken_up_where_they_were_cut(site: Site) -> None:
    incident_id = await site.open()
    events: list[tuple[Happening, str]] = [
        ("node.started", "intake"),
        ("node.ended", "intake"),
        ("incident.ended", "escalated"),
    ]
    for kind, name in events:
        site.store.record(Event(kind=kind, incident=incident_id, at=NOON, name=name))
    whole = _events((await site.ask("GET", f"/incidents/{incident_id}/events", "viewer")).text)
    assert [kind for _, kind, _ in whole] == ["incident.opened", "node.started", "node.ended", "incident.ended"]
    cut = {"last-event-id": whole[1][0]}
    rest = _events((await site.ask("GET", f"/incidents/{incident_id}/events", "viewer", headers=cut)).text)
    assert rest == whole[2:]
    assert whole[3][2]["name"] == "escalated"


async def test_metrics_count_what_ended_how_and_what_waits(site: Site) -> None:
    incident_id = await site.open()
    site.metrics.on_event(
        Event(kind="call.ended", incident=incident_id, at=NOON, name="kubectl_get", data={"error": ""})
    )
    insights = {"error": "", "queries": 3, "queries_reused": 2}
    site.metrics.on_event(Event(kind="call.ended", incident=incident_id, at=NOON, name="query_logs", data=insights))
    end = Event(
        kind="incident.ended",
        incident=incident_id,
        at=NOON,
        name="remediated",
        data={"reason": "fixed", "seconds": 40.0},
    )
    site.metrics.on_event(end)
    await site.ask("POST", "/sessions/a-session/messages", json={"text": "is shop healthy"})
    metrics_text = (await site.ask("GET", "/metrics", "viewer")).text
    for line in (
        'agent_requests_total{kind="incident",reason="fixed",status="remediated"} 1.0',
        'agent_requests_total{kind="chat",reason="",status="answered"} 1.0',
        'agent_tool_calls_total{status="ok",tool="kubectl_get"} 1.0',
        "agent_latency_seconds_sum 40.0",
        "agent_steps_count_count 1.0",
        'agent_queue_depth{state="due"} 1.0',
        "active_agents 0.0",
        'agent_cache_requests_total{cache="logs_insights",result="hit"} 2.0',
        'agent_cache_requests_total{cache="model",result="hit"} 3.0',
        'agent_degradation_level{level="read_only"} 1.0',
        'agent_dependency_healthy{kind="tool_server",name="kubernetes"} 0.0',
        "agent_dead_letters 0.0",
        "agent_approvals_waiting 0.0",
        "agent_cost_usd 0.0",
    ):
        assert line in metrics_text.splitlines(), line
    assert incident_id not in metrics_text, "no label may grow without end"
    names = {line.split()[2] for line in metrics_text.splitlines() if line.startswith("# TYPE ")}
    assert names >= {
        *("agent_requests_total", "agent_latency_seconds", "agent_steps_count", "agent_cost_usd", "active_agents"),
        *("agent_tool_calls_total", "agent_queue_depth", "llm_provider_healthy", "agent_sweep_age_seconds"),
    }


async def test_the_queue_and_the_costs_are_read_page_by_page(site: Site) -> None:
    incident_ids = [await site.open(f"service number-{n} in shop is slow") for n in range(5)]
    for number, incident in enumerate(incident_ids):
        fields = {"id": f"c-{number}", "agent": "diagnose", "model": "m", "tier": "large", "outcome": "answered"}
        call = {**fields, "at": NOON, "seconds": 1.0, "incident": incident, "dollars": 0.1 * (number // 2)}
        await site.store.keep_model_call(ModelCall.model_validate(call))

    async def pages(path: str, rows: str) -> list[list[str]]:
        contents, after = [], ""
        while True:
            page = (await site.ask("GET", path, "viewer", params={"limit": 2, "after": after})).json()
            contents.append([one["incident"] for one in page[rows]])
            if not (after := page["next"]):
                return contents

    assert await pages("/queue", "messages") == [incident_ids[:2], incident_ids[2:4], incident_ids[4:]]
    costly = await pages("/costs", "incidents")
    assert [len(page) for page in costly] == [2, 2, 1] and {*chain(*costly)} == {*incident_ids}
    assert costly[0][0] == incident_ids[4], "the most expensive comes first"
    for path in ("/queue", "/costs"):
        wrong = await site.ask("GET", path, "viewer", params={"after": "nowhere"})
        assert (wrong.status_code, wrong.json()["type"]) == (400, "bad-request")


async def test_dead_letters_are_listed_redriven_and_dropped(site: Site) -> None:
    incident_id = await site.open()
    epoch = await site.store.lease(IncidentId(incident_id), "a worker", site.clock.now(), 60)
    assert epoch is not None
    delivery = await site.store.take_message(IncidentId(incident_id), epoch, site.clock.now(), 60)
    assert delivery is not None
    await site.store.bury_message(delivery, "broke five times")
    (dead,) = (await site.ask("GET", "/queue", "viewer", params={"state": "dead"})).json()["messages"]
    assert (dead["incident"], dead["why"], dead["deliveries"]) == (incident_id, "broke five times", 1)
    assert (await site.ask("POST", f"/queue/{dead['id']}/redrive", "admin")).status_code == 204
    assert (await site.ask("GET", "/queue", "viewer", params={"state": "dead"})).json()["messages"] == []
    assert (await site.ask("DELETE", f"/queue/{dead['id']}", "admin")).status_code == 204
    assert (await site.ask("DELETE", f"/queue/{dead['id']}", "admin")).status_code == 404


def _events(stream: str) -> list[tuple[str, str, dict[str, object]]]:
    """Id, kind and data of each event of a stream."""
    events = []
    for block in stream.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        events.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return events
