"""The facts that are closest to the words of a question, where the rules have no answer of their own for it.

A question whose words no table knows is not refused as long as it names something: what the cluster has on record about
that thing is held against the words, the rarer ones first, and what they touch is told as just that.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import is_cloud
from sre_agent.chat.answers.known_facts import Fact, facts_of, stems_of
from sre_agent.chat.answers.overview import overview_of
from sre_agent.chat.answers.said_of import said_line
from sre_agent.chat.meanings import Word
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.chat.tokens import quotes, words

NOT_READ: Final = frozenset({"fix", "order", "decide", "help", "reach", "may", "room", "advise", "runbooks"})
MOST: Final = 6  # facts that are told
SUBJECTS: Final = 2  # of a question
NEAR: Final = 0.6  # of the closest fact's score
TELLING: Final = 1.5  # the score from which on a fact is close to anything at all
_NEGATIVE: Final = re.compile(r"(?:Not understood|No|None|Nothing|There is no\w*)\b")  # repeats what was asked for


async def with_closest_facts(query: ChatQuery, reply: ChatReply, talk: AnswerContext) -> ChatReply:
    """The reply, with the closest facts where it leaves words of the question open; these alone where it is none."""
    if query.intent in NOT_READ or reply.outcome in ("choice", "unavailable", "escalated", "waiting"):
        return reply
    is_none = reply.outcome == "not_found" or (reply.outcome == "cannot" and query.intent == UNKNOWN)
    unread = _unread(query, "" if is_none else reply.text)
    if not (is_none or unread):
        return reply
    subjects = [one for one in await subjects_of(query, reply, talk) if not is_cloud(one)][:SUBJECTS]
    stems = stems_of(" ".join(_content(query) if is_none else unread))
    lines: list[str] = []
    for subject in subjects:
        lines += await _about(query, reply, talk, subject, stems, unread)
        if is_none and not lines:
            lines.append(await overview_of(talk, subject))
    if not lines:
        return reply
    if not is_none:
        return reply.model_copy(update={"text": within("\n".join([reply.text, *lines]))})
    next_query = replace(query, intent="describe" if query.intent == UNKNOWN else query.intent)
    first = [reply.text] if query.candidates and query.intent != UNKNOWN else []  # that a name is not there stays said
    return talk.reply(next_query, within("\n".join([*first, *lines])), subjects=subjects)


async def _about(
    query: ChatQuery,
    reply: ChatReply,
    talk: AnswerContext,
    subject: Subject,
    stems: frozenset[str],
    unread: Sequence[str],
) -> list[str]:
    """What the record says, or what the program said: first where the question looks for it."""
    if "logs" in query.cues and unread and (line := await said_line(talk, subject, unread)):
        return [line]
    near = _lines(talk, subject, _closest(await facts_of(talk, subject), stems), reply.text)
    line = await said_line(talk, subject, unread) if unread and not near else ""
    return near or [line] * bool(line)


def _unread(query: ChatQuery, reply: str) -> list[str]:
    """The words that no table knows and that the reply does not take up."""
    reply_stems = stems_of(" ".join(line for line in reply.splitlines() if not _NEGATIVE.match(line)))
    names = {mention.name.lower() for mention in query.candidates if not mention.loose}
    return [
        token.text
        for token in _words(query)
        if not (
            token.is_vocabulary
            or token.word.isdigit()
            or token.in_quotes
            or token.text.lower() in names
            or "-" in token.text
        )
        and not stems_of(token.text) <= reply_stems
    ]


def _content(query: ChatQuery) -> list[str]:
    """The words that are no names and no mere grammar."""
    names = {mention.name.lower() for mention in query.candidates if not mention.loose}
    return [t.text for t in _words(query) if t.text.lower() not in names and t.word not in w.FUNCTION | w.FILLERS]


def _words(query: ChatQuery) -> list[Word]:
    masked, parts = quotes(query.text)
    return words(masked, parts)


async def subjects_of(query: ChatQuery, reply: ChatReply, talk: AnswerContext) -> Sequence[Subject]:
    """What the reply is about, else what of the names exists."""
    if reply.subjects:
        return [one for one in talk.memory.subjects if one.short in reply.subjects]
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return []
    lookups = [await talk.names.subject(one, namespace) for one in await talk.names.subjects_of(query, namespace)]
    return [one.subject for one in lookups if one.subject is not None]


def _closest(facts: Sequence[Fact], stems: frozenset[str]) -> list[Fact]:
    """The facts that most of the words, and the rarer ones, are words for."""
    in_how_many = Counter(one for fact in facts for one in fact.stems & stems)
    scores = [sum(math.log(1 + len(facts) / in_how_many[one]) for one in fact.stems & stems) for fact in facts]
    best = max(scores, default=0.0)
    if best < TELLING:
        return []
    return [fact for fact, score in zip(facts, scores, strict=True) if score >= NEAR * best][:MOST]


def _lines(talk: AnswerContext, subject: Subject, facts: Sequence[Fact], reply: str) -> list[str]:
    # pods have what their template has: that is told once
    by_text = {fact.text: fact for fact in reversed(facts) if fact.text not in reply}
    new = [fact for fact in facts if by_text.get(fact.text) is fact]
    if not new:
        return []
    marks = "".join(dict.fromkeys(talk.lookups.cite(fact.evidence) for fact in new))
    return [f"On record about {subject.short}, closest to these words: {marks}",
            *dict.fromkeys(f"- {fact.holder}: {fact.text}" for fact in new)]  # fmt: skip
