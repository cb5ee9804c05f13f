"""How long each incident took to its first diagnosis, by the record."""

from __future__ import annotations

from datetime import datetime

from sre_agent.ops.installation import InstallationView


async def diagnosis_seconds(installation: InstallationView, since: datetime) -> tuple[dict[str, float], datetime]:
    """Seconds from the opening to the first diagnosis, by incident, of those that were opened since then; and since
    when the record says so, which may be later."""
    openings = {str(one.id): one.opened_at for one in await installation.incidents(since) if one.opened_at >= since}
    first: dict[str, datetime] = {}
    async for event in installation.events(since):
        if event.kind == "diagnosis":
            first[event.incident] = min(event.at, first.get(event.incident, event.at))
    times = {name: (at - openings[name]).total_seconds() for name, at in first.items() if name in openings}
    return times, await installation.record_begins(since)
