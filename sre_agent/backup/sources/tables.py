"""One DynamoDB table, read page by page."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.table_copies import WireItem, from_line, is_empty, scan, to_line, write_all
from sre_agent.backup.manifest import BackupPart, PartKind
from sre_agent.backup.sources import PartFile

END: Final = ".jsonl.gz"
LEVEL: Final = 1


class TableSource:
    """`sre_agent.backup.sources.BackupSource` of the table of one slot; its part is called after the slot, because the
    table may have another name where it is brought back."""

    kind: PartKind = "tables"

    def __init__(self, slot: str, table: str, services: AwsServices) -> None:
        self.part = f"table-{slot}{END}"
        self._table, self._services = table, services

    def takes(self, part: BackupPart) -> bool:
        return part.name == self.part

    def write(self, scratch: Path) -> Iterator[PartFile]:
        yield self._part_of(scratch, scan(self._services, self._table))

    def obstacles(self) -> list[str]:
        return [] if is_empty(self._services, self._table) else [f"items in the table {self._table}"]

    def restore(self, part: BackupPart, file: Path) -> None:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            write_all(self._services, self._table, map(from_line, lines))

    def _part_of(self, scratch: Path, items: Iterable[WireItem]) -> PartFile:
        count, path = 0, scratch / self.part
        with gzip.open(path, "wt", compresslevel=LEVEL, encoding="utf-8") as file:
            for item in items:
                file.write(f"{to_line(item)}\n")
                count += 1
        return PartFile(path, {"items": count})
