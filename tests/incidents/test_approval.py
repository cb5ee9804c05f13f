"""An open approval question: what may answer it, and what changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent import entrances
from sre_agent.compose import Runtime
from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.errors import BadInputError
from sre_agent.progress import Event
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
MENU = "/apis/apps/v1/namespaces/meals/deployments/menu-api"
RECOMMENDER = "/apis/apps/v1/namespaces/discovery/deployments/recommender"
Open = Callable[[str], AbstractContextManager[Stage]]


async def wait_for_end(runtime: Runtime, incident: Incident) -> Incident:
    async def done() -> bool:
        return not (await runtime.responder.incident(incident.id)).open

    await runtime.worker.run_until(done)
    return await runtime.responder.incident(incident.id)


def decision(incident: Incident, runtime: Runtime, **changed: str) -> ApprovalDecision:
    fields = {
        "question": incident.question,
        "action_digest": incident.question_digest,
        "choice": "approve",
        "by": "ada",
    }
    return ApprovalDecision(incident=incident.id, at=runtime.clock.now(), **{**fields, **changed})


async def test_while_a_question_is_open_only_its_own_answer_moves_the_run(stage: Open) -> None:
    with stage("school-lunch") as it:
        alarm = it.alarm()
        before = it.object(MENU)["metadata"]["generation"]
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask", alarm)
            assert incident.question and incident.open

            again = {**alarm, "id": "another-event"}
            second = entrances.read(again, received_at=runtime.clock.now())[0]
            attached, created = await runtime.responder.submit(second)
            assert (attached.id, created, len(attached.signals)) == (incident.id, False, 2)

            stray = Message(
                kind="wake_up",
                incident=IncidentId(incident.id),
                dedup="stray",
                not_before=runtime.clock.now(),
                payload={"interrupt": "of another time"},
            )
            await runtime.outbox.send(stray)
            await runtime.responder.answer(decision(incident, runtime, question="another", action_digest="d"))
            await runtime.worker.run_until_idle()
            still = await runtime.responder.incident(incident.id)
            assert (still.question, still.status) == (incident.question, incident.status)
            assert it.object(MENU)["metadata"]["generation"] == before

            state = {"value": "OK", "timestamp": runtime.clock.now().isoformat()}
            over = {**alarm, "id": "its-end", "detail": {**alarm["detail"], "state": state}}
            receipts = await runtime.alarms.receive(entrances.read(over, received_at=runtime.clock.now()), "test")
            assert [one.disposition for one in receipts] == ["resolved"]
            question = await runtime.worker.question(await runtime.responder.incident(incident.id))
            assert question is not None and "reported resolved" in question.evidence[0]

            await runtime.responder.decide(incident.id, "approve", by="ada")
            with pytest.raises(BadInputError, match="first one counts"):
                await runtime.responder.answer(decision(incident, runtime, choice="reject", by="bob"))
            final = await wait_for_end(runtime, incident)
            assert (final.status, final.reason) == ("remediated", "fixed")
            assert it.object(MENU)["metadata"]["generation"] == before + 1

            with pytest.raises(BadInputError, match="no open question"):
                await runtime.responder.decide(incident.id, "reject", by="late")


async def test_a_decision_for_another_action_is_no_decision_for_this_one(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            await runtime.responder.answer(decision(incident, runtime, action_digest="of another action"))
            await runtime.worker.run_until_idle()
            still = await runtime.responder.incident(incident.id)
            assert still.question == incident.question, "the question stays open"


async def test_a_rejected_action_is_not_done_and_the_incident_goes_to_a_human(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime() as runtime:
            incident, report = await it.respond(runtime, "never")
        assert (incident.status, incident.reason) == ("escalated", "approval_denied")
        assert report is not None and not report.remediations
        assert report.next_steps


async def test_who_rejects_says_why_and_is_not_asked_the_same_again(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            answer = ApprovalAnswer(choice="reject", comment="the limit is meant")
            await runtime.responder.decide(incident.id, answer, by="ada")
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
        assert (final.status, final.reason) == ("escalated", "approval_denied")
        assert report is not None and not report.remediations
        assert [one.text for one in report.actions_not_taken if "rejected by ada: the limit is meant" in one.text]
        assert [one for one in report.timeline if "the limit is meant" in one.what]
        assert len([one for one in it.events if one.kind == "approval.asked"]) == 1


async def test_after_a_rejection_the_next_remedy_is_asked_about_and_heals(stage: Open) -> None:
    with stage("exam-results") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            first = await runtime.worker.question(incident)
            assert first is not None
            await runtime.responder.decide(
                incident.id, ApprovalAnswer(choice="reject", comment="more pods wait for the same lock"), by="ada"
            )
            await runtime.worker.run_until_idle()
            again = await runtime.responder.incident(incident.id)
            second = await runtime.worker.question(again)
            assert second is not None and second.action_digest != first.action_digest
            await runtime.responder.decide(incident.id, "approve", by="ada")
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
    assert (final.status, final.reason) == ("remediated", "fixed")
    assert report is not None and len(report.remediations) == 1, "what was rejected was not written"
    assert [one for one in report.timeline if "more pods wait for the same lock" in one.what]


async def test_an_edited_action_is_previewed_judged_and_asked_about_again(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            before = it.object(RECOMMENDER)["metadata"]["generation"]
            first = await runtime.worker.question(incident)
            assert first is not None and first.expectations and first.undo and first.diff_digest

            for wrong, why in (({"name": "catalog"}, "edit was not taken"), ({"colour": "red"}, "colour")):
                now = await edit(runtime, incident, wrong)
                question = await runtime.worker.question(now)
                assert question is not None and question.action.call == first.action.call
                assert why in question.changes[0], "the action stays as it was, and it is said why"

            now = await edit(runtime, incident, {"memory_limit": "1Gi"})
            question = await runtime.worker.question(now)
            assert question is not None and question.action.edited_by == "ada"
            assert question.changes[0] == "memory_limit: 512Mi → 1Gi"
            assert any("memory: 1Gi" in line for line in question.action.diff)
            assert question.diff_digest != first.diff_digest
            assert it.object(RECOMMENDER)["metadata"]["generation"] == before, "an edit writes nothing"

            stale = ApprovalAnswer(choice="approve", action_digest=first.action_digest)
            with pytest.raises(BadInputError, match="another action now"):
                await runtime.responder.decide(incident.id, stale, by="ada")
            await runtime.responder.decide(incident.id, "approve", by="ada")
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
        assert (final.status, final.reason) == ("remediated", "fixed")
        assert report is not None and report.remediations[0].call.arguments["memory_limit"] == "1Gi"


async def edit(runtime: Runtime, incident: Incident, arguments: dict[str, str]) -> Incident:
    answer = ApprovalAnswer(choice="edit", arguments=arguments)
    await runtime.responder.decide(incident.id, answer, by="ada")
    await runtime.worker.run_until_idle()
    return await runtime.responder.incident(incident.id)


async def test_a_policy_may_ask_for_two_people_and_one_person_is_not_two(stage: Open, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    rule = '@id("two-people") @approvals("2") permit (principal, action == Action::"run_with_approval", resource);'
    (policies / "rules.cedar").write_text(rule)
    with stage("school-lunch") as it:
        before = it.object(MENU)["metadata"]["generation"]
        async with it.runtime(policies=str(policies)) as runtime:
            incident, _ = await it.respond(runtime, "ask")
            await runtime.responder.decide(incident.id, "approve", by="ada", identity="oidc:issuer#1")
            await runtime.worker.run_until_idle()
            half = await runtime.responder.incident(incident.id)
            question = await runtime.worker.question(half)
            assert question is not None and [one.by for one in question.sign_offs] == ["ada"]
            assert it.object(MENU)["metadata"]["generation"] == before, "one approval writes nothing"
            with pytest.raises(BadInputError, match="another person"):
                await runtime.responder.decide(incident.id, "approve", by="bob", identity="oidc:issuer#1")
            second_vote = decision(half, runtime, by="bob").model_copy(update={"identity": "oidc:issuer#1"})
            await runtime.responder.answer(second_vote)  # past the responder: the run itself counts people
            await runtime.worker.run_until_idle()
            assert it.object(MENU)["metadata"]["generation"] == before
            await runtime.responder.decide(incident.id, "approve", by="bob", identity="oidc:issuer#2")
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
        assert (final.status, final.reason) == ("remediated", "fixed")
        assert report is not None and report.remediations[0].allowed_by == "human:ada,bob"


async def test_an_unanswered_question_expires_as_a_rejection(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime(approval_seconds=600) as runtime:
            incident, _ = await it.respond(runtime, "ask")
            start = runtime.clock.now()
            final = await wait_for_end(runtime, incident)
            assert (final.status, final.reason) == ("escalated", "approval_expired")
            assert runtime.clock.now() - start >= timedelta(seconds=590)


@pytest.mark.long  # `test_concurrency` has it of a process that dies
async def test_an_approval_outlives_the_process_that_asked(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
        async with it.runtime() as runtime:
            await runtime.responder.decide(incident.id, "approve", by="ada")
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
        assert (final.status, final.reason) == ("remediated", "fixed")
        assert report is not None and report.remediations[0].allowed_by == "human:ada"


async def test_a_target_that_changed_after_the_question_is_asked_about_again(stage: Open) -> None:
    """An approval of one version of a Deployment is no approval of what somebody made of it since."""
    with stage("evening-traffic") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            it.lab.control.befall(
                {
                    "patch": {
                        "kind": "Deployment",
                        "namespace": "discovery",
                        "name": "recommender",
                        "patch": {"spec": {"replicas": 3}},
                    }
                }
            )
            changed = it.object(RECOMMENDER)["metadata"]["generation"]
            await runtime.responder.decide(incident.id, "approve", by="ada")
            await runtime.worker.run_until_idle()
            now = await runtime.responder.incident(incident.id)
            assert now.open and now.question and now.question != incident.question
            question = await runtime.worker.question(now)
            assert question is not None and any("changed by somebody else" in one for one in question.changes)
            assert it.object(RECOMMENDER)["metadata"]["generation"] == changed, "nothing was written on the old word"


def heal(it: Stage) -> None:
    """Tonight's import is taken back: the processes need as much memory as they did before."""
    image = it.object(RECOMMENDER)["spec"]["template"]["spec"]["containers"][0]["image"]
    it.lab.control.befall({"image": {image: {"ready_after": 0.5, "memory": {"start": "110Mi", "peak": "180Mi"}}}})


