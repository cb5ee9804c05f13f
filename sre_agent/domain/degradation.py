"""How much of the responder works: the level, and what keeps it from the one above."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field

from sre_agent.domain.base import Noun

DegradationLevel = Literal[
    "full",
    "no_large_model",  # investigations ask small models alone
    "no_model",  # rules decide, as without a chat model
    "read_only",  # nothing is changed; what would be done is proposed
    "intake_only",  # alarms are taken in and wait
]
LEVELS: Final[tuple[DegradationLevel, ...]] = get_args(DegradationLevel)


class Limitation(Noun):
    """One thing that lowers the level, and why, as a sentence."""

    level: DegradationLevel
    why: str


class Degradation(Noun):
    """The lowest level that any limitation leaves; `limitations` in the order of the levels."""

    limitations: list[Limitation] = Field(default_factory=list)

    @property
    def level(self) -> DegradationLevel:
        return max((one.level for one in self.limitations), key=LEVELS.index, default="full")

    @property
    def sentence(self) -> str:
        """As a report has it: the level, and why it is no higher."""
        told = ["none" if self.level == "full" else self.level.replace("_", " ")]
        return ". ".join([*told, *(one.why.rstrip(".") for one in self.limitations)]) + "."
