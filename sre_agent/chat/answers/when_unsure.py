"""What is added to an answer where it is not sure that the question was understood: its subject at a glance.

A question in unusual words is often about something that any description tells. Nobody has to ask it again then.
"""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.closest_facts import subjects_of
from sre_agent.chat.answers.cloud import is_cloud
from sre_agent.chat.answers.guidance import CAN
from sre_agent.chat.answers.overview import is_told_of, overview_of, overviews
from sre_agent.chat.lookup_session import subjects_in
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

HEAD: Final = "In case you meant something else, this is on record:"
_WITHOUT: Final = ("choice", "escalated", "waiting")  # outcomes of which nothing is left open
_FEW: Final = 3  # things that are told of


async def with_overview(query: ChatQuery, reply: ChatReply, talk: AnswerContext) -> ChatReply:
    """The reply, with an overview of the one thing that it is about, or of each of a few in short."""
    if reply.outcome in _WITHOUT:
        return reply
    subjects = await _subjects(query, reply, talk)
    if not subjects:
        return reply
    new = [text for one in subjects if (text := await _overview(talk, one, reply, in_short=len(subjects) > 1))]
    if not new:
        return reply
    if not reply.subjects:
        talk.memory.remember(subjects)
    all_subjects = list(dict.fromkeys([*reply.subjects, *(one.short for one in subjects)]))
    first = reply.text.replace(CAN, "").strip()  # what can be asked at all is not told beside it
    text = within("\n".join([first, "", HEAD, *new]))
    return reply.model_copy(update={"text": text, "subjects": all_subjects})


async def _subjects(query: ChatQuery, reply: ChatReply, talk: AnswerContext) -> list[Subject]:
    """What the reply is about, else what is named or pointed to, else the few things of a kind; none of many."""
    subjects = list(await subjects_of(query, reply, talk))
    if not subjects and query.refers:
        subjects = talk.memory.subjects[:1]
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


async def _overview(talk: AnswerContext, subject: Subject, reply: ChatReply, *, in_short: bool) -> str:
    """Without the lines that the reply has; empty where it tells all."""
    lines = (await overview_of(talk, subject, in_short=in_short)).splitlines()
    return "\n".join(line for line in lines if line not in reply.text)
