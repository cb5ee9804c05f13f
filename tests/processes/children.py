"""What a test has started, found by the command line, to strike it."""

from __future__ import annotations

import os
from pathlib import Path


def children_running(module: str) -> list[int]:
    """The processes of a module among this one's children."""
    children = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == os.getpid() and module in command:
                children.append(int(entry.name))
    return sorted(children)
