"""A conversation: each question is read, looked up and answered; `it` and `the other one` are of the answer before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import grammar
from sre_agent.chat.answers import (
    alarms,
    callers,
    changes,
    compare,
    describe,
    events,
    fix,
    logs,
    metrics,
    network,
    objects,
    rights,
    said,
)
from sre_agent.chat.answers import health as health_answers
from sre_agent.chat.answers import runbooks as runbook_answers
from sre_agent.chat.desk import Desk
from sre_agent.chat.names import Memory
from sre_agent.chat.query import Intent, Query
from sre_agent.chat.reply import Reply, within
from sre_agent.chat.talk import Responding, Talk
from sre_agent.clock import Clock
from sre_agent.toolbox.toolbox import Toolbox

Answering = Callable[[Query, Talk], Awaitable[Reply]]
ANSWERS: Final[dict[Intent, Answering]] = {
    "help": said.help_,
    "unknown": said.unknown,
    "order": said.order,
    "runbooks": runbook_answers.answer,
    "fix": fix.answer,
    "advise": fix.advise,
    "may": rights.answer,
    "compare": compare.answer,
    "alarms": alarms.answer,
    "events": events.answer,
    "callers": callers.answer,
    "reach": network.answer,
    "logs": logs.answer,
    "metrics": metrics.answer,
    "changes": changes.answer,
    "count": objects.answer,
    "list": objects.answer,
    "troubles": health_answers.troubles,
    "why": health_answers.why,
    "healthy": health_answers.healthy,
    "describe": describe.answer,
}
GOES_ON: Final = frozenset({"summary", "logs", "duration", "when", "search", "count"})


class Conversation:
    """`responding` opens incidents and sweeps; everything else only reads. Questions are asked one after another."""

    def __init__(self, toolbox: Toolbox, clock: Clock, responding: Responding) -> None:
        self._toolbox, self._clock, self._responding = toolbox, clock, responding
        self._memory = Memory()
        self._asked = 0

    async def ask(self, text: str) -> Reply:
        """The answer to a sentence, which may hold several questions. Raises nothing for what cannot be answered."""
        now = self._clock.now()
        self._asked += 1
        desk = Desk(self._toolbox, self._clock, f"chat-{now:%Y%m%dT%H%M%S}-{self._asked}")
        queries = grammar.read(text, now)
        replies: list[Reply] = []
        for number, query in enumerate(queries):
            meant = _inherited(query, queries[number - 1], replies[-1]) if number else query
            talk = Talk(desk, self._memory, self._responding)
            replies.append(await ANSWERS[meant.intent](meant, talk))
        return _joined(text, replies, desk)

    @property
    def subjects(self) -> list[Subject]:
        """What the last answer was about."""
        return self._memory.subjects


def _inherited(query: Query, before: Query, reply: Reply) -> Query:
    """A later question of the same sentence is about the same things where it names none."""
    if query.several and before.kinds and before.intent in ("count", "list") and not (query.kinds or query.named):
        of_them: Intent = "list" if query.intent in ("describe", "healthy", "list", "unknown") else query.intent
        query = replace(query, kinds=before.kinds, refers="", intent=of_them)
    changed = {}
    if not query.named and not query.log_group and not query.refers:
        changed["mentions"] = before.mentions
    if not query.log_group:
        changed["log_group"] = before.log_group  # type: ignore[assignment]
    if not query.window:
        changed["window"] = before.window  # type: ignore[assignment]
    if before.intent == "logs" and query.intent in ("unknown", "count", "list", "troubles") and query.cues & GOES_ON:
        changed["intent"] = "logs"  # type: ignore[assignment]
    if reply.outcome != "answered":
        return query
    return replace(query, **changed)  # type: ignore[arg-type]


def _joined(text: str, replies: list[Reply], desk: Desk) -> Reply:
    """One answer of several, with the evidence of all."""
    first = replies[0]
    worst = next((reply for reply in replies if reply.outcome != "answered"), first)
    report = next((reply.report for reply in replies if reply.report is not None), None)
    lines = desk.evidence
    return Reply(
        question=text,
        intent=first.intent,
        outcome=worst.outcome,
        text=within("\n".join(dict.fromkeys(reply.text for reply in replies))),
        evidence=lines,
        looked_at=list(dict.fromkeys([*desk.looked_at, *(x for reply in replies for x in reply.looked_at)])),
        tool_calls=len(desk.asked) + sum(reply.tool_calls for reply in replies),
        subjects=list(dict.fromkeys(s for reply in replies for s in reply.subjects)),
        choices=list(dict.fromkeys(c for reply in replies for c in reply.choices)),
        report=report,
    )
