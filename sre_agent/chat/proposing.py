"""The sentence with which a person has something mended: what a model says of it never does more than propose that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mcp_servers.contract.facts import Subject
from sre_agent.chat import grammar
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply


def as_sentence(subject: Subject, now: datetime) -> str:
    """What a person says to have it mended, as the rules understand it; empty where no words mean just that."""
    place = f" in {subject.namespace}" if subject.namespace else ""
    kind = subject.kind.lower()
    ways = (f"fix {kind} {subject.name}{place}", f"fix {kind} named {subject.name}{place}", f"fix {subject.short}")
    return next((way for way in ways if _means(grammar.read(way, now), subject)), "")


def proposal(query: ChatQuery, subject: Subject, now: datetime) -> ChatReply:
    """The sentence as an answer; what is meant was said by a model, so the person has to say it."""
    sentence = as_sentence(subject, now)
    text = offer_text(subject, sentence) if sentence else f"You may mean {subject.short}. Name it to have it fixed."
    return ChatReply(
        question=query.text,
        intent=query.intent,
        outcome="choice" if sentence else "cannot",
        text=text,
        subjects=[subject.short],
        choices=[sentence] if sentence else [],
        proposes=subject.short if sentence else "",
    )


def offer_text(subject: Subject, sentence: str) -> str:
    return f'To have an incident opened about {subject.short}, say "{sentence}".'


def _means(queries: Sequence[ChatQuery], subject: Subject) -> bool:
    if len(queries) != 1 or queries[0].intent != "fix":
        return False
    things = [m for m in queries[0].candidates if not (m.place == "in" and not m.kind and m.name == subject.namespace)]
    places = [m.namespace or m.name for m in queries[0].mentions if m not in things or m.namespace]
    return [(m.name, m.kind) for m in things] == [(subject.name, subject.kind)] and places == [
        place for place in [subject.namespace] if place
    ]
