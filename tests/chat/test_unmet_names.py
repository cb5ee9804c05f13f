"""What an answer makes of a name that led to nothing: by what the lookup came to, whatever its sentence says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from mcp_servers.contract.refusals import Refusal
from sre_agent.chat import grammar
from sre_agent.chat.answer_context import AnswerContext, ResponderActions
from sre_agent.chat.incident_history import IncidentHistory
from sre_agent.chat.lookup_session import LookupSession
from sre_agent.chat.memory import ConversationMemory, unread
from sre_agent.chat.reply import Outcome
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, UnavailableEntity, Unmet

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MISLEADING = "Which one is meant? There are several."
SILENT = Refusal(kind="unavailable", code="timeout", wrong=MISLEADING)
NOT_THERE = Refusal(kind="unavailable", code="not_configured", wrong=MISLEADING)


@pytest.mark.parametrize(
    ("unmet", "outcome"),
    [
        (AmbiguousEntity("cart", ("Deployment/a/cart", "Deployment/b/cart"), says="Say more."), "choice"),
        (AbsentEntity("cart", choices=("Deployment/a/card",), says=MISLEADING), "not_found"),
        (UnavailableEntity(SILENT, MISLEADING), "unavailable"),
        (UnavailableEntity(NOT_THERE, MISLEADING), "not_found"),
    ],
)
def test_the_outcome_of_a_name_that_led_to_nothing_does_not_follow_from_its_sentence(
    unmet: Unmet, outcome: Outcome
) -> None:
    [query] = grammar.read("describe deployment cart", NOON, {})
    lookups, responding, history = cast(LookupSession, None), cast(ResponderActions, None), cast(IncidentHistory, None)
    reply = AnswerContext(lookups, ConversationMemory(), responding, history).unmet(query, unmet)
    assert (reply.outcome, reply.text, tuple(reply.choices)) == (outcome, unmet.says, unmet.choices)


@pytest.mark.parametrize(("kind", "absent"), [("not_found", True), ("denied", False), ("unavailable", False)])
def test_only_a_refusal_that_says_so_is_taken_for_absence(kind: str, absent: bool) -> None:
    refusal = Refusal.model_validate({"kind": kind, "asked": "list pods", "wrong": "no such thing: not found."})
    evidence = Evidence(
        id=EvidenceId("e"), incident=IncidentId("i"), round=0, agent="kubernetes", server="kubernetes",
        tool="kubectl_find", arguments={"name": "cart"}, refusal=refusal, asked_at=NOON,
    )  # fmt: skip
    entity = unread(evidence, "cart", absent=("not_found",))
    assert isinstance(entity, AbsentEntity if absent else UnavailableEntity)
    assert entity.says == "list pods: no such thing: not found."
