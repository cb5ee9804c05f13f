"""What came of a remedy in a copy of the live namespace, before it is asked about or written unattended."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from sre_agent.domain.base import Noun

RehearsalResult = Literal["heals", "would_not_heal", "harms", "cannot_be_rehearsed", "not_rehearsed"]
WORDS: Final[dict[RehearsalResult, str]] = {
    "heals": "rehearsed: heals",
    "would_not_heal": "rehearsed: would not heal",
    "harms": "rehearsed: would do harm",
    "cannot_be_rehearsed": "cannot be rehearsed",
    "not_rehearsed": "not rehearsed",
}


class Rehearsal(Noun):
    """`why` says what decided it. Of one that heals, `seconds` is the longest that it took there, and `notes` are what
    the person who is asked should know of the namespace afterwards. `objects` were copied in `read_ms`, and all of it
    took `ms`, both by the wall. `action_digest` names what was tried."""

    result: RehearsalResult
    why: str = ""
    seconds: float | None = None
    notes: list[str] = Field(default_factory=list)
    objects: int = 0
    read_ms: float = 0.0
    ms: float = 0.0
    action_digest: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether the remedy is neither written nor asked about."""
        return self.result in ("would_not_heal", "harms")

    @property
    def text(self) -> str:
        """As a question and a report tell it."""
        within = f" in {self.seconds:.0f} s" if self.result == "heals" and self.seconds is not None else ""
        details = "; ".join(part for part in (self.why, *self.notes) if part)
        mark = ", " if self.result == "heals" else ": "
        return f"{WORDS[self.result]}{within}{mark if details else ''}{details}"
