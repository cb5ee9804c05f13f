"""The recorded commands and their ends, read from where the recordings are; absent ones are no error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "kubernetes"


@dataclass(frozen=True)
class Recorded:
    command: str
    code: int
    output: str


def commands(name: str) -> list[Recorded]:
    """The commands of one file in order; empty where the recordings are not there."""
    path = FOLDER / "_requests" / f"{name}.jsonl"
    if not path.is_file():
        return []
    recordings, command = [], ""
    for line in path.read_text().splitlines():
        row = json.loads(line)
        command = row.get("cmd", command)
        if "rc" in row:
            recordings.append(Recorded(command, row["rc"], row["out"]))
    return recordings


def answers() -> dict[str, dict[str, Any]]:
    """The recorded raw answers of the API by name: request, status, headers, body."""
    folder = FOLDER / "_api-errors"
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def rights() -> str:
    """What `kubectl auth can-i --list` printed for a user who may view one namespace."""
    return (FOLDER / "_api-errors" / "can-i-list-viewer.txt").read_text()
