"""The states that a sentence speaks of, and which of them it denies."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.chat import words as w
from sre_agent.chat.meanings import Word
from sre_agent.chat.states import StateWord


def states_in(word_list: Sequence[Word], used_places: set[int]) -> list[tuple[StateWord, bool]]:
    """Each state and whether it is denied: by a `not` shortly before it, or by `why can't`."""
    result = []
    for place, token in enumerate(word_list):
        if place in used_places or token.state is None:
            continue
        before = word_list[max(0, place - 3) : place]
        if token.state.good and before and before[-1].attributes and before[-1].kind is None:
            continue  # `all images running in shop` are those in use
        last = max((n for n, t in enumerate(before) if t.ends), default=-1)  # what is denied before it ends is another
        before = before[last + 1 :]
        result.append((token.state, any(t.word in w.NEGATIONS for t in before)))
    return list(dict.fromkeys(result))
