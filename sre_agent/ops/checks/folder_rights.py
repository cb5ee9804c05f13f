"""Who else may read or write the state folder and the files of secrets that the settings name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.installation import FileFault, InstallationView
from sre_agent.settings import Settings

MOST: Final = 20_000  # files that are looked at
NAMED: Final = 20
OTHERS, WRITE = 0o077, 0o022


async def look(installation: InstallationView) -> OpsFinding:
    files = [fault for path in secret_files(installation.settings) for fault in faults_of(path)]
    faults = [*installation.folder_faults, *files]
    place = installation.settings.state.state_dir
    return OpsFinding.worst(
        faults[:NAMED],
        f"Only this user may read {place} and the files of secrets that the settings name.",
        figures={"faults": len(faults)},
        remedy="chmod go-rwx what is named; a file that belongs to another user: chown it.",
    )


def folder_faults(folder: Path) -> list[FileFault]:
    """Of the folder and all that is in it, as it is now: opening the store mends what it can."""
    paths = [folder, *_below(folder)] if folder.is_dir() else []
    return [fault for path in paths for fault in faults_of(path)]


def faults_of(path: Path) -> Iterator[FileFault]:
    try:
        status = path.lstat()
    except OSError:
        return  # gone meanwhile, or not there yet
    if stat.S_ISLNK(status.st_mode):
        yield "warning", f"{path} is a link to {path.readlink()}."
        return
    if status.st_uid not in (os.geteuid(), 0):
        yield "problem", f"{path} belongs to the user {status.st_uid}."
    mode = stat.S_IMODE(status.st_mode)
    if mode & WRITE:
        yield "problem", f"{path} may be written by others ({mode:04o})."
    elif mode & OTHERS:
        yield "warning", f"{path} may be read by others ({mode:04o})."


def secret_files(settings: Settings) -> list[Path]:
    """Files that hold secrets by what they are for."""
    servers = [*settings.servers.remote_servers.values(), *settings.servers.remote_writers.values()]
    token_files = [
        settings.service.token_file,
        settings.alarms.alarm_sources_file,
        *(one.token_file for one in servers),
    ]
    token_files.append(settings.backup.backup_passphrase_file)
    kubeconfigs = [settings.kubernetes.kubeconfig, settings.writing.write_kubeconfig]
    return [path for path in (*token_files, *(Path(one) for one in kubeconfigs if one)) if path is not None]


def _below(folder: Path) -> list[Path]:
    paths: list[Path] = []
    for at, folders, files in os.walk(folder):
        paths += [Path(at) / name for name in (*folders, *files)]
        if len(paths) > MOST:
            break
    return paths


CHECK: Final = OpsCheck("file permissions", "audit", "state folder and files of secrets", look)
