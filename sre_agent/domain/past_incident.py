"""What is remembered of an incident that has ended, and what of it is shown when something like it comes again.

Everything in it was computed by code from facts: no sentence of a chat model is remembered, and no text of a log.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import Correctness, IncidentId, Noun, without
from sre_agent.domain.diagnosis import Hypothesis, RuledOut
from sre_agent.domain.incident import Reason, Status


class PastCause(Noun):
    """A cause that was believed: its class on its subject, and the codes of the observations that spoke for it."""

    failure_class: str
    title: str
    subject: Subject
    confidence: float
    observations: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, cause: Hypothesis) -> PastCause:
        return cls(
            failure_class=cause.failure_class,
            title=cause.title,
            subject=cause.subject,
            confidence=cause.confidence,
            observations=sorted({term.observation for term in cause.terms if term.weight > 0}),
        )

    @property
    def key(self) -> str:
        """As a hypothesis has it."""
        return f"{self.failure_class} {self.subject.short}"


class PastRemedy(Noun):
    """A remedy that was carried out and verified, or that a person turned down. `has_helped` is the verification's
    word; None: it was not carried out. `why` says what the verification showed, or the person's reason."""

    purpose: str
    has_helped: bool | None
    why: str = ""


class PastCall(Noun):
    """A call of a specialist's tool as it was made then."""

    agent: str
    tool: str
    arguments: dict[str, object] = Field(default_factory=dict)


class PastIncident(Noun):
    """`place` is where its settings looked, as a digest, and `namespace` that of the first thing it was about, empty
    for what has none: nobody else recalls it. `alarm` is a digest of its alarm and of the names that this led to.
    `observations` are the codes of all that was abnormal there, `abnormal` each with what it was about but for pods.
    `deciding_calls` bring, made again, enough to show its causes by themselves; without any, only the whole
    investigation does. `tool_calls` is what that cost, without writes and verifications.

    `catalogue` and `graph_version` are what judged it. `came_back`: its remedy did not last.
    """

    incident: IncidentId
    place: str
    cluster: str = ""
    account: str = ""
    namespace: str
    alarm: str
    title: str
    opened_at: datetime
    ended_at: datetime
    status: Status
    reason: Reason
    verdict: str
    subjects: list[Subject] = Field(default_factory=list)
    causes: list[PastCause] = Field(default_factory=list)
    observations: list[str] = Field(default_factory=list)
    abnormal: list[str] = Field(default_factory=list)
    remedies: list[PastRemedy] = Field(default_factory=list)
    ruled_out: list[RuledOut] = Field(default_factory=list)
    deciding_calls: list[PastCall] = Field(default_factory=list)
    tool_calls: int = 0
    catalogue: str = ""
    graph_version: int = 0
    came_back: bool = False

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, record: Any) -> Any:
        """Those kept no arguments of the calls that decided: the whole investigation does it."""
        return without(record, "deciding_tools")

    @property
    def text(self) -> str:
        """What a search by words looks in: the alarm, the classes, the things it was about."""
        names = [subject.name for subject in self.subjects]
        causes = [f"{cause.title} {cause.subject.name}" for cause in self.causes]
        return " ".join([self.title, *names, *causes])


class SeenBefore(Noun):
    """A past incident as people read it beside a new one. `alike` says what the two share, `worked`, `failed` and
    `also_checked` what was done and ruled out then. `grade` is what a person said of its verdict, with their `note`;
    with `wrong` its cause was a mistake, and is told as one."""

    incident: IncidentId
    ended_at: datetime
    ending: str
    cause: str = ""
    alike: list[str] = Field(default_factory=list)
    worked: list[str] = Field(default_factory=list)
    failed: list[str] = Field(default_factory=list)
    also_checked: list[str] = Field(default_factory=list)
    grade: Correctness | None = None
    note: str = ""
    came_back: bool = False

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        parts = [f"{self.ended_at:%Y-%m-%d %H:%M} UTC, {self.incident}: {self.ending}"]
        if self.cause:
            parts.append(f"{'Concluded wrongly' if self.grade == 'wrong' else 'Cause'}: {self.cause}")
        parts += [f"Worked: {'; '.join(self.worked)}"] if self.worked else []
        parts += ["It came back afterwards"] if self.came_back else []
        parts += [f"Failed: {'; '.join(self.failed)}"] if self.failed else []
        parts += [f"Also checked: {'; '.join(self.also_checked)}"] if self.also_checked else []
        parts += [f"Graded {self.grade}{f': {self.note}' if self.note else ''}"] if self.grade else []
        return f"{'. '.join(parts)}. In common: {', '.join(self.alike)}."
