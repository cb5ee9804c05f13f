"""The last file of a backup. Without it a backup is not whole; with it, every part can be checked before it is used."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sre_agent.errors import BadInputError, first_fault

SCHEMA: Final = "sre-backup/1"
FILE: Final = "manifest.json"
CHUNK: Final = 1 << 20  # bytes read at a time
PartKind = Literal["databases", "files", "tables", "objects", "memory", "configuration", "keys"]
Seal = Literal["passphrase", "kms", "none"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BackupPart(_Frozen):
    """One file of a backup. `counts` has what is in it by kind: rows of a table, items, objects, files."""

    name: str = Field(pattern=r"^[\w.-]+$")
    kind: PartKind
    sha256: str
    size: int
    counts: dict[str, int] = {}


class ChangedMeanwhile(_Frozen):
    """What went on while tables were read page by page. `entries` of the record came in and are in the backup; of
    `incidents`, at most a hundred by name, some rows may be newer than the others."""

    entries: int = 0
    incidents: tuple[str, ...] = ()


class BackupManifest(_Frozen):
    """`as_of`: all that was stored by then is in the backup. `point_in_time` means that nothing of later is; else
    `changed_meanwhile` says what is. `record` is the number of the record's last entry, 0 where there is none."""

    schema_version: Literal["sre-backup/1"] = SCHEMA
    name: str
    version: str
    report_schema: str
    began_at: AwareDatetime
    as_of: AwareDatetime
    ended_at: AwareDatetime
    engines: dict[str, str]
    point_in_time: bool
    changed_meanwhile: ChangedMeanwhile = ChangedMeanwhile()
    record: int
    seal: Seal
    withheld: tuple[str, ...] = ()
    parts: tuple[BackupPart, ...]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.began_at).total_seconds()

    def count(self, name: str) -> int:
        """Of all parts together."""
        return sum(part.counts.get(name, 0) for part in self.parts)


def read_manifest(text: str, place: str) -> BackupManifest:
    """Raises BadInputError, which names the place."""
    try:
        return BackupManifest.model_validate_json(text)
    except ValidationError as problem:
        raise BadInputError(f"{place} has no manifest that this version can read: {first_fault(problem)}.") from problem


def binding(name: str, parts: tuple[BackupPart, ...]) -> bytes:
    """What the encryption of the keys is bound to: exchange a part, or give an old backup another name, and the keys
    cannot be opened."""
    lines = sorted(f"{part.kind} {part.name} {part.sha256}" for part in parts if part.kind != "keys")
    return hashlib.sha256("\n".join([name, *lines]).encode()).digest()


def digest_of(path: Path) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            whole.update(chunk)
    return whole.hexdigest()
