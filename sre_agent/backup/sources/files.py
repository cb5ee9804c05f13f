"""Files of the state folder that are no databases, logs or keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sre_agent.backup.manifest import BackupPart, PartKind
from sre_agent.backup.sources import PartFile
from sre_agent.backup.sources.archives import below, read_archive, write_archive

HEAD: Final = ("record.head",)  # copied before the databases: a head of entries that are not there would be a fault
OTHERS: Final = ("settings.json", "last-run.json", "permit-keys.json", "paused", "reports", "batches", "sweeps")


class FileSource:
    """`sre_agent.backup.sources.BackupSource` of some names of the folder."""

    kind: PartKind = "files"

    def __init__(self, folder: Path, part: str, names: tuple[str, ...]) -> None:
        self._folder, self._part, self._names = folder, part, names

    def takes(self, part: BackupPart) -> bool:
        return part.name == self._part

    def write(self, scratch: Path) -> Iterator[PartFile]:
        path = scratch / self._part
        files = (pair for name in self._names for pair in below(self._folder / name, name))
        yield PartFile(path, {"files": write_archive(path, files)})

    def obstacles(self) -> list[str]:
        """Settings of a run do not count: a command may have kept them before anything was stored."""
        names = [name for name in self._names if name not in ("settings.json", "last-run.json")]
        return [f"the file {self._folder / name}" for name in names if (self._folder / name).exists()]

    def restore(self, part: BackupPart, file: Path) -> None:
        read_archive(file, self._folder)
