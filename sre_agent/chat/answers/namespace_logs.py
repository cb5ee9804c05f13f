"""What the logs of a whole namespace complain of, workload by workload, where no one thing is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.log_words import trouble
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet")
STUDY: Final = "kubectl_study_logs"
READ: Final = 6  # workloads whose logs are read
EACH: Final = 420  # characters


async def workloads(
    talk: AnswerContext, namespace: str, kinds: Sequence[str], *, limit: int
) -> tuple[list[Subject], Evidence | None]:
    """Those of a namespace (empty: of the cluster), at most `limit` of each kind; or the listing that failed."""
    subjects: list[Subject] = []
    for kind in kinds:
        evidence = await talk.lookups.select(kind, namespace, columns=["name"], limit=limit)
        if evidence.answer is None:
            return [], evidence
        scope = str(data(evidence).get("scope", ""))
        subjects += [
            Subject(scope=scope, kind=kind, namespace=str(row.get("namespace") or namespace), name=str(row["name"]))
            for row in rows(evidence)
        ]
    return subjects, None


async def answer(query: ChatQuery, talk: AnswerContext, namespace: str) -> ChatReply | None:
    """The errors and warnings of each; None where no namespace is named, or no errors are asked for."""
    if not namespace or not query.level:
        return None
    subjects, unread_kind = await workloads(talk, namespace, KINDS, limit=READ)
    if unread_kind is not None:
        return talk.failed(query, unread_kind)
    if not subjects:
        return talk.reply(query, f"No workload is in namespace {namespace}.", namespace=namespace)
    lines, complainants = list[str](), list[Subject]()
    for subject in subjects[:READ]:
        log_trouble = await trouble(talk, subject)
        if log_trouble.in_lines:
            complainants.append(subject)
            lines.append(f"- {subject.short}: {within(log_trouble.text, EACH)}")
    unread = {str(one.arguments["name"]) for one in talk.lookups.ledger if one.tool == STUDY and one.answer is None} - {
        str(one.arguments["name"]) for one in talk.lookups.ledger if one.tool == STUDY and one.answer is not None
    }
    head = f"{len(complainants) or 'None'} of {len(subjects[:READ])} workloads of namespace {namespace} log problems:"
    rest = [f"The logs of {enumeration(sorted(unread))} could not be read."] if unread else []
    rest += [f"The logs of {len(subjects) - READ} more were not read."] if len(subjects) > READ else []
    text = within("\n".join([head if lines else f"{head[:-1]}.", *lines, *rest]))
    return talk.reply(query, text, subjects=complainants, namespace=namespace)
