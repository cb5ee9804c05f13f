"""From everything that a run leaves behind to one report. Nothing is said here that the inputs do not say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mcp_servers.contract.vocabulary import OBSERVATIONS
from sre_agent.domain.action import Action, Remediation, Ruling, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Claim, Evidence, Finding
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.report import Cost, Report
from sre_agent.reports.citations import Citations
from sre_agent.reports.next_steps import next_steps
from sre_agent.reports.timeline import timeline
from sre_agent.reports.verdict import verdict

STATEMENT_CHARACTERS = 700
CLAIMS = 40


def build(
    incident: Incident,
    *,
    status: Status,
    reason: Reason,
    diagnosis: Diagnosis,
    ledger: Sequence[Evidence],
    now: datetime,
    findings: Sequence[Finding] = (),
    gaps: Sequence[str] = (),
    action: Action | None = None,
    skipped: Sequence[str] = (),
    ruling: Ruling | None = None,
    remediations: Sequence[Remediation] = (),
    verification: Verification | None = None,
) -> Report:
    """`skipped` says which remedies were not taken and why. Claims carry display numbers; one that nothing in the
    ledger shows is dropped. `cost.tool_calls` counts the ledger, so it exceeds the listed evidence by what nothing
    cites."""
    cited = Citations(ledger)
    _cite_diagnosis(diagnosis, cited)
    stated = [claim for finding in findings for claim in finding.claims] or _observed(ledger)
    claims = [known for claim in stated if (known := cited.claim(claim)) is not None][:CLAIMS]
    for check in verification.checks if verification else []:
        cited.number(check.evidence)
    unseen = [*gaps, *(gap for finding in findings for gap in finding.gaps), *diagnosis.missing]
    return Report(
        incident=incident.id,
        title=incident.title,
        severity=incident.severity,
        status=status,
        reason=reason,
        verdict=verdict(status, reason, diagnosis, action, remediations, verification),
        statement=shortened(diagnosis.statement),
        opened_at=incident.opened_at,
        ended_at=now,
        subjects=[subject.short for subject in incident.subjects],
        diagnosis=diagnosis,
        claims=claims,
        evidence=cited.lines(),
        gaps=list(dict.fromkeys(gap for gap in unseen if gap)),
        action=action,
        ruling=ruling,
        remediations=list(remediations),
        verification=verification,
        next_steps=next_steps(
            status, reason, diagnosis, action, skipped, ruling, remediations, verification, has_gaps=bool(unseen)
        ),
        timeline=timeline(incident, status, reason, diagnosis, ledger, remediations, verification, now, cited),
        trace_id=incident.trace_id,
        cost=Cost(tool_calls=len(ledger), seconds=round((now - incident.opened_at).total_seconds(), 1)),
    )


def shortened(statement: str, limit: int = STATEMENT_CHARACTERS) -> str:
    """The statement within the limit, ended after a whole sentence where there is one."""
    text = statement.strip()
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    sentence = max(cut.rfind(mark) for mark in (". ", ".\n", "; "))
    return cut[: sentence + 1] if sentence > limit // 3 else cut.rsplit(" ", 1)[0] + "…"


def _cite_diagnosis(diagnosis: Diagnosis, cited: Citations) -> None:
    """What the believed hypothesis rests on gets the first numbers, the weightiest term first."""
    terms = diagnosis.hypothesis.terms if diagnosis.hypothesis else []
    for term in sorted(terms, key=lambda term: -abs(term.weight)):
        cited.number(term.evidence, term.excerpt)
    cited.numbers(diagnosis.evidence)


def _observed(ledger: Sequence[Evidence]) -> list[Claim]:
    """For a run that ended before its specialists reported: what the ledger shows, in the vocabulary's words."""
    found: dict[str, Claim] = {}
    for item in ledger:
        for seen in item.answer.observations if item.answer else []:
            meaning = OBSERVATIONS[seen.code].partition(":")[0]
            text = f"{seen.subject.short}: {seen.code} ({meaning})"
            found.setdefault(text, Claim(text=text, evidence=[item.id]))
    return list(found.values())
