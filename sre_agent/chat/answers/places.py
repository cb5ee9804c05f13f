"""Namespaces side by side: how many of a kind each has, and which has more."""

from __future__ import annotations

from typing import Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.wording import things
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply
from sre_agent.chat.states import STATES

KINDS: Final = ("Deployment", "Pod")  # where none is named


async def side_by_side(query: ChatQuery, talk: AnswerContext) -> ChatReply | None:
    """The counts of two or more namespaces that the question names; None where it does not."""
    names = [m.name for m in query.mentions if (not m.kind and not m.namespace) or m.place == "namespace"]
    if len(set(names)) < 2:
        return None
    namespaces = await talk.names.namespaces()
    places = [name for name in dict.fromkeys(names) if name in namespaces]
    if len(places) < 2 or len(places) < len(set(names)):
        return None
    kinds = [kind for kind in query.kinds if kind and kind != "Namespace"] or list(KINDS)
    where = [state.condition(denied) for state, denied in query.states]
    where += [STATES["healthy"].condition(True)] if query.unhealthy and not query.states else []
    qualifier = " that you asked about" if where else ""
    lines = []
    for kind in kinds:
        counts: dict[str, int] = {}
        marks = ""
        for place in places:
            evidence = await talk.lookups.select(
                kind, place, where=where, selector=query.selector, columns=["name"], limit=1
            )
            if evidence.answer is None:
                return talk.failed(query, evidence)
            counts[place] = int(data(evidence).get("count") or 0)
            marks += talk.lookups.cite(evidence, place)
        each = ", ".join(f"{place} has {things(kind, count)}{qualifier}" for place, count in counts.items())
        lines.append(f"{_verdict(kind, counts)}: {each}; {sum(counts.values())} together. {marks}")
    return talk.reply(query, "\n".join(lines))


def _verdict(kind: str, counts: dict[str, int]) -> str:
    most = max(counts.values())
    first = [place for place, count in counts.items() if count == most]
    if len(first) > 1:
        return f"{' and '.join(first)} have the same number"
    return f"Namespace {first[0]} has {'more' if len(counts) == 2 else 'the most'}"
