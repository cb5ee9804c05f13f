"""A past incident as people read it beside a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.past_incident import PastIncident, PastRemedy, SeenBefore

IN_WORDS: Final = "similar words in the alarm"
CHECKED: Final = 3


def seen_before(past: PastIncident, grade: IncidentGrade | None, alike: Sequence[str]) -> SeenBefore:
    return SeenBefore(
        incident=past.incident,
        ended_at=past.ended_at,
        ending=f"{past.status}/{past.reason}".rstrip("/"),
        cause=" and ".join(f"{cause.title} ({cause.subject.short})" for cause in past.causes),
        alike=list(alike) or [IN_WORDS],
        worked=[one.purpose for one in past.remedies if one.has_helped],
        failed=[_with_reason(one) for one in past.remedies if not one.has_helped],
        also_checked=[f"{one.failure_class} on {one.subject}: {one.why}" for one in past.ruled_out[:CHECKED]],
        grade=grade.correctness if grade is not None else None,
        note=grade.note if grade is not None else "",
        came_back=past.came_back,
    )


def _with_reason(remedy: PastRemedy) -> str:
    return f"{remedy.purpose} ({remedy.why})" if remedy.why else remedy.purpose
