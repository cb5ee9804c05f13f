"""Whose logs hold some words, where nothing is named whose logs are meant: workload by workload."""

from __future__ import annotations

import asyncio
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.namespace_logs import workloads
from sre_agent.chat.answers.wording import where
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
READ: Final = 20  # workloads whose logs are read
LINE: Final = 160


async def answer(query: ChatQuery, talk: AnswerContext, namespace: str) -> ChatReply:
    """A line for each workload that logs the words, with how often and the last time; in which logs none has them."""
    subjects, unread_kind = await workloads(talk, namespace, KINDS, limit=READ)
    if unread_kind is not None:
        return talk.failed(query, unread_kind)
    words = list(query.texts)
    studies = await asyncio.gather(*(_study(talk, subject, words) for subject in subjects[:READ]))
    matches = [(s, one) for s, one in zip(subjects, studies, strict=False) if data(one).get("matched")]
    unread = [s.short for s, one in zip(subjects, studies, strict=False) if one.answer is None]
    lines = [_line(talk, subject, evidence) for subject, evidence in matches]
    what = " and ".join(f'"{word}"' for word in words)
    count = f"{len(matches) or 'None'} of the {len(studies)} workloads {where(namespace)}"
    head = f"{count} {'logs' if len(matches) == 1 else 'log'} {what}{':' if lines else '.'}"
    rest = [f"Logs that could not be read: {', '.join(unread)}."] if unread else []
    rest += [f"The logs of {len(subjects) - READ} more were not read."] if len(subjects) > READ else []
    text = within("\n".join([head, *lines, *rest]))
    return talk.reply(query, text, subjects=[subject for subject, _ in matches], namespace=namespace)


async def _study(talk: AnswerContext, subject: Subject, words: list[str]) -> Evidence:
    return await talk.lookups.look_up(
        "kubernetes", "kubectl_study_logs", namespace=subject.namespace, name=subject.name, contains=words, limit=1
    )


def _line(talk: AnswerContext, subject: Subject, evidence: Evidence) -> str:
    study = data(evidence)
    times = "once" if study["matched"] == 1 else f"{study['matched']} times"
    line = excerpt(str(study["lines"][0]["text"]), LINE) if study["lines"] else ""
    return f"- {subject.short} {times}, last at {study['last']}: {line} {talk.lookups.cite(evidence, line)}"
