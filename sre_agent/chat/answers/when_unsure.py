"""What is added to an answer where it is in doubt what was asked: what else may be meant, and its subject at a glance.

A question in unusual words is often one of the few that it is most like, or about something that any description tells.
Nobody has to ask it again then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.closest_facts import subjects_of
from sre_agent.chat.answers.cloud import is_cloud
from sre_agent.chat.answers.guidance import CAN
from sre_agent.chat.answers.known_facts import stems_of
from sre_agent.chat.answers.overview import is_told_of, overview_parts, overviews
from sre_agent.chat.lookup_session import subjects_in
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.readings import asks_back
from sre_agent.chat.reply import IN_DOUBT, LONGEST, ChatReply, unmarked, within

_WITHOUT: Final = ("choice", "escalated", "waiting")  # outcomes of which nothing is left open
_FEW: Final = 3  # things that are told of
_LONGEST: Final = 240  # characters of what another meaning is answered by


async def with_other_meanings(
    query: ChatQuery, reply: ChatReply, others: Sequence[ChatReply], talk: AnswerContext
) -> ChatReply:
    """The reply, with what `others` answer, and with an overview of the one thing that it is about, or of each of a few
    in short."""
    if reply.outcome in _WITHOUT and not asks_back(query, reply):
        return reply
    subjects = await _subjects(query, reply, talk)
    in_short = len(subjects) > 1
    overview = [part for one in subjects for part in await overview_parts(talk, one, in_short=in_short)]
    has_evidence = [one for one in others if one.outcome == "answered" and unmarked(one.text) != one.text]
    answers = [within(one.text, _LONGEST) for one in has_evidence]
    parts = [*answers, *_closest_first(overview, query.text)]
    first = reply.text.replace(CAN, "").strip()  # what can be asked at all is not told beside it
    lines = _fitting(parts, first, LONGEST - len(first) - len(IN_DOUBT) - 3)
    if not lines:
        return reply
    if not reply.subjects:
        talk.memory.remember(subjects)
    all_subjects = list(dict.fromkeys([*reply.subjects, *(one.short for one in subjects)]))
    text = "\n".join([first, "", IN_DOUBT, *lines])
    return reply.model_copy(update={"text": text, "subjects": all_subjects})


def _closest_first(parts: Sequence[str], question: str) -> list[str]:
    """The parts that share most words with the question first, the rarer the word the more; else as they stand."""
    question_stems = stems_of(question)
    stems = [stems_of(part) & question_stems for part in parts]
    in_how_many = Counter(one for of_part in stems for one in of_part)
    closeness = [sum(1 / in_how_many[one] for one in of_part if in_how_many[one] < len(parts)) for of_part in stems]
    return [part for _, part in sorted(zip(closeness, parts, strict=True), key=lambda pair: -pair[0])]


def _fitting(parts: Sequence[str], answer: str, room: int) -> list[str]:
    """The lines of the parts that the answer does not have, as many parts as fit."""
    lines: list[str] = []
    for part in parts:
        new = [line for line in part.splitlines() if line and line not in answer and line not in lines]
        length = sum(len(line) + 1 for line in new)
        if length <= room:
            lines += new
            room -= length
    return lines


async def _subjects(query: ChatQuery, reply: ChatReply, talk: AnswerContext) -> list[Subject]:
    """What the reply is about, else what is named or pointed to, else the few things of a kind; none of many."""
    subjects = list(await subjects_of(query, reply, talk))
    if not subjects and query.refers:
        subjects = talk.memory.subjects if asks_back(query, reply) else talk.memory.subjects[:1]
    is_list = reply.intent in ("list", "count") and reply.outcome == "answered"
    many = is_list and any(one.kind in (*w.WORKLOAD_KINDS, "Pod") for one in subjects)
    subjects = subjects or await _all_of_its_kind(query, talk)
    subjects = [one for one in subjects if not is_cloud(one) and is_told_of(one.kind)]
    return subjects if len(subjects) <= (1 if many else _FEW) else []


async def _all_of_its_kind(query: ChatQuery, talk: AnswerContext) -> list[Subject]:
    """The few things of the kind that the question speaks of, as `the nodes` of a small cluster."""
    if len(query.kinds) != 1 or query.kinds[0] not in overviews():
        return []
    kind = query.kinds[0]
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return []
    place = "" if kind in w.CLUSTER_KINDS else namespace
    evidence = await talk.lookups.select(kind, place, columns=["name"], limit=_FEW + 1)
    return subjects_in(evidence, kind)
