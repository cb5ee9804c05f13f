"""Where backups are: a folder, or a prefix of a bucket. The contract; one file per technology.

A backup is a name with parts and, written last, its manifest: one without a manifest was interrupted and is none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

NAME: Final = re.compile(r"backup-\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}")  # sorts by the time at which it was begun
S3: Final = "s3://"


def begin_of(name: str) -> datetime:
    """When the backup of this name was begun."""
    return datetime.strptime(name.split("-")[1], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)


class BackupPlace(Protocol):
    """Raises OSError, or what `AwsServices.ask` raises."""

    @property
    def address(self) -> str:
        """For people, and for `open_place`."""

    def backups(self) -> list[str]:
        """Whole ones, oldest first."""

    def scratch(self, name: str) -> Path:
        """An empty folder in which the parts of a new backup are made. Raises FileExistsError."""

    def keep(self, name: str, part: Path) -> None:
        """A part that is ready, in the scratch folder."""

    def publish(self, name: str, manifest: str) -> None:
        """All parts are there: from now on it is a backup. It outlives a loss of power when this returns."""

    def abandon(self, name: str) -> None:
        """Remove what there is of one that was not published."""

    def manifest(self, name: str) -> str:
        """Raises BadInputError where there is no whole backup of this name."""

    def fetch(self, name: str, part: str, scratch: Path) -> Path:
        """A part as a file, which may stand in `scratch`. Raises BadInputError where it is missing."""

    def remove(self, name: str) -> None:
        """At no moment what is left of it looks whole."""

    def interrupted(self) -> list[str]:
        """Those that were begun and never published, also by a process that is still at it."""
