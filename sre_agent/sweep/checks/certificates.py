"""Certificates that are not renewed in time, as cert-manager keeps them. The content of Secrets is not read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.diagnosis import recency
from sre_agent.domain.base import Severity
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import Row, objects, risk, subject

NAME: Final = "certificates"
LATE: Final = timedelta(hours=1)  # that a renewal may take
NEAR: Final = timedelta(days=14)  # before the end, where nothing says when it is renewed
COLUMNS: Final = ("status.notAfter", "status.renewalTime")


async def _run(scope: SweepScope) -> CheckOutcome:
    rows, call = await objects(scope, "certificate.cert-manager.io", COLUMNS, order_by="status.renewalTime")
    troubles = []
    for row in rows:
        if (verdict := _judge(row, scope.now)) is not None:
            about = subject(call, "Certificate", row)
            troubles.append(risk(NAME, verdict[0], about, f"{about.short} {verdict[1]}.", call))
    return outcome(troubles, [call])


def _judge(row: Row, now: datetime) -> tuple[Severity, str] | None:
    end, renewal = recency.instant(row.get("status.notAfter")), recency.instant(row.get("status.renewalTime"))
    if end is None:
        return "SEV3", "was never issued"
    if end <= now:
        return "SEV2", f"expired at {end:%Y-%m-%d %H:%M} UTC"
    if renewal is not None and now - renewal > LATE:
        return "SEV3", f"was due for renewal at {renewal:%Y-%m-%d %H:%M} UTC and expires at {end:%Y-%m-%d %H:%M} UTC"
    if renewal is None and end - now < NEAR:
        return "SEV3", f"expires at {end:%Y-%m-%d %H:%M} UTC, and nothing says when it is renewed"
    return None


CHECK: Final = SweepCheck(
    name=NAME,
    title="certificates of cert-manager near their end",
    permission="list certificates.cert-manager.io",
    run=_run,
)
