"""Whether the system recovered: what was checked, and what it comes to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from sre_agent.domain.action import Action
from sre_agent.domain.base import EvidenceId, Noun, renamed

Proof = Literal["proved", "not_healed", "inconclusive"]  # what a verification comes to


class Check(Noun):
    """One thing that must be true for the system to count as recovered, as a sentence, and what was read of it.

    `about` is what it looks at: the `subject` (its short name), the alarm behind the signal, the runbook that ran, the
    namespace, the requests and errors of its services, or the object that an undo has to give back.
    """

    what: str
    about: Literal["subject", "alarm", "runbook", "namespace", "traffic", "undo"] = "subject"
    subject: str = ""
    ok: bool | None  # None: could not be read
    reading: str
    evidence: EvidenceId | Literal[""] = ""

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, value: Any) -> Any:
        """sre-report/2 has `seen`."""
        return renamed(value, {"seen": "reading"})


class Verification(Noun):
    """All checks at one moment, and what they come to.

    `proved`: every check that can be made holds, nothing is worse than before the write, and it has held. `not_healed`:
    something is seen that is wrong, or worse. `inconclusive`: nothing wrong is seen, and not enough to call it proved;
    that is never success. `of_undo`: what was verified is that an undo gave the state back.

    `failed`: the remedy itself ended badly, or the undo did, so that nothing is waited for. `away`: for a while the
    tools could not show all. `well_since`: since when every check passes; `confirming`: seconds for which they have to
    keep passing.
    """

    at: datetime
    verdict: Proof
    of_undo: bool = False
    failed: bool = False
    checks: list[Check]
    worse: list[str] = Field(default_factory=list)
    away: bool = False
    well_since: datetime | None = None
    confirming: float = 0.0

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, value: Any) -> Any:
        """sre-report/1 has `healed`, /2 and /3 have `recovered`: true, false where the remedy failed, else null."""
        value = renamed(value, {"healed": "recovered"})
        if not isinstance(value, dict) or "recovered" not in value:
            return value
        rest = {key: value for key, value in value.items() if key != "recovered"}
        failed = value["recovered"] is False
        wrong = failed or value.get("worse") or any(check.get("ok") is False for check in value.get("checks", []))
        verdict = "proved" if value["recovered"] else "not_healed" if wrong else "inconclusive"
        return {**rest, "verdict": verdict, "failed": failed}

    @property
    def is_blind(self) -> bool:
        """No look at all, since the tools were away: a later one may show it."""
        unseen = not self.checks or any(check.ok is None for check in self.checks)
        return self.away and unseen and self.verdict == "inconclusive"


class FailedRemedy(Noun):
    """A remedy that was written and did not heal: what the last look at it showed, and what became of its undo (None
    where there was none to verify)."""

    action: Action
    permit: str
    verification: Verification
    undo: Verification | None = None
