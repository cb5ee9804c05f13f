"""A look over a whole cluster: one entry per cause with what follows from it, what nothing explains yet, which alarms
fire beside it, and what will be trouble one day."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import EvidenceId, Noun, Severity
from sre_agent.domain.namespace_grade import NamespaceGrade

GAPS = 3  # that a headline names
UNSEEN = 400  # characters of each
WORKLOADS: Final = "workloads"  # the check that all troubles of older sweeps are of
TITLE: Final = 140  # characters
SHORT_LIVED: Final = ("Pod", "ReplicaSet", "ControllerRevision", "Endpoints")  # other ones after each restart


class Trouble(Noun):
    """`cause`: a failure class is believed. `unexplained`: something is wrong and its cause is not certain. `alarm`: an
    alarm is firing that nothing of these explains. `risk`: nothing is broken by it yet.

    `check` is the one that says so. `severity` is that of an incident about it; SEV4 is a note, by which nothing is
    unhealthy. `symptoms` are the other facts and subjects that it explains, `watches` what a firing alarm is about.
    `new` says that the sweep before did not know it, `worse` what got worse since; both empty for what is as it was.
    `incident` is the one that is about it, where there is one.
    """

    verdict: Literal["cause", "unexplained", "alarm", "risk"]
    check: str = WORKLOADS
    severity: Severity = "SEV3"
    subject: Subject
    failure_class: str = ""
    confidence: float = 0.0
    statement: str
    symptoms: list[str] = Field(default_factory=list)
    watches: list[str] = Field(default_factory=list)
    since: datetime | None = None
    evidence: list[EvidenceId] = Field(default_factory=list)
    new: bool = True
    worse: str = ""
    incident: str = ""

    @property
    def title(self) -> str:
        """One line, for who knows it."""
        what = self.failure_class or self.statement
        return f"{self.subject.short}: {what if len(what) <= TITLE else what[: TITLE - 1] + '…'}"

    @property
    def key(self) -> str:
        """What makes it the same trouble in the next sweep."""
        kind = self.check if self.verdict in ("alarm", "risk") else self.failure_class or "unexplained"
        return f"{kind} {self.subject.short}"

    @property
    def touches(self) -> frozenset[str]:
        """The subjects that it is about, those of its symptoms included, as `Kind/namespace/name`."""
        return frozenset(
            (self.subject.short, *(symptom.rpartition(" ")[2] for symptom in self.symptoms), *self.watches)
        )

    @property
    def places(self) -> frozenset[str]:
        """These without the ones that are replaced whenever something restarts."""
        return frozenset(short for short in self.touches if short.partition("/")[0] not in SHORT_LIVED)

    @property
    def namespaces(self) -> frozenset[str]:
        """Those of what it touches; empty where that is in none."""
        parts = [short.split("/") for short in (self.subject.short, *self.watches)]
        return frozenset(part[1] for part in parts if len(part) == 3)

    @property
    def is_news(self) -> bool:
        """The sweep before did not have it, or not as bad."""
        return self.new or bool(self.worse)

    @property
    def is_note(self) -> bool:
        return self.severity == "SEV4"


class SweepSummary(Noun):
    """A sweep in a few sentences of the engine's. `by` is the chat model that picked them; empty where none did.

    `words` are the model's own and not verified; `omissions` more of its sentences were dropped, since what they name
    is not in the sweep. `note` is what a reader has to know, `job` the batch job that writes it while there is no text.
    """

    text: str = ""
    words: str = ""
    by: str = ""
    omissions: int = Field(alias="cut", default=0)
    note: str = ""
    job: str = ""


class SweepOptions(Noun):
    """What a sweep is to look at: one `namespace`, empty for all, of one `cluster` of the settings, empty for the one
    that is meant anyway.

    `hygiene` asks for remarks on what is not broken too, `summary` for a summary; `before` is what it is compared with.
    """

    namespace: str = ""
    cluster: str = ""
    hygiene: bool = False
    summary: bool = False
    before: Sweep | None = None


class SweepCheckResult(Noun):
    """What one check of a sweep came to: whether it could read all that it wanted, and how many troubles it has."""

    name: str
    title: str
    complete: bool
    troubles: int = 0


class Sweep(Noun):
    """`namespace` is empty for the whole cluster, `cluster` where there is only one; `resolved` are the keys of what
    the sweep before still had (`gone` in JSON).

    `hygiene` are remarks on what is not broken, only where they were asked for. `gaps` say what could not be seen,
    `unverified` are troubles of the sweep before whose check could not be made this time. `exclusions` say in a line
    each what is left out on purpose, `ended_exclusions` which of these have come to their end since the last sweep.
    `summary` is only there where one was asked for.
    """

    id: str
    cluster: str = ""
    namespace: str = ""
    taken_at: datetime
    troubles: list[Trouble] = Field(default_factory=list)
    resolved: list[str] = Field(alias="gone", default_factory=list)
    unverified: list[Trouble] = Field(default_factory=list)
    exclusions: list[str] = Field(default_factory=list)
    ended_exclusions: list[str] = Field(default_factory=list)
    hygiene: list[str] = Field(default_factory=list)
    checks: list[SweepCheckResult] = Field(default_factory=list)
    grades: list[NamespaceGrade] = Field(default_factory=list)
    gaps: list[str] = Field(default_factory=list)
    looked_at: str = ""
    calls: int = 0
    summary: SweepSummary | None = None

    @property
    def wrong(self) -> list[Trouble]:
        """The troubles without the notes."""
        return [trouble for trouble in self.troubles if not trouble.is_note]

    @property
    def healthy(self) -> bool:
        """Nothing is wrong in what could be seen. With gaps that is no proof."""
        return not self.wrong

    @property
    def news(self) -> list[str]:
        """A line for each thing that the sweep before did not say; empty where there is nothing to tell anybody."""
        return [
            *(f"New: {one.severity} {one.statement}" for one in self.troubles if one.new),
            *(f"Worse: {one.title} ({one.worse})" for one in self.troubles if one.worse),
            *(f"Resolved: {key}" for key in self.resolved),
            *(f"No longer left out: {line}" for line in self.ended_exclusions),
        ]

    @property
    def sections(self) -> list[tuple[str, list[str]]]:
        """Title and lines of what a reader is shown below the news; only sections that have any."""
        sections = [
            ("Known", [f"{one.severity} {one.title}" for one in self.troubles if not one.is_news]),
            ("Resolved since the last sweep", self.resolved),
            ("Not checked again", [one.title for one in self.unverified]),
            ("Left out", self.exclusions),
            ("No longer left out", self.ended_exclusions),
            ("Unwise", self.hygiene),
            ("Not checked", self.gaps),
        ]
        return [(title, lines) for title, lines in sections if lines]

    @property
    def statement(self) -> str:
        """What was found, and first of all that not everything could be seen."""
        where = f"Namespace {self.namespace}" if self.namespace else f"The cluster {self.cluster}".rstrip()
        notes = _count_text(len(self.troubles) - len(self.wrong), "note")
        if self.wrong:
            count = _count_text(len(self.wrong), "trouble") + (f" and {notes}" if notes else "")
            lines = [f"{where}: {count}{f', as far as could be checked. {self._unseen}' if self.gaps else '.'}"]
            return "\n".join([*lines, *(f"- {trouble.statement}" for trouble in self.troubles)])
        scope_text = (f": {self.looked_at}" if self.looked_at else "") + (f"; {notes}" if notes else "")
        if not self.gaps:
            return f"{where} is healthy{scope_text}."
        if not scope_text:
            return f"{where}: there was nothing to judge. {self._unseen}"
        return f"{where} is healthy as far as could be checked{scope_text}. {self._unseen}"

    @property
    def _unseen(self) -> str:
        """The gaps without their reasons."""
        gap_names = [gap.partition(". ")[0][:UNSEEN] for gap in self.gaps[:GAPS]]
        more = [f"{len(self.gaps) - GAPS} more"] if len(self.gaps) > GAPS else []
        return f"Not checked: {'; '.join([*gap_names, *more])}."


def _count_text(number: int, word: str) -> str:
    """`2 notes`; empty for none."""
    return f"{number} {word if number == 1 else word + 's'}" if number else ""
