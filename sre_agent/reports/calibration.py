"""What the confidence of this installation is worth, by what people said of its verdicts afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pydantic import BaseModel

from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.interval import wilson

LOWER_BOUNDS: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.0)


class CalibrationRow(BaseModel):
    """`group` is a range of confidence, a failure class or a verdict without a cause. `share_right` lies between
    `at_least` and `at_most` with 95 %; `mean_confidence` is None where there was no cause."""

    group: str
    graded: int
    right: int
    partly: int
    wrong: int
    share_right: float
    at_least: float
    at_most: float
    mean_confidence: float | None


class Calibration(BaseModel):
    """Of verdicts with a cause, by its confidence; of all, by failure class or verdict. A `partly` is not right."""

    by_confidence: list[CalibrationRow]
    by_class: list[CalibrationRow]


def calibration(grades: Sequence[IncidentGrade]) -> Calibration:
    with_cause = [one for one in grades if one.verdict == "cause" and one.confidence is not None]
    return Calibration(
        by_confidence=_rows(with_cause, _range_of),
        by_class=sorted(_rows(grades, _class_of), key=lambda row: (-row.graded, row.group)),
    )


def _rows(grades: Iterable[IncidentGrade], group_of: Callable[[IncidentGrade], str]) -> list[CalibrationRow]:
    groups: dict[str, list[IncidentGrade]] = {}
    for one in grades:
        groups.setdefault(group_of(one), []).append(one)
    return [_row(group, groups[group]) for group in sorted(groups, reverse=True)]


def _row(group: str, grades: Sequence[IncidentGrade]) -> CalibrationRow:
    counts = {how: sum(one.correctness == how for one in grades) for how in ("right", "partly", "wrong")}
    at_least, at_most = wilson(counts["right"], len(grades))
    confidences = [one.confidence for one in grades if one.confidence is not None]
    return CalibrationRow(
        group=group,
        graded=len(grades),
        **counts,
        share_right=counts["right"] / len(grades),
        at_least=at_least,
        at_most=at_most,
        mean_confidence=sum(confidences) / len(confidences) if confidences else None,
    )


def _range_of(grade: IncidentGrade) -> str:
    assert grade.confidence is not None
    confidence = grade.confidence
    place = next(place for place, low in enumerate(LOWER_BOUNDS) if confidence >= low)
    upper = 1.0 if place == 0 else LOWER_BOUNDS[place - 1]
    return f"{LOWER_BOUNDS[place]:.0%} to {upper:.0%}"


def _class_of(grade: IncidentGrade) -> str:
    return grade.failure_class if grade.verdict == "cause" else grade.verdict
