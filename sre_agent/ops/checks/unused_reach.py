"""What the responder may write and did not write in a month: reach that nobody needs is reach that can be taken."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

DAYS: Final = 30
ENOUGH: Final = 14  # days of the record
SETTINGS: Final = ("allow_namespaces", "allow_nodes", "allow_documents")


async def look(installation: InstallationView) -> OpsFinding:
    writing, since = installation.settings.writing, await installation.record_begins(installation.since(DAYS))
    if not writing.writes:
        return OpsFinding(state="ok", statement="Writes are off.")
    days = (installation.clock.now() - since).days
    if days < ENOUGH:
        return OpsFinding(state="ok", statement=f"The record has {days} days: too few to call anything unused.")
    values: dict[str, set[str]] = {name: set() for name in SETTINGS}
    writes = 0
    async for event in installation.events(since):
        if event.kind == "write.intended":
            writes += 1
            for setting, value in _targets(event.data.get("arguments") or {}).items():
                values[setting].add(value)
    faults: list[tuple[OpsState, str]] = [
        ("warning", f"{setting}: nothing was written to {pattern} in {days} days.")
        for setting in SETTINGS
        for pattern in getattr(writing, setting)
        if not any(fnmatchcase(value, pattern) for value in values[setting])
    ]
    return OpsFinding.worst(
        faults,
        f"Everything that may be written was written to in {days} days.",
        figures={"writes": writes, "unused": len(faults)},
        remedy="Take it out of the setting and of the Role; a run that needs it says so.",
    )


def _targets(arguments: dict[str, Any]) -> dict[str, str]:
    """What one write was about, by the setting that permits it. A node has a name and no namespace."""
    node = "" if "namespace" in arguments else arguments.get("name", "")
    values = {
        "allow_namespaces": arguments.get("namespace"),
        "allow_nodes": node,
        "allow_documents": arguments.get("document"),
    }
    return {setting: str(value) for setting, value in values.items() if value}


CHECK: Final = OpsCheck("unused reach", "audit", "permitted places against the writes in the record", look)
