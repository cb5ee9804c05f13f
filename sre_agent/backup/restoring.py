"""Brings a backup back: every part is fetched and checked before anything is written, and only where nothing is.

A restore that was interrupted is found by its marker and goes on when the same backup is restored again; until then no
other command uses the state folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Final

from sre_agent import state_folder
from sre_agent.backup.installation import Installation, Sources
from sre_agent.backup.manifest import BackupManifest, BackupPart, binding, digest_of, read_manifest
from sre_agent.backup.places import BackupPlace
from sre_agent.backup.sealing import Sealing
from sre_agent.backup.sources import BackupSource
from sre_agent.errors import BadInputError, NotNowError

SHOWN: Final = 5  # obstacles that a message names
UNSEALED: Final = (
    "{name} has no keys that could be opened with what was given. It may have been made so, or exchanged: nothing"
    " vouches for it. To restore it all the same, with new keys, give --without-keys."
)
Progress = Callable[[BackupPart], None]


class Restore:
    """One backup on its way into one installation. Raises BadInputError for a backup that cannot be believed,
    NotNowError for an installation that is not empty."""

    def __init__(self, installation: Installation, place: BackupPlace, name: str, sealing: Sealing) -> None:
        self._installation, self._place, self._sealing = installation, place, sealing
        self.manifest: BackupManifest = read_manifest(place.manifest(name), f"{place.address}/{name}")
        if self.manifest.name != name:
            raise BadInputError(f"The manifest of {name} is that of {self.manifest.name}.")

    def check(self, scratch: Path, tell: Progress) -> dict[str, Path]:
        """Every part as a file, as it was written. Nothing is changed by this."""
        self._check_version()
        if self._sealing.kind != "none" and [part.kind for part in self.manifest.parts].count("keys") != 1:
            raise BadInputError(UNSEALED.format(name=self.manifest.name))
        files = {}
        for part in self.manifest.parts:
            file = self._place.fetch(self.manifest.name, part.name, scratch)
            if file.stat().st_size != part.size or digest_of(file) != part.sha256:
                raise BadInputError(f"The part {part.name} of {self.manifest.name} is not what was written.")
            files[part.name] = file
            tell(part)
        sources = self._sources()
        for part in self.manifest.parts:
            if part.kind == "keys" and sources.keys is not None:
                sources.keys.check(files[part.name])
        return files

    def run(self, tell: Progress, *, tell_check: Progress | None = None, without_keys: bool = False) -> None:
        """All of it, into an empty installation."""
        self._check_engines()
        if self._sealing.kind == "none" and not without_keys:
            raise BadInputError(
                f"{self.manifest.name} is restored with the keys that are in it: give --passphrase-file or --kms-key,"
                " or leave them out with --without-keys."
            )
        folder = self._installation.access.state_dir
        with tempfile.TemporaryDirectory(prefix="sre-agent-restore-") as scratch:
            files = self.check(Path(scratch), tell_check or tell)
            sources = self._sources()
            self._check_empty(sources, folder)
            marker = state_folder.begin_restore(folder, self.manifest.name)
            for part in self.manifest.parts:
                if part.kind == "keys" and sources.keys is None:
                    continue
                _source_of(part, sources).restore(part, files[part.name])
                tell(part)
            marker.unlink()

    def _sources(self) -> Sources:
        sources = self._installation.sources(self._sealing)
        if sources.keys is not None:
            sources.keys.bound_to = binding(self.manifest.name, self.manifest.parts)
        return sources

    def _check_empty(self, sources: Sources, folder: Path) -> None:
        if state_folder.restore_under_way(folder) == self.manifest.name:
            return
        obstacles = [one for source in sources.by_part for one in source.obstacles()]
        if obstacles:
            more = f" and {len(obstacles) - SHOWN} more" if len(obstacles) > SHOWN else ""
            raise NotNowError(
                "A backup is restored into an empty installation only, and there is:"
                f" {', '.join(obstacles[:SHOWN])}{more}. Give another --state-dir or other tables, or move away what"
                " is there."
            )

    def _check_engines(self) -> None:
        there = self._installation.engines
        other = [f"{slot} = {kind}" for slot, kind in self.manifest.engines.items() if there.get(slot) != kind]
        if other:
            raise BadInputError(
                f"{self.manifest.name} is of an installation with {', '.join(other)}; this one has"
                f" {', '.join(f'{slot} = {kind}' for slot, kind in there.items())}. Give the profile that it was"
                " made with."
            )

    def _check_version(self) -> None:
        here = metadata.version("sre-agent")
        if _release(self.manifest.version) > _release(here):
            raise BadInputError(
                f"{self.manifest.name} was made by sre-agent {self.manifest.version}, and this is {here}. Install that"
                " version or a later one."
            )


def _source_of(part: BackupPart, sources: Sources) -> BackupSource:
    """Raises BadInputError for a part that this installation has no place for."""
    for source in sources.by_part:
        if source.kind == part.kind and source.takes(part):
            return source
    raise BadInputError(f"This installation has no place for the part {part.name} (a bucket that is not named?).")


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("+")[0].split(".") if number.isdigit())
