"""From a run that has ended to what is remembered of it: typed facts alone, no sentence that anybody else wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.past_incident import PastCall, PastCause, PastIncident, PastRemedy
from sre_agent.domain.report import Report
from sre_agent.domain.run import RemediationPlan
from sre_agent.memory.deciding import abnormal_things, signs_of

RULED_OUT: Final = 8
OBSERVATIONS: Final = 40
ABNORMAL: Final = 120


def past_incident(
    incident: Incident,
    report: Report,
    plan: RemediationPlan,
    evidence: Sequence[Evidence],
    *,
    place: str,
    alarm: str,
    catalogue: str,
    deciding_calls: Sequence[PastCall],
) -> PastIncident:
    """`evidence` is that of the investigation. A cause that a chat model proposed is no cause here."""
    diagnosis = report.diagnosis
    subjects = incident.subjects or [cause.subject for cause in diagnosis.causes]
    return PastIncident(
        incident=incident.id,
        place=place,
        cluster=incident.cluster,
        account=incident.account,
        namespace=namespace_of(incident, diagnosis),
        alarm=alarm,
        title=incident.title,
        opened_at=incident.opened_at,
        ended_at=report.ended_at,
        status=report.status,
        reason=report.reason,
        verdict=diagnosis.verdict,
        subjects=list(subjects),
        causes=[PastCause.of(cause) for cause in diagnosis.causes],
        observations=sorted(signs_of(evidence))[:OBSERVATIONS],
        abnormal=sorted(abnormal_things(evidence))[:ABNORMAL],
        remedies=list(_remedies(report, plan)),
        ruled_out=diagnosis.ruled_out[:RULED_OUT],
        deciding_calls=list(deciding_calls),
        tool_calls=sum(item.calls for item in evidence),
        catalogue=catalogue,
        graph_version=incident.graph_version,
    )


def namespace_of(incident: Incident, diagnosis: Diagnosis | None) -> str:
    """That of the first thing it is about which has one; without such, that of its cause."""
    about = [*incident.subjects, *((cause.subject for cause in diagnosis.causes) if diagnosis is not None else ())]
    return next((s.namespace or s.name for s in about if s.namespace or s.kind == "Namespace"), "")


def _remedies(report: Report, plan: RemediationPlan) -> Iterator[PastRemedy]:
    """What failed, what a person turned down, and at last what worked."""
    for one in report.failed_remedies:
        wrong = [check.reading for check in one.verification.checks if check.ok is False]
        why = "; ".join([*wrong, *one.verification.worse][:2])
        yield PastRemedy(purpose=one.action.purpose, has_helped=False, why=why)
    for rejection in plan.rejections:
        why = f"rejected by {rejection.by}{f': {rejection.why}' if rejection.why else ''}"
        yield PastRemedy(purpose=rejection.purpose, has_helped=None, why=why)
    if report.reason == "fixed" and report.action is not None:
        yield PastRemedy(purpose=report.action.purpose, has_helped=True)
