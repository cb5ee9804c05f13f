"""`sre-agent backup`: a copy of the whole installation, made while it runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent import state_folder
from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.options import Json, StateDir, WholeProfile
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.transfers import KmsKey, PassphraseFile, installation_of, part_lines, size_text, with_sealing
from sre_agent.errors import BadInputError
from sre_agent.settings import at_hand, load

if TYPE_CHECKING:
    from sre_agent.backup.manifest import BackupManifest
    from sre_agent.backup.places import BackupPlace

EXAMPLES = f"""
Examples:

  sre-agent backup --to /srv/backups --passphrase-file /srv/passphrase

  sre-agent backup --profile aws --to s3://copies/sre-agent --kms-key alias/backups --keep 48

  sre-agent backup --to /srv/backups --list           the backups that are there

{exits.meaning("the backup is whole")}
"""


def backup(
    to: Annotated[str, typer.Option(help="folder or s3://BUCKET/PREFIX; default: the setting backup_to")] = "",
    keep: Annotated[
        int | None, typer.Option(min=0, help="keep the newest N backups, remove older ones; 0 keeps all")
    ] = None,
    passphrase_file: PassphraseFile = None,
    kms_key: KmsKey = "",
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="leave the keys of permits and of the record out")
    ] = False,
    only_list: Annotated[bool, typer.Option("--list", help="list the backups that are there, and make none")] = False,
    state_dir: StateDir = None,
    profile: WholeProfile = "local",
    as_json: Json = False,
) -> None:
    """Copy the whole installation while it runs: incidents, checkpoints, queue, policies, settings, encrypted keys."""
    from sre_agent.backup.opening import open_place, sealing_of  # noqa: PLC0415
    from sre_agent.backup.writing import make_backup, remove_old  # noqa: PLC0415

    settings = with_sealing(
        load(profile, state_dir=state_dir) if only_list else at_hand(state_dir, profile), passphrase_file, kms_key
    )
    address = to or settings.backup.backup_to
    if not address:
        raise BadInputError("Say where to: --to FOLDER, --to s3://BUCKET/PREFIX, or the setting backup_to.")
    if not only_list:
        state_folder.secure(settings.state.state_dir, is_trusted=settings.state.state_dir_trusted)
    with installation_of(settings) as installation:
        place = open_place(address, installation.services, settings.state_access)
        if only_list:
            _list(place, as_json=as_json)
            return
        sealing = sealing_of(settings.backup, installation.services)
        tell = part_lines("copied", as_json=as_json)
        manifest = make_backup(installation, place, sealing, with_keys=not without_keys, tell=tell)
        old = remove_old(place, settings.backup.backup_keep if keep is None else keep, datetime.now(UTC))
    if as_json:
        say_json({**manifest.model_dump(mode="json"), "place": place.address, "removed": old})
    else:
        _tell(manifest, place, old)


def _list(place: BackupPlace, *, as_json: bool) -> None:
    from sre_agent.backup.manifest import read_manifest  # noqa: PLC0415

    manifests = [read_manifest(place.manifest(name), f"{place.address}/{name}") for name in place.backups()]
    if as_json:
        say_json([_entry(one) for one in manifests])
    elif not manifests:
        say(f"There is no whole backup in {place.address}.")
    else:
        rows = [
            (one.name, f"{one.as_of:%Y-%m-%d %H:%M:%S}", size_text(one.size), str(one.record), one.seal)
            for one in manifests
        ]
        tables.show(console(), ("backup", "as of", "size", "record", "keys"), rows)


def _entry(one: BackupManifest) -> dict[str, Any]:
    names = {"name", "as_of", "seconds", "size", "record", "seal", "version"}
    return {**one.model_dump(mode="json", include=names), "size": one.size, "seconds": one.seconds}


def _tell(manifest: BackupManifest, place: BackupPlace, old: list[str]) -> None:
    say(
        f"{manifest.name} is in {place.address}: {len(manifest.parts)} parts, {size_text(manifest.size)},"
        f" {manifest.seconds:.1f} s."
    )
    say(f"It has everything that was stored by {manifest.as_of:%Y-%m-%d %H:%M:%S} UTC; {_record(manifest)}.")
    changed = manifest.changed_meanwhile
    if changed.entries:
        say(
            f"Meanwhile {changed.entries} entries of the record came in, about {len(changed.incidents)} incidents; they"
            " are in it too."
        )
    if manifest.withheld:
        say(f"Settings without their values, which may be secret: {', '.join(manifest.withheld)}.")
    if manifest.seal == "none":
        say("The keys are not in it: what is restored from it cannot be verified.", err=True)
    if old:
        say(f"Removed: {', '.join(old)}.")


def _record(manifest: BackupManifest) -> str:
    return f"the record is in it up to entry {manifest.record}" if manifest.record else "nothing was recorded yet"
