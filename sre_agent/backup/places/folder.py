"""Backups in a folder, which nobody else may read. A new one gets its name when it is whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from mcp_servers.contract import private_files
from sre_agent.backup.manifest import FILE
from sre_agent.backup.places import NAME
from sre_agent.errors import BadInputError

PARTIAL: Final = ".partial"


class FolderPlace:
    """`sre_agent.backup.places.BackupPlace`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def address(self) -> str:
        return str(self._folder)

    def backups(self) -> list[str]:
        return sorted(name for name in self._names("") if (self._folder / name / FILE).is_file())

    def scratch(self, name: str) -> Path:
        private_files.folder(self._folder)
        path = self._partial(name)
        path.mkdir(mode=private_files.FOLDER)
        return path

    def keep(self, name: str, part: Path) -> None:
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fchmod(handle, private_files.FILE)
            os.fsync(handle)
        finally:
            os.close(handle)

    def publish(self, name: str, manifest: str) -> None:
        private_files.write(self._partial(name) / FILE, manifest)
        self._partial(name).rename(self._folder / name)
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def abandon(self, name: str) -> None:
        shutil.rmtree(self._partial(name), ignore_errors=True)

    def manifest(self, name: str) -> str:
        try:
            return (self._folder / name / FILE).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise BadInputError(f"There is no whole backup {name} in {self._folder}.") from None

    def fetch(self, name: str, part: str, scratch: Path) -> Path:
        path = self._folder / name / part
        if not path.is_file():
            raise BadInputError(f"The part {part} of {name} is missing in {self._folder}.")
        return path

    def remove(self, name: str) -> None:
        if (self._folder / name).exists():
            (self._folder / name).rename(self._partial(name))
        shutil.rmtree(self._partial(name))

    def interrupted(self) -> list[str]:
        return sorted(name.removesuffix(PARTIAL) for name in self._names(PARTIAL))

    def _names(self, end: str) -> list[str]:
        if not self._folder.is_dir():
            return []
        names = (path.name for path in self._folder.iterdir())
        return [name for name in names if name.endswith(end) and NAME.fullmatch(name.removesuffix(end))]

    def _partial(self, name: str) -> Path:
        return self._folder / f"{name}{PARTIAL}"