async def pass_by(runtime: Runtime, seconds: float) -> None:
    await runtime.clock.sleep_until(runtime.clock.now() + timedelta(seconds=seconds))


async def until_over(it: Stage, runtime: Runtime) -> dict[str, Any]:
    """The alarm's event back to OK, after which it is quiet for a quarter of an hour."""
    for _ in range(60):
        if (event := it.lab.control.alarm_event(it.lab.endpoints.trigger))["detail"]["state"]["value"] == "OK":
            await pass_by(runtime, 900)
            return event
        await pass_by(runtime, 30)
    raise AssertionError("the alarm is still on")


async def test_what_recovered_before_it_was_approved_is_not_written(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime(approval_seconds=7200) as runtime:
            incident, _ = await it.respond(runtime, "ask")
            before = it.object(RECOMMENDER)["metadata"]["generation"]
            heal(it)
            await until_over(it, runtime)
            await runtime.responder.decide(incident.id, "approve", by="ada")
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
        assert (final.status, final.reason) == ("remediated", "recovered")
        assert report is not None and not report.remediations and not report.next_steps
        assert it.object(RECOMMENDER)["metadata"]["generation"] == before, "nothing was written"


@pytest.mark.long
async def test_an_approval_is_carried_out_while_the_trouble_goes_on_whatever_the_moment(stage: Open) -> None:
    """Also where it comes while a process runs that the kernel will end."""
    with stage("evening-traffic") as it:
        async with it.runtime(approval_seconds=7200) as runtime:
            incident, _ = await it.respond(runtime, "ask")
            before = it.object(RECOMMENDER)["metadata"]["generation"]
            for _ in range(600):
                if it.object(RECOMMENDER)["status"].get("readyReplicas", 0) == 2:
                    break
                await pass_by(runtime, 1)
            await runtime.responder.decide(incident.id, "approve", by="ada")
            final = await wait_for_end(runtime, incident)
        assert (final.status, final.reason) == ("remediated", "fixed")
        assert it.object(RECOMMENDER)["metadata"]["generation"] == before + 1


async def test_a_fix_on_its_way_is_not_written_when_the_alarm_is_over_and_the_system_well(stage: Open) -> None:
    """Nobody is asked about this one. Between its plan and its write somebody rolls the release back by hand."""
    path = "/apis/apps/v1/namespaces/shop/deployments/payments-api"
    container = {"name": "payments-api", "image": "registry.shop.test/payments-api:1.8.2"}
    back = {"spec": {"template": {"spec": {"containers": [container]}}}}
    with stage("payday-evening") as it:
        alarm = it.alarm()
        async with it.runtime() as runtime:

            def stop(event: Event) -> None:
                if event.kind == "action.proposed":
                    runtime.worker.drain()

            runtime.progress.listen(stop)
            left, _ = await it.respond(runtime, payload=alarm)
        assert left.open
        it.lab.control.befall(
            {"patch": {"kind": "Deployment", "namespace": "shop", "name": "payments-api", "patch": back}}
        )
        async with it.runtime() as runtime:
            over = await until_over(it, runtime)
            receipts = await runtime.alarms.receive(entrances.read(over, received_at=runtime.clock.now()), "test")
            assert [one.disposition for one in receipts] == ["resolved"]
            before = it.object(path)["metadata"]["generation"]
            await runtime.responder.resume(left.id)
            final = await wait_for_end(runtime, left)
            report = await runtime.store.report(left.id)
        assert (final.status, final.reason) == ("remediated", "recovered")
        assert report is not None and not report.remediations
        assert it.object(path)["metadata"]["generation"] == before, "nothing was written"
