"""Whether the alarms of the last day were taken in."""

from __future__ import annotations

from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.receipts import TURNED_AWAY, receipt_counts


async def look(installation: InstallationView) -> OpsFinding:
    counts = await receipt_counts(installation, installation.since(1))
    total, losses = sum(counts.values()), counts[TURNED_AWAY]
    faults: list[tuple[OpsState, str]] = []
    if losses:
        objective = installation.settings.operations.slo_accepted_alarms
        state: OpsState = "problem" if losses / total > 1 - objective else "warning"
        faults.append((state, f"{losses} of {total} alarms were turned away: too many were waiting already."))
    return OpsFinding.worst(
        faults,
        f"Alarms that came in: {total}; none was turned away." if total else "No alarm came in.",
        figures={"alarms": total, "turned_away": losses},
        details=[f"{count} x {name}" for name, count in counts.most_common()],
        remedy="Add workers (sre-agent work), mute what nobody acts on (trigger_policy), or raise most_waiting.",
    )


CHECK: Final = OpsCheck("alarm delivery", "daily", "receipts of alarms of the last day", look)
