"""What an image scanner in the cluster found, as the Trivy operator keeps it."""

from __future__ import annotations

from typing import Final

from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import objects, subject, together

NAME: Final = "images"
KIND: Final = "vulnerabilityreport.aquasecurity.github.io"
COUNT: Final = "report.summary.criticalCount"


async def _run(scope: SweepScope) -> CheckOutcome:
    rows, call = await objects(scope, KIND, (COUNT,), column=COUNT, over=0)
    reports = [subject(call, "VulnerabilityReport", row) for row in rows]
    total = sum(int(row.get(COUNT) or 0) for row in rows)
    what = f"{len(rows)} image reports list {total} critical vulnerabilities"
    return outcome(together(NAME, "SEV4", reports, "critical", what, call), [call])


CHECK: Final = SweepCheck(
    name=NAME,
    title="findings of the image scanner (Trivy operator)",
    permission="list vulnerabilityreports.aquasecurity.github.io",
    run=_run,
)
