"""A draft for the review after an incident: what the record knows is filled in, and the rest is left for people.

Blameless: it names systems and times. Who approved or rejected something stands in the time line alone, as recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from sre_agent.domain.duration import duration
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.report import NextStep, Report
from sre_agent.reports.markdown import template

LATE_SECONDS: Final = 300.0  # between the first trouble and the alarm: an error budget of 99.9 % lasts 43 min a month


class Milestone(BaseModel):
    """`after` is the time since the alarm in words; empty for the alarm, and for what was before it."""

    what: str
    at: datetime
    after: str = ""


class Postmortem(BaseModel):
    """What the record says for the review. `actions` without an owner are for the review to assign."""

    report: Report
    grade: IncidentGrade | None
    milestones: list[Milestone]
    went_well: list[str]
    went_wrong: list[str]
    actions: list[NextStep]


def postmortem(report: Report, grade: IncidentGrade | None = None) -> Postmortem:
    return Postmortem(
        report=report,
        grade=grade,
        milestones=list(_milestones(report)),
        went_well=list(_went_well(report)),
        went_wrong=list(_went_wrong(report, grade)),
        actions=list(_actions(report)),
    )


def as_markdown(draft: Postmortem) -> str:
    """Names and texts from outside are escaped, as in the report."""
    return template("postmortem.md").render(**dict(draft))


def _milestones(report: Report) -> Iterator[Milestone]:
    alarm = report.opened_at
    if (began := _began(report)) is not None:
        yield Milestone(what=f"Trouble began, {duration(_seconds(began, alarm))} before the alarm", at=began)
    yield Milestone(what="Alarm received", at=alarm)
    writes = [one for one in report.remediations if one.outcome == "done" and not one.is_undo]
    if writes:
        yield Milestone(what="Last change made", at=writes[-1].at, after=duration(_seconds(alarm, writes[-1].at)))
    checks = report.verification
    if checks is not None and checks.verdict == "proved" and checks.well_since is not None:
        after = duration(max(0.0, _seconds(alarm, checks.well_since)))
        yield Milestone(what="Every check passes", at=checks.well_since, after=after)
    end = f"{report.status}/{report.reason}"
    yield Milestone(what=f"Ended {end}", at=report.ended_at, after=duration(_seconds(alarm, report.ended_at)))


def _went_well(report: Report) -> Iterator[str]:
    began, diagnosis = _began(report), report.diagnosis
    if began is not None and _seconds(began, report.opened_at) <= LATE_SECONDS:
        yield f"The alarm came {duration(_seconds(began, report.opened_at))} after the trouble began."
    if diagnosis.verdict == "cause" and diagnosis.hypothesis is not None:
        sure = whole_percent(diagnosis.hypothesis.confidence)
        others = f"; {len(report.ruled_out)} other explanations were ruled out" if report.ruled_out else ""
        yield f"The cause was found by evidence ({sure} % sure){others}."
    if report.verification is not None and report.verification.verdict == "proved" and report.remediations:
        passing = sum(check.ok is True for check in report.verification.checks)
        yield f"Recovery was verified: {passing} of {len(report.verification.checks)} checks pass."
    if report.guardian is not None and report.guardian.verdict == "proved":
        yield "It was still healthy when it was checked again."


def _went_wrong(report: Report, grade: IncidentGrade | None) -> Iterator[str]:
    began, diagnosis = _began(report), report.diagnosis
    if began is not None and _seconds(began, report.opened_at) > LATE_SECONDS:
        yield f"The alarm came {duration(_seconds(began, report.opened_at))} after the trouble began."
    if grade is not None and grade.correctness != "right":
        yield f"The verdict was graded {grade.correctness}{f': {grade.note}' if grade.note else ''}."
    if diagnosis.verdict == "inconclusive":
        yield "No cause was established by evidence."
    for remedy in report.failed_remedies:
        undone = "and was undone" if remedy.undo is not None and remedy.undo.verdict == "proved" else "and stands"
        yield f"A change did not fix {undone}: {remedy.action.purpose}."
    for write in report.remediations:
        if write.outcome in ("failed", "refused"):
            yield f"A change was not made ({write.outcome}): {write.call.tool}."
    if report.reopened_as:
        yield f"It did not stay healthy: incident {report.reopened_as} took it up again."
    yield from (f"Not visible during the incident: {gap.text}" for gap in report.gaps)
    if report.impact_unknown:
        yield f"Impact unknown: {report.impact_unknown}"


def _actions(report: Report) -> Iterator[NextStep]:
    yield from report.next_steps
    for change in report.git_changes:
        where = change.pull_request or ", ".join(change.files) or change.why_not
        yield NextStep(what=f"Review and merge the change in Git: {where}")
    if report.gaps:
        yield NextStep(what="Make visible what could not be seen, so that the next diagnosis does not depend on it.")


def _began(report: Report) -> datetime | None:
    """When the cause began, as far as known and not after the alarm."""
    leading = report.diagnosis.leading
    since = leading.since if leading is not None else None
    return since if since is not None and since < report.opened_at else None


def _seconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds())
