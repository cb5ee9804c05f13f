"""When a Job or CronJob last came to a good end: by its own status, and that it never did."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply

RUN_KINDS: Final = ("CronJob", "Job")
_SUCCESS: Final = {"CronJob": "status.lastSuccessfulTime", "Job": "status.completionTime"}
_BEGAN: Final = {"CronJob": "status.lastScheduleTime", "Job": "status.startTime"}


@answers("runs")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """For each thing that is named."""
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    if not subjects:
        text = 'Name a Job or CronJob, for example "when did cronjob cleanup last succeed".'
        return talk.reply(query, text, outcome="cannot")
    return talk.reply(query, "\n".join([await _one(talk, s) for s in subjects]), subjects=subjects)


async def _one(talk: AnswerContext, subject: Subject) -> str:
    if subject.kind not in RUN_KINDS:
        return f"{subject.short} has no runs: only Jobs and CronJobs succeed or fail."
    good, began = _SUCCESS[subject.kind], _BEGAN[subject.kind]
    row, evidence = await talk.object(subject, good, began, "states")
    mark = talk.lookups.cite(evidence, subject.name)
    if evidence.answer is None or not row:
        return f"{subject.short} could not be read. {mark}"
    verb = "was last due" if subject.kind == "CronJob" else "began"
    due = f" It {verb} at {row[began]}." if row.get(began) else " It has never run."
    if row.get(good):
        due += " That run has not succeeded." if str(row.get(began) or "") > str(row[good]) else ""
        return f"{subject.short} last succeeded at {row[good]}.{due} {mark}"
    return f"{subject.short} has never succeeded, according to its status.{due} {mark}"
