"""Whether every part of the last backup is still what was written: a backup that cannot be read is none."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from sre_agent.aws_services.conditions import code_of
from sre_agent.backup.manifest import BackupManifest
from sre_agent.backup.sealing import Sealing
from sre_agent.errors import BadInputError, SettingsError
from sre_agent.ops.backups import NO_PLACE, PERMISSIONS, restore_into
from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.installation import InstallationView


async def look(installation: InstallationView) -> OpsFinding:
    if not installation.settings.backup.backup_to:
        return NO_PLACE
    try:
        manifest, keys = await asyncio.to_thread(_verify, installation)
    except BadInputError as problem:
        return OpsFinding(
            state="problem",
            statement=str(problem),
            remedy="Make another one now (sre-agent backup), and find out who changes files there.",
        )
    parts = len(manifest.parts)
    statement = f"All {parts} parts of {manifest.name} are as written{keys}."
    return OpsFinding(state="ok", statement=statement, figures={"parts": parts})


def _verify(installation: InstallationView) -> tuple[BackupManifest, str]:
    """The manifest, and what to say of the keys. Who runs checks may lack the right to the key of KMS that they are
    sealed with; then every part is compared with the manifest, and nothing vouches for this."""
    try:
        return _check(installation, None), ""
    except SettingsError as problem:
        from sre_agent.aws_services.failures import DENIED  # noqa: PLC0415 - botocore

        if code_of(problem) not in DENIED:
            raise
        return _check(installation, Sealing()), "; its keys were not opened, which this role may not"


def _check(installation: InstallationView, sealing: Sealing | None) -> BackupManifest:
    with tempfile.TemporaryDirectory(prefix="sre-agent-ops-") as scratch:
        restore = restore_into(installation, installation.settings.state_access, sealing)
        restore.check(Path(scratch), lambda part: None)
        return restore.manifest


CHECK: Final = OpsCheck("backup integrity", "weekly", "parts of the last backup", look, PERMISSIONS)
