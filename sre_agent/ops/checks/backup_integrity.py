"""Whether every part of the last backup is still what was written: a backup that cannot be read is none."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from sre_agent.errors import BadInputError
from sre_agent.ops.backups import NO_PLACE, restore_into
from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.installation import InstallationView


async def look(installation: InstallationView) -> OpsFinding:
    if not installation.settings.backup.backup_to:
        return NO_PLACE
    try:
        name, parts = await asyncio.to_thread(_verify, installation)
    except BadInputError as problem:
        return OpsFinding(
            state="problem",
            statement=str(problem),
            remedy="Make another one now (sre-agent backup), and find out who changes files there.",
        )
    return OpsFinding(state="ok", statement=f"All {parts} parts of {name} are as written.", figures={"parts": parts})


def _verify(installation: InstallationView) -> tuple[str, int]:
    with tempfile.TemporaryDirectory(prefix="sre-agent-ops-") as scratch:
        restore = restore_into(installation, installation.settings.state_access)
        restore.check(Path(scratch), lambda part: None)
        return restore.manifest.name, len(restore.manifest.parts)


CHECK: Final = OpsCheck("backup integrity", "weekly", "parts of the last backup", look)
