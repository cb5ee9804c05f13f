"""`sre-agent restore`: a backup becomes an installation again, and its open incidents go on."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent import state_folder
from sre_agent.cli import exits
from sre_agent.cli.loading import open_offline_runtime
from sre_agent.cli.options import Json, StateDir, WholeProfile
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.transfers import KmsKey, PassphraseFile, installation_of, part_lines, size_text, with_sealing
from sre_agent.errors import BadInputError
from sre_agent.settings import Settings, load

if TYPE_CHECKING:
    from sre_agent.backup.manifest import BackupManifest
    from sre_agent.backup.restored_configuration import PlacedFile
    from sre_agent.backup.taking_over import TakeOver

EXAMPLES = f"""
Examples:

  sre-agent restore /srv/backups --state-dir /srv/state --passphrase-file /srv/passphrase     the newest one

  sre-agent restore s3://copies/sre-agent/backup-20261121T110000.000Z-4f1c09 --profile aws --kms-key alias/backups

  sre-agent restore /srv/backups --state-dir /srv/state --passphrase-file /srv/passphrase --files-in-place

  sre-agent restore /srv/backups --check --passphrase-file /srv/passphrase     whether it could be restored

{exits.meaning("restored, or with --check: could be")}
"""


def restore(
    source: Annotated[str, typer.Argument(metavar="FROM", help="a backup, or a place of backups, whose newest it is")],
    only_check: Annotated[bool, typer.Option("--check", help="check every part, and change nothing")] = False,
    passphrase_file: PassphraseFile = None,
    kms_key: KmsKey = "",
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="make new keys; the restored record cannot be verified then")
    ] = False,
    files_in_place: Annotated[
        bool,
        typer.Option(
            "--files-in-place",
            help="also write policies and other files that settings name to where they stood; what is there stays",
        ),
    ] = False,
    state_dir: StateDir = None,
    profile: WholeProfile = "local",
    as_json: Json = False,
) -> None:
    """Bring a backup back into an empty installation. Every part is checked before anything is written."""
    from sre_agent.backup.opening import find_backup, sealing_of  # noqa: PLC0415
    from sre_agent.backup.restored_configuration import put_files_in_place  # noqa: PLC0415
    from sre_agent.backup.restoring import Restore  # noqa: PLC0415
    from sre_agent.backup.sealing import Sealing  # noqa: PLC0415
    from sre_agent.backup.sources.configuration import FOLDER  # noqa: PLC0415

    if files_in_place and without_keys:
        raise BadInputError("--files-in-place needs the keys: without them nothing vouches for the files of a backup.")
    settings, begin = with_sealing(load(profile, state_dir=state_dir), passphrase_file, kms_key), time.monotonic()
    with installation_of(settings) as installation:
        place, name = find_backup(source, installation.services, settings.state_access)
        sealing = Sealing() if without_keys else sealing_of(settings.backup, installation.services)
        one = Restore(installation, place, name, sealing)
        if only_check:
            with tempfile.TemporaryDirectory(prefix="sre-agent-check-") as scratch:
                one.check(Path(scratch), part_lines("checked", as_json=as_json))
            _tell_check(one.manifest, is_open=sealing.kind != "none", as_json=as_json)
            return
        state = settings.state
        state_folder.secure(state.state_dir, is_trusted=state.state_dir_trusted, in_restore=True)
        one.run(
            part_lines("restored", as_json=as_json),
            tell_check=part_lines("checked", as_json=as_json),
            without_keys=without_keys,
        )
    files = put_files_in_place(state.state_dir / FOLDER) if files_in_place else []
    outcome = asyncio.run(_take_over(settings))
    _tell(settings, one.manifest, outcome, time.monotonic() - begin, files, as_json=as_json)


async def _take_over(settings: Settings) -> TakeOver:
    from sre_agent.backup.taking_over import take_over  # noqa: PLC0415

    async with open_offline_runtime(settings) as records:
        return await take_over(records.store, records.outbox, records.responder)


def _tell_check(manifest: BackupManifest, *, is_open: bool, as_json: bool) -> None:
    if as_json:
        say_json({"whole": True, "keys_open": is_open, **manifest.model_dump(mode="json")})
        return
    say(f"{manifest.name} is whole: {len(manifest.parts)} parts, {size_text(manifest.size)}.")
    if manifest.seal != "none":
        say("Its keys can be opened." if is_open else "Whether its keys can be opened was not tried.")


def _tell(
    settings: Settings,
    manifest: BackupManifest,
    outcome: TakeOver,
    seconds: float,
    files: list[PlacedFile],
    *,
    as_json: bool,
) -> None:
    place, profile = settings.state_access.place, settings.state.state_dir / "configuration" / "profile.toml"
    if as_json:
        counts = {
            "open_incidents": outcome.incidents,
            "leases_ended": outcome.leases,
            "without_message": outcome.without_message,
        }
        paths = [{"path": str(one.path), "is_new": one.is_new} for one in files]
        about = {"backup": manifest.name, "as_of": manifest.as_of.isoformat(), "into": place, "seconds": seconds}
        say_json({**about, **counts, "profile": str(profile), "files": paths})
        return
    say(
        f"{manifest.name} was restored into {place} in {seconds:.1f} s. It is as of"
        f" {manifest.as_of:%Y-%m-%d %H:%M:%S} UTC."
    )
    say("What was done after that time is not in it. Before anything goes on, see whether the record holds:")
    say(f"  sre-agent audit verify --profile {shlex.quote(str(profile))}")
    say(f"{_open_incidents(outcome)} Then: sre-agent serve --profile {shlex.quote(str(profile))}")
    say("That profile has the settings as they were, and leads to the restored policies, limits and other files.")
    for one in files:
        say(f"{one.path} is {'back in its place' if one.is_new else 'as it was: another file stands there'}.")
    if manifest.withheld:
        say(f"Give these settings again, which may be secret and are in no backup: {', '.join(manifest.withheld)}.")


def _open_incidents(outcome: TakeOver) -> str:
    if not outcome.incidents:
        return "No incident is open."
    return (
        "One incident is open and goes on."
        if outcome.incidents == 1
        else f"{outcome.incidents} incidents are open and go on."
    )
