"""Conversations of people on call: what one answer was about is what the next question means."""

from __future__ import annotations

import pytest

from tests.chat import conversations

LEAST = 0.85  # of the turns of a conversation that was worked on


@pytest.mark.long
@pytest.mark.parametrize("script", conversations.scripts(aside=False))
def test_a_conversation_is_answered_turn_by_turn(script: str) -> None:
    wrong = conversations.wrong_turns(script)
    count = len(list(conversations.turns(script)))
    assert len(wrong) <= (1 - LEAST) * count, [(turn.ask, reply.text[:200]) for turn, reply in wrong]
