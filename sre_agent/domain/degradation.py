"""How much of the responder works: the level, and what keeps it from the one above."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from pydantic import Field

from sre_agent.domain.base import Noun

DegradationLevel = Literal[
    "full",
    "no_small_model",  # what small models route and write is done by rules
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
    """`level` is the lowest that any limitation leaves; `limitations` are in the order of the levels."""

    level: DegradationLevel = "full"
    limitations: list[Limitation] = Field(default_factory=list)

    @classmethod
    def of(cls, limitations: Iterable[Limitation]) -> Degradation:
        by_level = sorted(limitations, key=lambda one: LEVELS.index(one.level))
        return cls(level=by_level[-1].level if by_level else "full", limitations=by_level)

    @property
    def sentence(self) -> str:
        """As a report has it: the level, and why it is no higher."""
        parts = ["none" if self.level == "full" else self.level.replace("_", " ")]
        return ". ".join([*parts, *(one.why.rstrip(".") for one in self.limitations)]) + "."
