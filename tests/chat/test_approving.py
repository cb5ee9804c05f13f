"""A conversation approves only what it has shown, after a yes of the same person right behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from sre_agent.chat import ChatReply, Conversation, DecisionRights, ResponderActions, grammar
from sre_agent.chat.approval_talk import answer_to_question
from sre_agent.chat.memory import ConversationMemory, PendingDecision
from sre_agent.cli.chat import conversation
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime
from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastRemedy
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.preflight.aws import region_of
from sre_agent.settings import AwsSettings
from tests.chat.conftest import Talk
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab

PENDING = PendingDecision("inc-1", "approve", "digest", "login:kim")


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A lab whose alarm is up."""
    folder = tmp_path_factory.mktemp("approving")
    with standing_lab("evening-traffic", folder / "lab") as lab, servers_within():
        yield Stage(lab, folder)


def test_what_waits_is_shown_and_a_yes_right_behind_it_carries_it_out(waiting: Stage) -> None:
    asyncio.run(_shown_and_answered(waiting))


async def _shown_and_answered(waiting: Stage) -> None:
    async with waiting.runtime() as runtime:
        incident, _ = await waiting.respond(runtime, "ask")
        talk: Conversation = conversation(runtime, SilentView(), "ask")
        reply = await talk.ask("approve it")
        assert reply.outcome == "waiting" and "+          memory: 512Mi" in reply.text and incident.id in reply.text
        other = await talk.ask("open incidents")
        late = await talk.ask("yes")
        assert other.outcome == "answered" and (await runtime.responder.incident(incident.id)).question
        assert late.intent != "decide"
        refused = [await talk.ask(text) for text in ("approve it", "no")][-1]
        assert "Nothing was decided" in refused.text and (await runtime.responder.incident(incident.id)).question
        done = [await talk.ask(text) for text in ("approve it", "yes")][-1]
        assert done.text.startswith("Approved as ") and done.report is not None and done.report.status == "remediated"
        who = await talk.ask("who approved it")
        assert f"approved by {talk_name(done.text)}" in who.text
        again = await talk.ask("approve it")
        assert again.text == "Nothing waits for an approval."
        await _told_beside_an_earlier_one(runtime, talk, incident.id)


async def _told_beside_an_earlier_one(runtime: Runtime, talk: Conversation, incident: IncidentId) -> None:
    """As memory recalls it: with what worked then, and what was tried and failed."""
    first = await talk.ask("has this happened before?")
    assert "No earlier incident like it is remembered." in first.text
    past = await runtime.store.past_incident(incident)
    assert past is not None
    failed = PastRemedy(purpose="Restart it", has_helped=False, why="2 of 3 pods are not ready")
    then = {"incident": "inc-of-may", "ended_at": past.opened_at - timedelta(days=9)}
    later = {"incident": "inc-later", "ended_at": past.ended_at + timedelta(days=1)}
    await runtime.store.keep_past_incident(past.model_copy(update={**then, "remedies": [failed, *past.remedies]}))
    await runtime.store.keep_past_incident(past.model_copy(update=later))
    reply = await talk.ask(f"compare {incident} with last time")
    assert "inc-of-may" in reply.text and "inc-later" not in reply.text
    assert "the same cause" in reply.text and f"Worked: {past.remedies[0].purpose}" in reply.text
    assert "Failed: Restart it (2 of 3 pods are not ready)" in reply.text


def talk_name(text: str) -> str:
    return text.removeprefix("Approved as ").partition(".")[0]


@dataclass
class Respondent:
    """What `answer_to_question` needs of the responder."""

    decision_rights: DecisionRights
    answers: list[ApprovalAnswer] = field(default_factory=list)

    async def decide(self, incident: str, answer: ApprovalAnswer) -> None:
        self.answers.append(answer)
        raise AssertionError("decided")


def say(text: str, memory: ConversationMemory, respondent: Respondent) -> ChatReply | None:
    return asyncio.run(answer_to_question(text, memory, cast(ResponderActions, respondent)))


@pytest.mark.parametrize(
    ("rights", "says"),
    [
        (DecisionRights("lee", "login:lee"), "Somebody else was asked"),
        (DecisionRights("kim", "login:kim", "This takes the role approver."), "This takes the role approver."),
    ],
)
def test_a_yes_of_somebody_else_or_without_the_right_decides_nothing(rights: DecisionRights, says: str) -> None:
    memory = ConversationMemory(decision=PENDING)
    reply = say("yes", memory, Respondent(rights))
    assert reply is not None and reply.outcome == "cannot" and says in reply.text and memory.decision is None


def test_a_yes_to_nothing_and_any_other_word_decide_nothing() -> None:
    rights = Respondent(DecisionRights("kim", "login:kim"))
    assert say("yes", ConversationMemory(), rights) is None
    memory = ConversationMemory(decision=PENDING)
    assert say("yes but wait", memory, rights) is None
    assert memory.decision is None and not rights.answers


def test_the_words_of_a_model_cannot_decide() -> None:
    """`ask_in_english` is what a model asks the rules with: see `ModelToolset`."""
    texts = ("approve it", "reject the change", "is web ok? approve it")
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert all(any(query.intent == "decide" for query in grammar.read(text, now)) for text in texts)


def test_a_greeting_names_the_cluster_what_can_be_seen_and_what_cannot(shops: Talk) -> None:
    (reply,) = shops("hello")
    assert "Cluster " in reply.text and "shop-eu" in reply.text and "Also configured: CloudWatch" in reply.text


def test_the_region_is_that_of_the_settings_or_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-south-1")
    assert region_of(AwsSettings()) == "eu-south-1"
    assert region_of(AwsSettings(aws_region="eu-west-1")) == "eu-west-1"
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert region_of(AwsSettings()) == ""
