"""Files as one part: a tar archive that is written and read file by file, and that nothing climbs out of."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO, cast

from mcp_servers.contract import private_files
from sre_agent.errors import BadInputError

LEVEL = 1


def write_archive(path: Path, files: Iterable[tuple[str, Path]]) -> int:
    """Of (name in the archive, file); how many. A file that went away meanwhile, or is no plain file, is left out."""
    count = 0
    with tarfile.open(path, "w:gz", compresslevel=LEVEL) as archive:
        for name, file in files:
            with suppress(FileNotFoundError):
                if file.is_symlink() or not file.is_file():
                    continue
                info = tarfile.TarInfo(name)
                with file.open("rb") as content:
                    info.size, info.mtime = file.stat().st_size, int(file.stat().st_mtime)
                    archive.addfile(info, content)
                count += 1
    return count


def read_archive(path: Path, folder: Path) -> None:
    """Every file below the folder, as private as all of ours. Raises BadInputError for a name that leads elsewhere."""
    with tarfile.open(path, "r|gz") as archive:
        for info in archive:
            name = PurePosixPath(info.name)
            if not info.isreg() or name.is_absolute() or ".." in name.parts:
                raise BadInputError(f"{path.name} holds {info.name!r}, which no backup of this product does.")
            content = cast(IO[bytes], archive.extractfile(info))
            private_files.write(folder / name, content.read())


def below(folder: Path, prefix: str = "") -> list[tuple[str, Path]]:
    """All files of a folder by their names from there; of a file, itself."""
    if folder.is_file():
        return [(prefix or folder.name, folder)]
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(str(PurePosixPath(prefix, path.relative_to(folder).as_posix())), path) for path in paths]
