"""Restores the last backup into an empty folder: whether what comes out is what was kept, and how long it takes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

from sre_agent.backup.manifest import BackupManifest
from sre_agent.errors import BadInputError
from sre_agent.ops.backups import NO_PLACE, restore_into
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.record.checking import check
from sre_agent.settings import StateAccess

RTO_SECONDS: Final = 1800.0
ENGINES: Final = ("store", "queue", "checkpoint")
HERE: Final = "sqlite"


async def look(installation: InstallationView) -> OpsFinding:
    if not installation.settings.backup.backup_to:
        return NO_PLACE
    elsewhere = [slot for slot in ENGINES if getattr(installation.settings.state, slot) != HERE]
    if elsewhere:
        text = f"{', '.join(elsewhere)} are in AWS: a rehearsal takes tables of its own (sre-agent restore)."
        return OpsFinding.not_set_up(text, "infra/RUNBOOK.md has the steps; backup integrity checks the parts weekly.")
    with tempfile.TemporaryDirectory(prefix="sre-agent-rehearsal-") as folder:
        access = installation.settings.model_copy(update={"state_dir": Path(folder) / "state"}).state_access
        begin = time.monotonic()
        try:
            manifest = await asyncio.to_thread(_restore, installation, access)
        except BadInputError as problem:
            return OpsFinding(state="problem", statement=f"The restore failed: {problem}", remedy="sre-agent backup")
        seconds = time.monotonic() - begin
        faults = await _faults(installation, access, manifest)
    if seconds > RTO_SECONDS:
        faults.append(("problem", f"The restore took {seconds / 60:.0f} min; {RTO_SECONDS / 60:.0f} are promised."))
    return OpsFinding.worst(
        faults,
        f"{manifest.name} was restored in {seconds:.1f} s into an empty folder, with a record that holds.",
        figures={"restore_seconds": round(seconds, 2), "entries": manifest.record},
        remedy="Keep this backup for the search, make another one, and rehearse again.",
    )


def _restore(installation: InstallationView, access: StateAccess) -> BackupManifest:
    restore = restore_into(installation, access)
    restore.run(lambda part: None, without_keys=True)
    return restore.manifest


async def _faults(
    installation: InstallationView, access: StateAccess, manifest: BackupManifest
) -> list[tuple[OpsState, str]]:
    """What is not as the manifest says, by the restored store itself."""
    assert installation.open_store is not None
    store = installation.open_store(access)
    try:
        faults: list[tuple[OpsState, str]] = []
        last = await store.last_event()
        if last < manifest.record:
            faults.append(("problem", f"The record ends at entry {last} instead of {manifest.record}."))
        if manifest.seal == "none":
            faults.append(("warning", "The backup has no keys: the restored record cannot be verified."))
        elif not (outcome := await check(store, await store.record_keys(), await store.heads_apart())).holds:
            faults += [("problem", fault) for fault in outcome.faults[:3]]
        return faults
    finally:
        await store.close()


CHECK: Final = OpsCheck("restore rehearsal", "quarterly", "the last backup, restored into an empty folder", look)
