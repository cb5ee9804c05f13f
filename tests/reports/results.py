"""What a run leaves behind, from the little that a test says of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.run import Outcome, RemediationPlan
from sre_agent.reports.result import RunResult


def result(incident: Incident, *, status: Status, reason: Reason, now: datetime, **rest: Any) -> RunResult:
    """A run with this end. What belongs to its plan may be given by name: `action`, `skipped`, `denied`, `mended`."""
    plan_fields = {name: rest.pop(name) for name in ("action", "skipped", "denied", "mended") if name in rest}
    plan = RemediationPlan.model_validate(plan_fields)
    rest = {name: value for name, value in rest.items() if value is not None}
    return RunResult(incident, Outcome(status=status, reason=reason), ended_at=now, plan=plan, **rest)
