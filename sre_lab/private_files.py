"""Files that nobody else may read, in folders that nobody else may enter: a kubeconfig, and what the lab says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Final

FOLDER: Final = 0o700
FILE: Final = 0o600


def write(path: Path, text: str) -> None:
    with _open(path, "w") as file:
        file.write(text)


def open_for_append(path: Path) -> IO[str]:
    """The file, open to be written at its end."""
    return _open(path, "a")


def _open(path: Path, mode: str) -> IO[str]:
    path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)

    def private(name: str, flags: int) -> int:
        handle = os.open(name, flags | os.O_NOFOLLOW, FILE)
        os.fchmod(handle, FILE)  # a umask may have taken something away, or the file was there before
        return handle

    return open(path, mode, encoding="utf-8", opener=private)
