"""Whether the confidence of the last month's verdicts was worth what it said."""

from __future__ import annotations

from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.reports.calibration import LOWER_BOUNDS, CalibrationRow, calibration

DAYS: Final = 31
MOST: Final = 1000
SURE: Final = 0.7  # from where a confidence is a claim


async def look(installation: InstallationView) -> OpsFinding:
    since = installation.since(DAYS)
    grades = [one for one in await installation.store.grades(limit=MOST) if one.at >= since]
    if not grades:
        return OpsFinding.not_set_up(
            "No verdict of the last month was graded.",
            "Grade some: sre-agent incidents grade INCIDENT right|partly|wrong",
        )
    rows = calibration(grades).by_confidence
    faults: list[tuple[OpsState, str]] = [
        ("warning", f"Of verdicts with a confidence of {row.group}, {_share(row)} were right.")
        for row in rows
        if row.mean_confidence is not None and row.mean_confidence >= SURE and row.at_most < _lower(row.mean_confidence)
    ]
    return OpsFinding.worst(
        faults,
        f"{len(grades)} verdicts were graded; none of their confidences is too high.",
        figures={"graded": len(grades), "right": sum(one.correctness == "right" for one in grades)},
        details=[f"{row.group}: {_share(row)} right" for row in rows],
        remedy="sre-agent incidents calibration shows which failure classes are wrong.",
    )


def _lower(confidence: float) -> float:
    return next(low for low in LOWER_BOUNDS if confidence >= low)


def _share(row: CalibrationRow) -> str:
    return f"{row.right} of {row.graded} ({row.at_least:.0%} to {row.at_most:.0%})"


CHECK: Final = OpsCheck("calibration", "monthly", "grades of the last month", look)
