"""Incidents over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from sre_agent.domain.base import IncidentId
from tests.http.conftest import Site
from tests.slots.test_past_incidents import past
from tests.slots.test_store import report

pytestmark = pytest.mark.anyio


async def test_a_sentence_opens_an_incident_and_the_answer_says_where_to_follow_it(site: Site) -> None:
    answer = await site.ask("POST", "/incidents", json={"text": "checkout in shop keeps restarting"})
    body = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, body["status_url"])
    incident = (await site.ask("GET", body["status_url"], "viewer")).json()
    assert (incident["id"], incident["title"]) == (body["task_id"], "checkout in shop keeps restarting")
    (waiting,) = await site.store.messages()
    assert (waiting.message.kind, waiting.message.incident) == ("signal", body["task_id"])


async def test_a_request_that_is_sent_again_with_its_key_opens_nothing_more(site: Site) -> None:
    request: dict[str, Any] = {
        "headers": {"idempotency-key": "k-1"},
        "json": {"text": "checkout in shop keeps restarting"},
    }
    first = (await site.ask("POST", "/incidents", **request)).json()
    epoch = await site.store.lease(IncidentId(first["task_id"]), "a worker", site.clock.now(), 60)
    assert epoch is not None
    await site.store.update(IncidentId(first["task_id"]), epoch, status="escalated", ended_at=site.clock.now())
    again = (await site.ask("POST", "/incidents", **request)).json()
    assert again == first
    another = (await site.ask("POST", "/incidents", "admin", **request)).json()
    assert another["task_id"] != first["task_id"], "a key is its caller's own"


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": "it is slow", "alarm": {}}, {"alarm": {"of": "nobody"}}])
async def test_what_cannot_be_meant_is_refused_with_a_reason_and_opens_nothing(site: Site, body: object) -> None:
    answer = await site.ask("POST", "/incidents", json=body)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert problem["type"] == "bad-request" and len(problem["detail"]) > 20
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert await site.store.messages() == []


async def test_lists_come_in_pages_newest_first_without_gaps(site: Site) -> None:
    incident_ids = []
    for number in range(5):
        incident_ids.append(await site.open(f"service number-{number} in shop is slow"))
        site.clock.move(1)
    pages, cursor = [], ""
    while True:
        page = (await site.ask("GET", "/incidents", "viewer", params={"limit": 2, "before": cursor})).json()
        pages.append([one["id"] for one in page["incidents"]])
        if not (cursor := page["next"]):
            break
    assert pages == [incident_ids[:2:-1], incident_ids[2:0:-1], incident_ids[:1]]


async def test_what_is_not_there_is_not_found_and_the_answer_names_what_is(site: Site) -> None:
    incident_id = await site.open()
    answer = await site.ask("GET", "/incidents/inc-0000-nobody", "viewer")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
    assert incident_id in answer.json()["detail"]
    assert (await site.ask("GET", f"/incidents/{incident_id}/report", "viewer")).status_code == 404


async def test_a_decision_without_a_question_is_a_conflict(site: Site) -> None:
    incident_id = await site.open()
    answer = await site.ask("POST", f"/incidents/{incident_id}/decision", "approver", json={"choice": "approve"})
    assert (answer.status_code, answer.json()["type"]) == (409, "not-now")


async def test_a_decision_is_recorded_under_the_name_of_who_gave_it(site: Site) -> None:
    incident_id = IncidentId(await site.open())
    epoch = await site.store.lease(incident_id, "a worker", site.clock.now(), 60)
    assert epoch is not None
    await site.store.update(incident_id, epoch, question="q-1", question_digest="d-1")
    answer = await site.ask(
        "POST", f"/incidents/{incident_id}/decision", "approver", json={"choice": "reject", "comment": "not now"}
    )
    assert answer.status_code == 200
    decision = await site.store.decision("q-1")
    assert decision is not None
    assert (decision.choice, decision.by, decision.comment) == ("reject", "approver@example.com", "not now")
    first = (await site.store.messages())[-1]
    assert first.message.kind == "decision" and first.message.ahead_seconds > 3600, "a person waits for it"


async def test_an_answer_counts_for_the_action_that_was_shown_and_an_edit_names_arguments(site: Site) -> None:
    incident_id = IncidentId(await site.open())
    epoch = await site.store.lease(incident_id, "a worker", site.clock.now(), 60)
    assert epoch is not None
    await site.store.update(incident_id, epoch, question="q-1", question_digest="d-2", sign_offs=["oidc:i#ada"])
    path = f"/incidents/{incident_id}/decision"
    refused = {
        409: {"choice": "approve", "action_digest": "d-1"},
        422: {"choice": "approve", "by": "somebody else"},
        400: {"choice": "edit"},
    }
    for status, body in refused.items():
        assert (await site.ask("POST", path, "approver", json=body)).status_code == status
    edit = {"choice": "edit", "arguments": {"replicas": 4}, "action_digest": "d-2"}
    assert (await site.ask("POST", path, "approver", json=edit)).json()["arguments"] == {"replicas": 4}
    decision = await site.store.decision("q-1")
    assert decision is not None and decision.identity == "caller:approver@example.com"


@pytest.mark.parametrize("settings", [{"most_waiting": 1}], indirect=True)
async def test_while_too_much_waits_new_work_is_put_off_and_nothing_of_it_is_kept(site: Site) -> None:
    await site.open()
    answer = await site.ask("POST", "/incidents", json={"text": "another in shop is slow"})
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert len(await site.store.incidents()) == 1


async def test_an_operator_has_a_past_incident_forgotten_and_the_record_says_so(site: Site) -> None:
    await site.store.keep_past_incident(past("inc-1"))
    assert [one["incident"] for one in (await site.ask("GET", "/memory", "viewer")).json()] == ["inc-1"]
    assert (await site.ask("GET", "/memory/inc-1", "viewer")).json()["namespace"] == "shop"
    assert (await site.ask("POST", "/memory/inc-1/forget", "viewer")).status_code == 403
    assert (await site.ask("POST", "/memory/inc-1/forget")).json()["incident"] == "inc-1"
    assert (await site.ask("GET", "/memory/inc-1", "viewer")).status_code == 404
    await site.store.recorded()
    (event,) = [one.event for one in await site.store.events("inc-1") if one.event.kind == "memory.forgotten"]
    assert event.data["by"] == "operator@example.com"


async def test_a_verdict_is_graded_once_there_is_one_and_the_last_grade_counts(site: Site) -> None:
    incident = IncidentId(await site.open())
    path = f"/incidents/{incident}/grade"
    early = await site.ask("POST", path, json={"correctness": "right"})
    assert early.status_code == 409 and "no verdict to grade yet" in early.json()["detail"]
    epoch = await site.store.lease(incident, "a worker", site.clock.now(), 60)
    assert epoch is not None
    await site.store.keep_report(report("nothing is known").model_copy(update={"incident": incident}), epoch)
    await site.store.update(incident, epoch, status="escalated", ended_at=site.clock.now())

    assert (await site.ask("POST", path, "viewer", json={"correctness": "right"})).status_code == 403
    assert (await site.ask("POST", path, json={"correctness": "brilliant"})).status_code == 422
    for correctness in ("right", "wrong"):
        body = {"correctness": correctness, "note": "it was the disk"}
        answer = (await site.ask("POST", path, json=body)).json()
        assert (answer["correctness"], answer["verdict"]) == (correctness, "inconclusive")
    (grade,) = (await site.ask("GET", "/grades", "viewer")).json()
    assert (grade["incident"], grade["correctness"], grade["note"]) == (incident, "wrong", "it was the disk")
    await site.store.recorded()
    kinds = [one.event.kind for one in await site.store.events(incident)]
    assert kinds.count("incident.graded") == 2
