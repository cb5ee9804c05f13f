"""What a person says afterwards of a verdict: whether it was right."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from sre_agent.domain.base import Correctness, IncidentId, Noun
from sre_agent.domain.report import Report


class GradeRequest(Noun):
    """`note` says what was wrong, or what the cause really was."""

    correctness: Correctness
    note: str = Field("", max_length=1000)


class IncidentGrade(GradeRequest):
    """One incident has one: the last that a person gave. It outlives its incident, so it repeats what was judged.

    `verdict` is that of the diagnosis (`cause`, `no_fault`, …), `failure_class` and `confidence` (0 to 1) are of its
    leading cause: empty and None where it had none. `identity` proves who `by` is.
    """

    incident: IncidentId
    by: str
    identity: str = ""
    at: datetime
    verdict: str
    failure_class: str = ""
    confidence: float | None = None
    cluster: str = ""
    account: str = ""

    @classmethod
    def of(cls, report: Report, request: GradeRequest, *, by: str, identity: str, at: datetime) -> IncidentGrade:
        diagnosis = report.diagnosis
        leading = diagnosis.leading
        return cls(
            **request.model_dump(),
            incident=report.incident,
            by=by,
            identity=identity,
            at=at,
            verdict=diagnosis.verdict,
            failure_class=leading.failure_class if leading is not None else "",
            confidence=leading.confidence if leading is not None else None,
            cluster=report.cluster,
            account=report.account,
        )
