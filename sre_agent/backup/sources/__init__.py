"""What a backup consists of: one file for each kind of part, which writes it and brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sre_agent.backup.manifest import BackupPart, PartKind


@dataclass(frozen=True)
class PartFile:
    """A part that was just written, in the scratch folder."""

    path: Path
    counts: dict[str, int] = field(default_factory=dict)


class BackupSource(Protocol):
    """Raises OSError, sqlite3.Error, or what `AwsServices.ask` raises."""

    @property
    def kind(self) -> PartKind: ...

    def takes(self, part: BackupPart) -> bool:
        """Whether a part of this kind is one of this source's."""

    def write(self, scratch: Path) -> Iterator[PartFile]: ...

    def obstacles(self) -> list[str]:
        """What stands where this would be brought back to, for people; none where the installation is empty."""

    def restore(self, part: BackupPart, file: Path) -> None:
        """Nothing is at its place, and the part is as it was written. After an interruption it is called again."""
