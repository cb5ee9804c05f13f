"""Whether the store answers, when anything happened last, and whether somebody left writes paused."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

PAUSE: Final = timedelta(days=1)  # a pause is for a migration or an emergency, not for days


async def look(installation: InstallationView) -> OpsFinding:
    store, now = installation.store, installation.clock.now()
    last = await store.last_event()
    events = await store.events(after=last - 1, limit=1) if last else []
    open_now = await store.incidents(only_open=True, limit=1000)
    pause = await store.write_pause()
    faults: list[tuple[OpsState, str]] = []
    if pause is not None and (pause.at is None or now - pause.at > PAUSE):
        faults.append(("warning", f"{pause.sentence[0].upper()}{pause.sentence[1:]}: is that still meant?"))
    quiet = f"the last event was at {events[0].event.at:%Y-%m-%d %H:%M} UTC" if events else "nothing was recorded yet"
    writes = "" if pause is None else f"; {pause.sentence}"
    return OpsFinding.worst(
        faults,
        f"The store answers. Open incidents: {len(open_now)}; {quiet}{writes}.",
        figures={"open_incidents": len(open_now)},
        remedy="End it with: sre-agent unpause",
    )


CHECK: Final = OpsCheck("state", "daily", "store and pause of writes", look)
