"""What is wrong anywhere: every trouble of a namespace or the cluster with its cause."""

from __future__ import annotations

from typing import Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import alarms
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.watched import users_of_watched
from sre_agent.chat.lookup_session import rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.sweep import Sweep

STATED_TOGETHER: Final = 1_200  # characters of several


async def _is_empty(talk: AnswerContext, namespace: str) -> bool:
    """Whether a namespace has no pod; False where that could not be read."""
    if not namespace:
        return False
    evidence = await talk.lookups.select("Pod", namespace, columns=["name"], limit=1)
    return evidence.answer is not None and not rows(evidence)


def _sweep_head(sweep: Sweep, *, alarms_on: bool, empty: bool) -> str:
    """What a sweep came to. Nothing is called healthy while an alarm is on, nor a namespace in which nothing runs."""
    where = f"namespace {sweep.namespace}" if sweep.namespace else "the cluster"
    if empty:
        return f"Nothing runs in {where}: it has no pod."
    if alarms_on:
        return f"No object of {where} is in trouble."
    return sweep.statement.split("\n")[0]


@answers("troubles")
async def troubles(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """Everything that is wrong in a namespace or the cluster, as causes."""
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    sweep = await talk.responding.sweep(namespace)
    wrong = [one for one in sweep.wrong if not query.excludes(one.subject.name)]
    subjects = [trouble_.subject for trouble_ in wrong]
    is_clear = sweep.healthy or not wrong  # but for what is not asked about
    beside = await alarms.beside(talk, namespace) if is_clear else ""
    empty = sweep.healthy and await _is_empty(talk, namespace)
    lines = [_sweep_head(sweep, alarms_on=bool(beside), empty=empty)]
    if query.excluded:
        number = f"{len(wrong) or 'nothing'} more {'was' if len(wrong) < 2 else 'were'} found"
        lines = [f"Besides {' and '.join(query.excluded)}, {number}{':' if wrong else '.'}"]
    each = max(200, min(520, STATED_TOGETHER // max(1, len(wrong))))
    for one in wrong[:12]:
        marks = {"cause": f" ({whole_percent(one.confidence)}%)", "unexplained": " (cause unknown)"}
        sure = marks.get(one.verdict, "")
        mark = await talk.lookups.recall(one.evidence[0]) if one.evidence else ""
        lines.append(f"- {within(one.statement, each)}{sure} {mark}".rstrip())
    if is_clear and sweep.gaps:
        lines.append(f"Not everything could be read: {sweep.gaps[0]}")
    lines.append(beside)
    if namespace and beside:
        users, workloads = await users_of_watched(talk, namespace)
        lines += users
        subjects += workloads
    text = within("\n".join(line for line in lines if line))
    return talk.reply(query, text, subjects=subjects[:8], namespace=namespace, calls=sweep.calls)
