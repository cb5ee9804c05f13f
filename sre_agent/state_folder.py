"""Whether a state folder may be believed: what stands in it names commands to start and clusters to write.

Only the user of this process (and root) may be able to change the folder, the folders above it and the files in it.
Our own folder that others may merely read, as an older version made it, is closed to them.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

from mcp_servers.contract import private_files
from sre_agent.errors import StateFolderError

_OURS: Final = re.compile(
    r"settings\.json|last-run\.json|(permit|record)\.key|permit-keys\.json|record\.head|[\w-]++\.sqlite(-wal|-shm|-journal)?|log\.jsonl|servers\.log|chat-history"
    r"|reports|batches|sweeps|demo|paused|configuration|restoring"
)
OF_ITS_OWN: Final = "demo"  # a folder in which another state folder stands
RESTORING: Final = "restoring"  # stands in a folder that a backup is being brought back to, with the name of the backup
WAY_OUT: Final = (
    "Or take a folder that only you can write, with --state-dir. On a volume of a container that nobody else can write"
    " (fsGroup, emptyDir), set SRE_AGENT_STATE_DIR_TRUSTED=true."
)


def secure(folder: Path, *, is_trusted: bool = False, in_restore: bool = False) -> None:
    """The folder is there afterwards, and only this user can change what is in it. Raises StateFolderError, which says
    which path is wrong, why, and the command that mends it.

    `is_trusted` makes it without looking who may write there. `in_restore` is for who brings a backup back: for anybody
    else, a folder with half of one is none that can be used.
    """
    if not is_trusted:
        _check_above(folder)
    private_files.folder(folder)
    if not is_trusted:
        _check_own(folder, folder.resolve())
    if not in_restore and (backup := restore_under_way(folder)):
        raise StateFolderError(
            f"The restore of {backup} into {folder} was not finished. Run it again: sre-agent restore"
        )


def begin_restore(folder: Path, backup: str) -> Path:
    """From now on nobody else uses the folder, until the file that this returns is removed."""
    private_files.write(folder / RESTORING, backup)
    return folder / RESTORING


def restore_under_way(folder: Path) -> str:
    """The backup that is being restored into the folder; empty where none is."""
    path = folder / RESTORING
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _check_above(folder: Path) -> None:
    """Who may write above it could put another folder in its place. As it is written, and where links lead."""
    here, there = folder.absolute(), folder.resolve()
    for place in dict.fromkeys([*here.parents, *([here] if here.is_symlink() else []), *there.parents]):
        try:
            status = place.lstat()
        except FileNotFoundError:
            continue  # it will be made
        if status.st_uid not in (os.geteuid(), 0):
            _refuse(folder, f"{place}, on the way to it, belongs to {_user(status.st_uid)}", "")
        if stat.S_ISDIR(status.st_mode) and not status.st_mode & stat.S_ISVTX and (who := _others(status)):
            _refuse(folder, f"{who} may write {place}, on the way to it", f"chmod {_less(status)} {_quote(place)}")


def _check_own(folder: Path, place: Path) -> None:
    status = _of_us(folder, place, place)
    entries = list(os.scandir(place))
    own_entries = [entry for entry in entries if _OURS.fullmatch(entry.name)]
    for entry in own_entries:
        for path in _with_contents(Path(entry.path)):
            with contextlib.suppress(FileNotFoundError):  # another process may have ended with it meanwhile
                inside = _of_us(folder, place, path)
                if stat.S_IMODE(inside.st_mode) & 0o077:
                    path.chmod(private_files.FOLDER if stat.S_ISDIR(inside.st_mode) else private_files.FILE)
    if len(own_entries) == len(entries) and stat.S_IMODE(status.st_mode) & 0o077:
        place.chmod(private_files.FOLDER)  # one that holds other things too is somebody's for another purpose


def _with_contents(path: Path) -> Iterator[Path]:
    """A path, and what stands below it: all of it is read one day."""
    yield path
    if path.name != OF_ITS_OWN and not path.is_symlink() and path.is_dir():
        for entry in sorted(path.iterdir()):
            yield from _with_contents(entry)


def _of_us(folder: Path, place: Path, path: Path) -> os.stat_result:
    """How a path stands that has to be ours alone."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        _refuse(folder, f"{path} is a link to {path.readlink()}", f"rm {_quote(path)}")
    if status.st_uid != os.geteuid():
        _refuse(folder, f"{path} belongs to {_user(status.st_uid)}", f"sudo chown -R {os.geteuid()} {_quote(place)}")
    if who := _others(status):
        _refuse(folder, f"{who} may write {path}", f"chmod {_less(status)} {_quote(path)}")
    return status


def _others(status: os.stat_result) -> str:
    """Who else may write it, in words; empty: nobody but its owner and root."""
    if status.st_mode & stat.S_IWOTH:
        return "every user of this machine"
    if not status.st_mode & stat.S_IWGRP or _of_one(status.st_gid):
        return ""
    return f"the group {_group(status.st_gid)}"


def _of_one(group: int) -> bool:
    """Whether a group is of root, or of this user alone, as many systems make one for each user."""
    try:
        me, entry = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(group)
    except KeyError:
        return group == 0
    return group == 0 or (entry.gr_name == me and set(entry.gr_mem) <= {me})


def _quote(path: Path) -> str:
    return shlex.quote(str(path))


def _less(status: os.stat_result) -> str:
    return "go-w" if status.st_mode & stat.S_IWOTH else "g-w"


def _user(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"


def _group(gid: int) -> str:
    try:
        return f"{grp.getgrgid(gid).gr_name} (gid {gid})"
    except KeyError:
        return f"with gid {gid}"


def _refuse(folder: Path, why: str, do: str) -> NoReturn:
    """The whole message, in the order in which a person needs it."""
    raise StateFolderError(
        f"The state folder {folder} is not used: {why}, and this process runs as {_user(os.geteuid())}. What stands in"
        " it names commands to start, so nobody else may be able to change it."
        + (f" To fix it: {do}" if do else "")
        + f"\n{WAY_OUT}"
    )
