"""Makes a backup: every part, then the manifest. Whatever ends it before, nothing is left that looks like one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Final

from sre_agent.backup.installation import Installation, Sources
from sre_agent.backup.manifest import BackupManifest, BackupPart, binding, digest_of
from sre_agent.backup.places import BackupPlace, begin_of
from sre_agent.backup.sealing import Sealing
from sre_agent.domain.report import SCHEMA as REPORT_SCHEMA
from sre_agent.errors import SettingsError

ABANDONED_AFTER: Final = timedelta(days=1)  # an unpublished backup that old has no process any more
UNSEALED: Final = (
    "A backup holds the keys that permits and the record are signed with, encrypted: give --passphrase-file (or"
    " --kms-key), or leave them out with --without-keys. Without its key, the restored record cannot be verified."
)
Progress = Callable[[BackupPart], None]


def make_backup(
    installation: Installation, place: BackupPlace, sealing: Sealing, *, with_keys: bool, tell: Progress
) -> BackupManifest:
    """A new backup at this place; `tell` is called with each part that is there. Raises SettingsError, and what sources
    and places raise."""
    if with_keys and sealing.kind == "none":
        raise SettingsError(UNSEALED)
    began_at = installation.clock.now()
    name = _name(began_at.astimezone(UTC))
    sources = installation.sources(sealing if with_keys else Sealing())
    try:
        parts: list[BackupPart] = []
        for part in _parts(sources, place, name, parts):
            parts.append(part)
            tell(part)
        manifest = BackupManifest(
            name=name,
            version=metadata.version("sre-agent"),
            report_schema=REPORT_SCHEMA,
            began_at=began_at,
            as_of=sources.as_of or began_at,
            ended_at=installation.clock.now(),
            engines=installation.engines,
            point_in_time=installation.is_of_one_moment,
            changed_meanwhile=sources.changed,
            record=sources.record,
            seal=sealing.kind if with_keys else "none",
            withheld=installation.configuration.withheld,
            parts=tuple(parts),
        )
        place.publish(name, manifest.model_dump_json(indent=1) + "\n")
    except BaseException:  # also where it is interrupted: half a backup must not stay
        place.abandon(name)
        raise
    return manifest


def remove_old(place: BackupPlace, keep: int, now: datetime) -> list[str]:
    """All but the newest `keep` (0: none of them), and what was interrupted long ago; which were removed."""
    whole = place.backups()
    old = whole[:-keep] if keep else []
    old += [name for name in place.interrupted() if now - begin_of(name) > ABANDONED_AFTER]
    for name in old:
        place.remove(name)
    return old


def _parts(sources: Sources, place: BackupPlace, name: str, before: list[BackupPart]) -> Iterator[BackupPart]:
    scratch: Path = place.scratch(name)
    for source in sources.by_part:
        if source is sources.keys:
            source.bound_to = binding(name, tuple(before))
        for file in source.write(scratch):
            part = BackupPart(
                name=file.path.name,
                kind=source.kind,
                sha256=digest_of(file.path),
                size=file.path.stat().st_size,
                counts=file.counts,
            )
            place.keep(name, file.path)
            yield part


def _name(began_at: datetime) -> str:
    """Two of one millisecond differ all the same."""
    return f"backup-{began_at:%Y%m%dT%H%M%S}.{began_at.microsecond // 1000:03}Z-{secrets.token_hex(3)}"
