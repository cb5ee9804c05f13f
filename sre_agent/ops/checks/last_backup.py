"""Whether there is a backup that is young enough to lose no more than is promised."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from sre_agent.backup.manifest import BackupManifest
from sre_agent.errors import BadInputError
from sre_agent.ops.backups import NO_PLACE, PERMISSIONS, last_manifest, place_of
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

REMEDY: Final = "sre-agent backup makes one now; look at why the CronJob or schedule did not."


async def look(installation: InstallationView) -> OpsFinding:
    if not installation.settings.backup.backup_to:
        return NO_PLACE
    try:
        manifest = await asyncio.to_thread(last_manifest, installation)
    except BadInputError as problem:
        return OpsFinding(state="problem", statement=str(problem), remedy=REMEDY)
    if manifest is None:
        place = installation.settings.backup.backup_to
        return OpsFinding(state="problem", statement=f"There is no whole backup in {place}.", remedy=REMEDY)
    return _of(manifest, installation, len(await asyncio.to_thread(place_of(installation).interrupted)))


def _of(manifest: BackupManifest, installation: InstallationView, halves: int) -> OpsFinding:
    age = installation.clock.now() - manifest.as_of
    most = timedelta(hours=installation.settings.operations.backup_max_age_hours)
    hours = age / timedelta(hours=1)
    faults: list[tuple[OpsState, str]] = []
    if age > most:
        faults.append(("problem", f"The last backup is {hours:.1f} hours old: what came since would be lost."))
    if halves > 1:  # one may be under way
        faults.append(("warning", f"{halves} backups were begun and never ended."))
    if manifest.seal == "none":
        faults.append(("warning", f"{manifest.name} has no keys: a record restored from it cannot be verified."))
    return OpsFinding.worst(
        faults,
        f"{manifest.name} is {hours:.1f} hours old, with {len(manifest.parts)} parts.",
        figures={"age_hours": round(hours, 2), "bytes": manifest.size, "seconds": round(manifest.seconds, 1)},
        remedy=REMEDY,
    )


CHECK: Final = OpsCheck("last backup", "daily", "place of backups", look, PERMISSIONS)
