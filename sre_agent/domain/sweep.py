"""A look over a whole cluster: one entry a cause with what follows from it, and what nothing explains yet."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import EvidenceId, Noun

GAPS = 3  # that a headline names
UNSEEN = 400  # characters of each


class Trouble(Noun):
    """`cause`: a failure class is believed. `unexplained`: something is wrong and its cause is not certain.

    `symptoms` are the other facts and subjects that it explains, `new` says that the sweep before did not know it.
    """

    verdict: Literal["cause", "unexplained"]
    subject: Subject
    failure_class: str = ""
    confidence: float = 0.0
    statement: str
    symptoms: list[str] = Field(default_factory=list)
    since: datetime | None = None
    evidence: list[EvidenceId] = Field(default_factory=list)
    new: bool = True

    @property
    def key(self) -> str:
        """What makes it the same trouble in the next sweep."""
        return f"{self.failure_class or 'unexplained'} {self.subject.short}"


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


class Sweep(Noun):
    """`namespace` is empty for the whole cluster; `resolved` are the keys of what the sweep before still
    had (`gone` in JSON).

    `hygiene` are remarks on what is not broken, only where they were asked for. `gaps` say what could not be seen.
    `summary` is only there where one was asked for.
    """

    id: str
    namespace: str = ""
    taken_at: datetime
    troubles: list[Trouble] = Field(default_factory=list)
    resolved: list[str] = Field(alias="gone", default_factory=list)
    hygiene: list[str] = Field(default_factory=list)
    gaps: list[str] = Field(default_factory=list)
    looked_at: str = ""
    calls: int = 0
    summary: SweepSummary | None = None

    @property
    def healthy(self) -> bool:
        """Nothing is wrong in what could be seen. With gaps that is no proof."""
        return not self.troubles

    @property
    def statement(self) -> str:
        """What was found, and first of all that not everything could be seen."""
        where = f"Namespace {self.namespace}" if self.namespace else "The cluster"
        if self.troubles:
            count = f"{len(self.troubles)} {'trouble' if len(self.troubles) == 1 else 'troubles'}"
            lines = [f"{where}: {count}{f', as far as could be checked. {self._unseen}' if self.gaps else '.'}"]
            return "\n".join([*lines, *(f"- {trouble.statement}" for trouble in self.troubles)])
        scope_text = f": {self.looked_at}" if self.looked_at else ""
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
