"""Restores the last backup into an empty place and reads it back: whether what comes out is what was kept, and how long
it takes. What is in files goes into a folder, what is in AWS into a scratch account on loopback."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import code_of
from sre_agent.aws_services.definitions import tables
from sre_agent.backup.manifest import BackupManifest
from sre_agent.backup.sealing import Sealing
from sre_agent.errors import BadInputError, SettingsError
from sre_agent.ops.backups import NO_PLACE, PERMISSIONS, last_manifest, restore_into
from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.read_back import read_back
from sre_agent.ops.scratch_account.endpoint import scratch_account
from sre_agent.settings import StateAccess

RTO_SECONDS: Final = 1800.0
SPACE: Final = 20  # times the size of a backup, whose parts are compressed
HERE: Final = ("sqlite", "store", "folder")  # engines that need no account


async def look(installation: InstallationView) -> OpsFinding:
    if not installation.settings.backup.backup_to:
        return NO_PLACE
    with tempfile.TemporaryDirectory(prefix="sre-agent-rehearsal-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            if unseen := await asyncio.to_thread(_no_room, installation, folder):
                return unseen
            with _empty_place(installation.settings.state_access, folder) as access:
                return await _rehearse(installation, access)
        except BadInputError as problem:
            return OpsFinding(state="problem", statement=f"The restore failed: {problem}", remedy="sre-agent backup")


async def _rehearse(installation: InstallationView, access: StateAccess) -> OpsFinding:
    begin = time.monotonic()
    manifest, keys = await asyncio.to_thread(_restore, installation, access)
    seconds = time.monotonic() - begin
    outcome = await read_back(access, manifest)
    if seconds > RTO_SECONDS:
        late = f"The restore took {seconds / 60:.0f} min; {RTO_SECONDS / 60:.0f} are promised."
        outcome.faults.append(("problem", late))
    counts = outcome.counts
    return OpsFinding.worst(
        outcome.faults,
        f"{manifest.name} was restored in {seconds:.1f} s into an empty place and read back: {counts['incidents']}"
        f" incidents, {counts['past_incidents']} remembered, {counts['checkpoints']} checkpoints, and a record that"
        f" holds{keys}.",
        figures={"restore_seconds": round(seconds, 2), **{name: float(count) for name, count in counts.items()}},
        remedy="Keep this backup for the search, make another one, and rehearse again.",
    )


@contextmanager
def _empty_place(access: StateAccess, folder: Path) -> Iterator[StateAccess]:
    """The same engines with nothing in them; nothing of the account that keeps the state is reached through them."""
    elsewhere = [value for value in _engines(access) if value not in HERE]
    here = access.model_copy(update={"state_dir": folder / "state"})
    if not elsewhere:
        yield here
        return
    with scratch_account(folder, tables(access)) as address:
        yield here.model_copy(update={"state_endpoint_url": address, "state_kms_key": ""})


def _engines(access: StateAccess) -> list[str]:
    return [access.store, access.past_incidents, access.checkpoint, access.permit_keys, access.used_permits]


def _restore(installation: InstallationView, access: StateAccess) -> tuple[BackupManifest, str]:
    """The manifest, and what to say of the keys, which who runs checks may lack the right to open."""
    services = AwsServices(access)
    try:
        try:
            restore = restore_into(installation, access, services=services)
            restore.run(lambda part: None, without_keys=True)
            return restore.manifest, ""
        except SettingsError as problem:
            from sre_agent.aws_services.failures import DENIED  # noqa: PLC0415 - botocore

            if code_of(problem) not in DENIED:
                raise
            restore = restore_into(installation, access, Sealing(), services=services)
            restore.run(lambda part: None, without_keys=True)
            return restore.manifest, "; its keys were not opened, which this role may not"
    finally:
        services.close()


def _no_room(installation: InstallationView, folder: Path) -> OpsFinding | None:
    """Where the disk may not hold what is restored; a rehearsal must not fill it."""
    manifest = last_manifest(installation)
    needed, free = SPACE * (manifest.size if manifest else 0), shutil.disk_usage(folder).free
    if needed <= free:
        return None
    text = f"{folder.parent} has {free >> 20} MiB free, and a rehearsal may take {needed >> 20}."
    return OpsFinding(state="unseen", statement=text, remedy="Run it where there is more room, or set TMPDIR.")


CHECK: Final = OpsCheck(
    "restore rehearsal",
    "quarterly",
    "the last backup, restored into an empty place and read back",
    look,
    PERMISSIONS,
    seconds=RTO_SECONDS + 600,
)
