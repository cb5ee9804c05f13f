"""What an answer is made with: the lookups, the names, what was said before, and the ways to an incident or a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mcp_servers.contract.facts import Subject
from sre_agent.chat.incident_history import IncidentHistory
from sre_agent.chat.lookup_session import LookupSession, plain, rows
from sre_agent.chat.memory import ConversationMemory, is_out_of_reach
from sre_agent.chat.names import Names
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, Outcome
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Hint
from sre_agent.domain.sweep import Sweep
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup


@dataclass(frozen=True)
class DecisionRights:
    """Who asks, and by what they are known. `lacking` says why they may not decide; empty: they may."""

    name: str
    identity: str
    lacking: str = ""


class ResponderActions(Protocol):
    """The ways out of a conversation that do more than read a fact."""

    async def investigate(self, text: str, hints: Sequence[Hint]) -> Report | None:
        """Look into it as into an incident, without doing anything."""

    async def respond(self, text: str, hints: Sequence[Hint]) -> tuple[Incident, Report | None]:
        """Open an incident, with approval as usual."""

    def answered_by(self, incident: Incident) -> str:
        """The command that answers the incident's open question later."""

    async def sweep(self, namespace: str) -> Sweep:
        """Everything that is wrong in a namespace (empty: the cluster)."""

    async def question(self, incident: Incident) -> Question | None:
        """The incident's open approval question."""

    @property
    def decision_rights(self) -> DecisionRights:
        """Of who asks the present question."""

    async def decide(self, incident: str, answer: ApprovalAnswer) -> tuple[Incident, Report | None]:
        """Answer an incident's open question as who asks; its report where it is followed to its end. Raises
        BadInputError or NotNowError."""


class AnswerContext:
    def __init__(
        self,
        lookups: LookupSession,
        memory: ConversationMemory,
        responding: ResponderActions,
        history: IncidentHistory,
        region: str = "",
    ) -> None:
        self.lookups, self.memory, self.responding, self.history = lookups, memory, responding, history
        self.region = region
        self.names = Names(lookups, memory)

    def reply(
        self,
        query: ChatQuery,
        text: str,
        *,
        outcome: Outcome = "answered",
        subjects: Sequence[Subject] = (),
        choices: Sequence[str] = (),
        namespace: str = "",
        report: Report | None = None,
        calls: int = 0,
        holder: Subject | None = None,
        results: Sequence[Subject] = (),
    ) -> ChatReply:
        """The answer; what it is about is remembered, that it all belongs to `holder`, and its `results`."""
        if outcome == "answered" or subjects:
            self.memory.remember(subjects, namespace, holder)
            self.memory.results = [*results]
        return ChatReply(
            question=query.text,
            intent=query.intent,
            outcome=outcome,
            text=text[:1].upper() + text[1:],
            tool_calls=calls,
            subjects=[s.short for s in subjects],
            choices=list(choices),
            report=report,
        )

    def unmet(self, query: ChatQuery, lookup: Lookup) -> ChatReply:
        """Why a name leads nowhere, and what may be meant."""
        outcome: Outcome = "unavailable" if is_out_of_reach(lookup) else "not_found"
        if (
            isinstance(lookup, AbsentEntity) and lookup.certain and query.intent in ("count", "list")
        ):  # that there is none is the answer
            outcome = "answered"
        if isinstance(lookup, AmbiguousEntity):
            outcome = "choice"
        return self.reply(query, lookup.says, outcome=outcome, choices=lookup.choices)

    async def resolve(self, query: ChatQuery) -> tuple[str, list[Subject], ChatReply | None]:
        """The namespace and the things that are named, or the reply that one of the names leads nowhere."""
        namespace, problem = await self.names.namespace(query)
        if problem is not None:
            return "", [], self.unmet(query, problem)
        lookups = await self.names.all_meant(query, namespace)
        if unmet := next((one for one in lookups if one.subject is None), None):
            return namespace, [], self.unmet(query, unmet)
        return namespace, [one.subject for one in lookups if one.subject is not None], None

    def failed(self, query: ChatQuery, evidence: Evidence) -> ChatReply:
        """What could not be read."""
        text = f"That could not be read. {plain(evidence.error)} {self.lookups.cite(evidence)}"
        return self.reply(query, text, outcome="unavailable")

    async def object(self, subject: Subject, *columns: str) -> tuple[dict[str, Any], Evidence]:
        """One object's columns (empty where it is gone), and the evidence."""
        evidence = await self.lookups.select(
            subject.kind, subject.namespace, where=[{"column": "name", "is": subject.name}], columns=list(columns)
        )
        return next(iter(rows(evidence)), {}), evidence

    async def pods_of(self, subject: Subject) -> str | None:
        """The label selector of a workload's or Service's pods; None where it has none."""
        path = "spec.selector" if subject.kind == "Service" else "spec.selector.matchLabels"
        row, _ = await self.object(subject, path)
        labels = row.get(path)
        return ",".join(f"{key}={value}" for key, value in labels.items()) if isinstance(labels, dict) else None


def hint(subject: Subject, said_in: str = "question") -> Hint:
    return Hint(kind=subject.kind, namespace=subject.namespace, name=subject.name, said_in=said_in)
