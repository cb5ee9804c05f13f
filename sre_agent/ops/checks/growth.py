"""How large the state will be in a quarter, by the sizes of its backups, and whether the disk has room for it."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from typing import Final

from sre_agent.ops.backups import NO_PLACE, PERMISSIONS, manifests
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.trend import linear_trend

AHEAD: Final = 90.0
MEGABYTE: Final = 1e6


async def look(installation: InstallationView) -> OpsFinding:
    if not installation.settings.backup.backup_to:
        return NO_PLACE
    now, sizes = installation.clock.now(), await asyncio.to_thread(manifests, installation)
    points = [((one.as_of - now) / timedelta(days=1), one.size / MEGABYTE) for one in sizes]
    trend = linear_trend(points)
    if trend is None:
        return OpsFinding(state="ok", statement=f"Backups: {len(points)}, too few for a trend.")
    expected, _, at_most = trend.at(AHEAD)
    present = trend.at(0.0)[0]
    faults: list[tuple[OpsState, str]] = []
    figures = {"megabytes_now": present, "megabytes_expected": expected, "megabytes_at_most": at_most}
    if installation.settings.state.is_on_this_machine:
        free = shutil.disk_usage(installation.settings.state.state_dir).free / MEGABYTE
        figures["megabytes_free"] = free
        if at_most - present > free:
            more = at_most - present
            text = f"In {AHEAD:.0f} days the state may be {more:.0f} MB larger; its disk has {free:.0f} MB free."
            faults.append(("problem" if expected - present > free else "warning", text))
    return OpsFinding.worst(
        faults,
        f"In {AHEAD:.0f} days the state will take {expected:.0f} MB (at most {at_most:.0f}); now {present:.0f}.",
        figures={name: round(value, 2) for name, value in figures.items()},
        remedy="Make the disk larger, or keep less: keep_days, keep_events_days.",
    )


CHECK: Final = OpsCheck("growth", "quarterly", "sizes of backups", look, PERMISSIONS)
