"""What people graded says what the confidence is worth here: by range and by class, with how sure that is."""

from __future__ import annotations

from sre_agent.domain.base import Correctness, IncidentId
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.reports.calibration import calibration
from tests.slots.test_store import NOON


def grade_of(
    number: int, correctness: Correctness, verdict: str, confidence: float | None, cause: str
) -> IncidentGrade:
    return IncidentGrade(
        incident=IncidentId(f"inc-{number}"),
        correctness=correctness,
        by="ada",
        at=NOON,
        verdict=verdict,
        failure_class=cause,
        confidence=confidence,
    )


def test_verdicts_with_a_cause_count_by_confidence_and_all_by_class_or_verdict() -> None:
    grades = [
        *(grade_of(number, "right", "cause", 0.93, "oom_killed") for number in range(9)),
        grade_of(9, "wrong", "cause", 0.97, "bad_rollout"),
        grade_of(10, "partly", "cause", 0.7, "oom_killed"),
        grade_of(11, "wrong", "no_fault", None, ""),
        grade_of(12, "right", "inconclusive", 0.4, "oom_killed"),
    ]
    result = calibration(grades)
    top, middle = result.by_confidence
    assert (top.group, top.graded, top.right, top.wrong, top.share_right) == ("90% to 100%", 10, 9, 1, 0.9)
    assert 0.5 < top.at_least < 0.9 < top.at_most < 1 and top.mean_confidence is not None
    assert (middle.group, middle.partly, middle.share_right) == ("70% to 80%", 1, 0.0)
    assert [(row.group, row.graded) for row in result.by_class] == [
        ("oom_killed", 10),
        ("bad_rollout", 1),
        ("inconclusive", 1),
        ("no_fault", 1),
    ]


def test_without_grades_there_is_nothing_to_say() -> None:
    assert calibration([]).by_confidence == calibration([]).by_class == []
