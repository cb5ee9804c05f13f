"""How a namespace stands in one letter, by a rule that is printed with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from sre_agent.domain.base import Noun, Severity

GradeLetter = Literal["A", "B", "C", "D", "F", "?"]
LETTERS: Final[dict[Severity, GradeLetter]] = {"SEV1": "F", "SEV2": "D", "SEV3": "C", "SEV4": "B"}
GRADE_RULE: Final = (
    "F: an outage (SEV1); D: a serious trouble (SEV2); C: another trouble (SEV3); B: notes only (SEV4); A: nothing;"
    " ?: nothing in what could be read, which was not all"
)


class NamespaceGrade(Noun):
    """`namespace` is empty for what belongs to none, `cluster` where there is only one."""

    cluster: str = ""
    namespace: str
    grade: GradeLetter
    at: datetime
    sweep: str


def grade_of(severities: Iterable[Severity], *, complete: bool) -> GradeLetter:
    """By `GRADE_RULE`: the worst trouble counts. Nothing is graded well that was not read completely."""
    worst = min(severities, default=None)  # SEV1 sorts first
    if worst is not None:
        return LETTERS[worst]
    return "A" if complete else "?"
