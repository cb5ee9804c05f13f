"""How many incidents a day there will be in a quarter, and whether the workers are enough for them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import INCIDENTS, InstallationView
from sre_agent.ops.trend import linear_trend

BACK: Final = 90.0  # days that are looked at, as far as incidents are kept
AHEAD: Final = 90.0
ROOM: Final = 0.7  # of what workers can do: storms need the rest
DAY_SECONDS: Final = 86_400.0


async def look(installation: InstallationView) -> OpsFinding:
    now, service = installation.clock.now(), installation.settings.service
    back = min(BACK, service.keep_days)
    incidents = [
        one
        for one in await installation.incidents(installation.since(back))
        if one.opened_at > installation.since(back)
    ]
    if not incidents or len(incidents) >= INCIDENTS:
        why = "There was no incident" if not incidents else f"There were more than {INCIDENTS} incidents"
        return OpsFinding(state="ok", statement=f"{why} in {back:.0f} days: no trend was computed.")
    first = min(one.opened_at for one in incidents)
    days = int((now - first) / timedelta(days=1))
    counts = Counter(int((one.opened_at - first) / timedelta(days=1)) for one in incidents)
    trend = linear_trend([(day, counts[day]) for day in range(days)])
    if trend is None:
        return OpsFinding(state="ok", statement=f"Incidents of {days} days are too few for a trend.")
    expected, at_least, at_most = trend.at(days + AHEAD)
    ends = [one.seconds for one in incidents if one.ended_at is not None]
    seconds = sum(ends) / len(ends) if ends else 0.0
    capacity = service.workers * DAY_SECONDS / seconds if seconds else float("inf")
    faults: list[tuple[OpsState, str]] = []
    if at_most > ROOM * capacity:
        able = f"{service.workers} workers handle {capacity:.0f}"
        text = f"In {AHEAD:.0f} days there may be {at_most:.0f} incidents a day; {able}."
        faults.append(("problem" if expected > capacity else "warning", text))
    interval = f"{max(0.0, at_least):.1f} to {at_most:.1f}"
    return OpsFinding.worst(
        faults,
        f"In {AHEAD:.0f} days there will be {max(0.0, expected):.1f} incidents a day ({interval}).",
        figures={
            "per_day_now": round(trend.at(days)[0], 2),
            "per_day_expected": round(expected, 2),
            "per_day_at_most": round(at_most, 2),
            "trend_per_day": round(trend.slope, 4),
            "mean_seconds": round(seconds, 1),
        },
        remedy="Raise `workers`, or run sre-agent work on more machines; infra/SCALE.md says what each size does.",
    )


CHECK: Final = OpsCheck("capacity", "quarterly", "incidents a day, and how long they take", look)
