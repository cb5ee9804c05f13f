"""Data sets with known answers, where they lie beside the checkout; without them their figures are left out."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

EXAM = Path(__file__).resolve().parents[3] / "shared" / "exam"


def suite(name: str) -> Path | None:
    folder = EXAM / "suites" / name
    return folder if folder.is_dir() else None


def rows(path: Path) -> list[dict[str, str]]:
    """A table with a header line, gzipped or not."""
    with gzip.open(path, "rt", errors="replace") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def table(path: Path) -> list[list[str]]:
    """A table without one."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return list(csv.reader(file))


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
