"""How the incidents of the last day ended, and how many of them failed for want of tools or budget."""

from __future__ import annotations

from collections import Counter
from typing import Final

from sre_agent.domain.incident import Reason
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

FAILED: Final = frozenset[Reason]({"tools_unavailable", "budget_exhausted"})  # it never came to a verdict
NO_RUN: Final = frozenset[Reason]({"cancelled", "answered", "auto_resolved"})
WARN: Final = 0.05  # as the alert SreAgentEscalatesForItsTools
BAD, ENOUGH = 0.2, 5  # and of so many


async def look(installation: InstallationView) -> OpsFinding:
    since = installation.since(1)
    incidents = await installation.incidents(since)
    endings = [one for one in incidents if one.ended_at is not None and one.ended_at >= since]
    runs = [one for one in endings if one.reason not in NO_RUN]
    failures = [one for one in runs if one.reason in FAILED]
    outcomes = Counter(f"{one.status}/{one.reason}" for one in endings)
    faults: list[tuple[OpsState, str]] = []
    if failures and (share := len(failures) / len(runs)) > WARN:
        state: OpsState = "problem" if share > BAD and len(failures) >= ENOUGH else "warning"
        faults.append(
            (state, f"{len(failures)} of {len(runs)} runs ended without a verdict: tools or budget were missing.")
        )
    last = (
        f"; the last one ended at {max(one.ended_at for one in endings if one.ended_at):%H:%M} UTC" if endings else ""
    )
    return OpsFinding.worst(
        faults,
        f"Incidents that ended in the last day: {len(endings)}{last}.",
        figures={
            "ended": len(endings),
            "runs": len(runs),
            "success_rate": 1 - len(failures) / len(runs) if runs else 1.0,
            **{f"ended_{name.replace('/', '_')}": count for name, count in sorted(outcomes.items())},
        },
        details=[f"{count} x {name}" for name, count in outcomes.most_common()],
        remedy="sre-agent doctor names what is missing; sre-agent incidents show INCIDENT says what a run lacked.",
    )


CHECK: Final = OpsCheck("runs", "daily", "incidents of the last day", look)
