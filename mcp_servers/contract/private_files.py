"""Folders of 0700 and files of 0600, from the first moment and whatever the umask is; whole or not there at all.

The responder and its servers keep their files in one state folder: what they know of a company, and what they believe
later. Nobody else may read it, and nobody else may write it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Final, TextIO

FOLDER: Final = 0o700
FILE: Final = 0o600


def folder(path: Path) -> Path:
    """The folder, made if it is not there, with the folders above it that are not there either."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=FOLDER, exist_ok=True)
        if one.stat().st_uid == os.geteuid():
            one.chmod(FOLDER)  # a umask may have taken something away
    return path


def database(path: Path) -> Path:
    """A file for SQLite, which gives the files beside it the mode of this one; an existing one is tightened."""
    folder(path.parent)
    os.close(_open(path, os.O_RDWR))
    return path


def appended(path: Path) -> TextIO:
    """The file, open to be written at its end."""
    folder(path.parent)
    return os.fdopen(_open(path, os.O_WRONLY | os.O_APPEND), "a", encoding="utf-8")


def _open(path: Path, flags: int) -> int:
    """A link is not followed: it may lead to what is not ours. Raises OSError."""
    handle = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE)
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) != FILE and status.st_uid == os.geteuid():
        os.fchmod(handle, FILE)  # a umask took something away, or an older version made it; a device is not ours
    return handle


def write(path: Path, content: str | bytes) -> None:
    """Through a file beside it: a reader, or a crash, sees the old content or the new one."""
    beside = _beside(path, content)
    try:
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_once(path: Path, content: str | bytes) -> bool:
    """As `write`, but what is there already stays. Whether this content is what is there."""
    beside = _beside(path, content)
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _beside(path: Path, content: str | bytes) -> Path:
    folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 by itself
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fchmod(handle, FILE)
            os.fsync(file.fileno())
    except BaseException:  # also where it is interrupted: half a file must not stay
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _sync_folder(place: Path) -> None:
    """The folder's entry on the disk too, so that the new name outlives a loss of power."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
