"""An open approval question: what may answer it, and what changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from sre_agent import entrances
from sre_agent.compose import Workshop
from sre_agent.domain.action import Decision
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.errors import BadInputError
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
RECOMMENDER = "/apis/apps/v1/namespaces/discovery/deployments/recommender"
Open = Callable[[str], AbstractContextManager[Stage]]


async def ended(workshop: Workshop, incident: Incident) -> Incident:
    async def done() -> bool:
        return not (await workshop.responder.incident(incident.id)).open

    await workshop.worker.run_until(done)
    return await workshop.responder.incident(incident.id)


def decision(incident: Incident, workshop: Workshop, **changed: str) -> Decision:
    fields = {
        "question": incident.question,
        "action_digest": incident.question_digest,
        "choice": "approve",
        "by": "ada",
    }
    return Decision(incident=incident.id, at=workshop.clock.now(), **{**fields, **changed})


async def test_while_a_question_is_open_only_its_own_answer_moves_the_run(stage: Open) -> None:
    with stage("evening-traffic") as it:
        alarm = it.alarm()
        before = it.object(RECOMMENDER)["metadata"]["generation"]
        async with it.workshop() as workshop:
            asked, _ = await it.respond(workshop, "ask", alarm)
            assert asked.question and asked.open

            again = {**alarm, "id": "another-event"}
            second = entrances.read(again, received_at=workshop.clock.now())[0]
            attached, created = await workshop.responder.submit(second)
            assert (attached.id, created, len(attached.signals)) == (asked.id, False, 2)

            stray = Message(
                kind="wake_up",
                incident=IncidentId(asked.id),
                dedup="stray",
                not_before=workshop.clock.now(),
                payload={"interrupt": "of another time"},
            )
            await workshop.queue.put(stray)
            await workshop.responder.answer(decision(asked, workshop, question="another", action_digest="d"))
            await workshop.worker.run_until_idle()
            unchanged = await workshop.responder.incident(asked.id)
            assert (unchanged.question, unchanged.status) == (asked.question, asked.status)
            assert it.object(RECOMMENDER)["metadata"]["generation"] == before

            await workshop.responder.decide(asked.id, "approve", by="ada")
            with pytest.raises(BadInputError, match="first one counts"):
                await workshop.responder.answer(decision(asked, workshop, choice="reject", by="bob"))
            final = await ended(workshop, asked)
            assert (final.status, final.reason) == ("remediated", "fixed")
            assert it.object(RECOMMENDER)["metadata"]["generation"] == before + 1

            with pytest.raises(BadInputError, match="no open question"):
                await workshop.responder.decide(asked.id, "reject", by="late")


async def test_a_decision_for_another_action_is_no_decision_for_this_one(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.workshop() as workshop:
            asked, _ = await it.respond(workshop, "ask")
            await workshop.responder.answer(decision(asked, workshop, action_digest="of another action"))
            await workshop.worker.run_until_idle()
            still = await workshop.responder.incident(asked.id)
            assert still.question == asked.question, "the question stays open"


async def test_a_rejected_action_is_not_done_and_the_incident_goes_to_a_human(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.workshop() as workshop:
            incident, report = await it.respond(workshop, "never")
        assert (incident.status, incident.reason) == ("escalated", "approval_denied")
        assert report is not None and not report.remediations
        assert report.next_steps


async def test_an_unanswered_question_expires_as_a_rejection(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.workshop(approval_seconds=600) as workshop:
            asked, _ = await it.respond(workshop, "ask")
            opened = workshop.clock.now()
            final = await ended(workshop, asked)
            assert (final.status, final.reason) == ("escalated", "approval_expired")
            assert workshop.clock.now() - opened >= timedelta(seconds=590)


async def test_an_approval_outlives_the_process_that_asked(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.workshop() as workshop:
            asked, _ = await it.respond(workshop, "ask")
        async with it.workshop() as workshop:
            await workshop.responder.decide(asked.id, "approve", by="ada")
            final = await ended(workshop, asked)
            report = await workshop.store.report(asked.id)
        assert (final.status, final.reason) == ("remediated", "fixed")
        assert report is not None and report.remediations[0].allowed_by == "human:ada"


async def test_a_target_that_changed_after_the_question_is_asked_about_again(stage: Open) -> None:
    """An approval of one version of a Deployment is no approval of what somebody made of it since."""
    with stage("evening-traffic") as it:
        async with it.workshop() as workshop:
            asked, _ = await it.respond(workshop, "ask")
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
            await workshop.responder.decide(asked.id, "approve", by="ada")
            await workshop.worker.run_until_idle()
            now = await workshop.responder.incident(asked.id)
            assert now.open and now.question and now.question != asked.question
            assert it.object(RECOMMENDER)["metadata"]["generation"] == changed, "nothing was written on the old word"
