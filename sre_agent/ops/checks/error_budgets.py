"""Whether the responder keeps what it promises, as `sre-agent ops slo` tells in full."""

from __future__ import annotations

from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.objectives import objectives


async def look(installation: InstallationView) -> OpsFinding:
    statuses = await objectives(installation)
    faults: list[tuple[OpsState, str]] = [
        (
            "problem" if one.is_broken else "warning",
            f"{one.name}: {one.good} of {one.total} kept the promise ({one.objective:.1%}) in {one.days:g} days.",
        )
        for one in statuses
        if one.is_broken or one.is_used_up
    ]
    return OpsFinding.worst(
        faults,
        "No error budget is used up.",
        figures={
            f"budget_used_{one.name.replace(' ', '_')}": round(one.budget_used, 3)
            for one in statuses
            if one.budget_used is not None
        },
        remedy="sre-agent ops slo shows each objective with its error budget.",
    )


CHECK: Final = OpsCheck("error budgets", "weekly", "objectives of the responder", look)
