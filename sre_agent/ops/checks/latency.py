"""How long incidents took from their opening to the first diagnosis, and to the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.diagnosis_times import diagnosis_seconds
from sre_agent.ops.installation import InstallationView

ENOUGH: Final = 5  # of fewer, the slowest one says nothing about all


async def look(installation: InstallationView) -> OpsFinding:
    since = installation.since(1)
    incidents = await installation.incidents(since)
    times = sorted((await diagnosis_seconds(installation, since))[0].values())
    ends = sorted(one.seconds for one in incidents if one.ended_at is not None)
    limit = installation.settings.operations.slo_diagnosis_seconds
    p95 = percentile(times, 0.95)
    faults: list[tuple[OpsState, str]] = []
    if len(times) >= ENOUGH and p95 > limit:
        faults.append(("warning", f"A diagnosis took up to {p95:.0f} s (95 of 100); {limit:.0f} s are promised."))
    return OpsFinding.worst(
        faults,
        f"A diagnosis took {percentile(times, 0.5):.0f} s (median) and {p95:.0f} s (95 of 100)."
        if times
        else "No incident was diagnosed in the last day.",
        figures={
            "diagnoses": len(times),
            "diagnosis_p50_seconds": percentile(times, 0.5),
            "diagnosis_p95_seconds": p95,
            "end_p50_seconds": percentile(ends, 0.5),
            "end_p95_seconds": percentile(ends, 0.95),
        },
        remedy="sre-agent incidents show INCIDENT --trace shows which calls take long; add workers where they waited.",
    )


def percentile(values: Sequence[float], part: float) -> float:
    """The least of these sorted values that so many parts of 1 do not exceed; 0 of none."""
    return values[max(0, math.ceil(part * len(values)) - 1)] if values else 0.0


CHECK: Final = OpsCheck("latency", "daily", "times in the record of the last day", look)
