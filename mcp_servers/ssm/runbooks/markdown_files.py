"""Folders with Markdown runbooks: which files are there, read at every question, so that a `git pull` is enough.

Nothing outside a folder is ever read, whatever links it holds, and nothing in it is executed, Git's hooks and
configuration included: the commit of a checkout is read from its files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mcp_servers.contract.bounds import within
from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer
from mcp_servers.ssm.runbooks import markdown_runbooks
from mcp_servers.ssm.runbooks.markdown_runbooks import MarkdownRunbook

FILES: Final = 1_000  # of one folder
BYTES: Final = 256_000  # of one file
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Folder:
    """`name` leads the names of its runbooks: `name/path/in/folder.md`."""

    name: str
    path: Path


def name_folders(arguments: Iterable[str]) -> tuple[Folder, ...]:
    """Folders from `PATH` or `NAME=PATH` each. Raises ValueError for what is no folder, and for a name used twice."""
    by_name: dict[str, Folder] = {}
    for text in arguments:
        name, mark, path = text.partition("=")
        place = Path(path if mark else text).expanduser().resolve()
        if not place.is_dir():
            raise ValueError(f"{place} is not a folder.")
        folder = Folder(name if mark else place.name, place)
        if folder.name in by_name:
            raise ValueError(f"two folders are named {folder.name}; name one as NAME=FOLDER.")
        by_name[folder.name] = folder
    return tuple(by_name.values())


class MarkdownFiles:
    def __init__(self, folders: tuple[Folder, ...]) -> None:
        self._folders = {folder.name: folder for folder in folders}

    @property
    def there(self) -> bool:
        """Whether any folder was given."""
        return bool(self._folders)

    def every(self) -> tuple[list[MarkdownRunbook], list[Coverage]]:
        """All runbooks of all folders, and what of them was looked at."""
        runbooks: list[MarkdownRunbook] = []
        coverage: list[Coverage] = []
        for each in self._folders.values():
            revision, looked_at = commit(each.path), f"Markdown runbooks of {each.name}"
            names = list(_names(each, FILES + 1))
            cut = len(names) > FILES
            coverage.append(
                Coverage(
                    looked_at=looked_at + (f" at commit {revision[:12]}" if revision else ""),
                    state="truncated" if cut else "complete",
                    detail=f"the first {FILES} files" if cut else "",
                )
            )
            for name in names[:FILES]:
                try:
                    read = self._read(each, name, revision)
                except TeachingError as problem:
                    coverage.append(Coverage(looked_at=name, state="unavailable", detail=str(problem)))
                    continue
                coverage += _problem(read)
                runbooks.append(read)
        return runbooks, coverage

    def one(self, name: str) -> tuple[MarkdownRunbook, list[Coverage]]:
        """The runbook of that name. Raises TeachingError `not_found` with near names."""
        each = self._folders.get(name.partition("/")[0])
        if each is None or name not in (names := list(_names(each, FILES))):
            have = [n for f in self._folders.values() for n in _names(f, FILES)] if each is None else names
            to_do = offer(near(name, have)) + " find_runbooks lists them."
            raise TeachingError("not_found", f"runbook {name}", "no such Markdown runbook.", to_do)
        read = self._read(each, name, commit(each.path))
        return read, [Coverage(looked_at=f"runbook {name}"), *_problem(read)]

    def _read(self, each: Folder, name: str, revision: str) -> MarkdownRunbook:
        path = each.path / name.removeprefix(f"{each.name}/")
        try:
            with path.open("rb") as file:
                content = file.read(BYTES + 1)
        except OSError as problem:
            raise TeachingError("unavailable", f"runbook {name}", f"cannot be read: {problem.strerror}.") from problem
        if len(content) > BYTES:
            raise TeachingError("unavailable", f"runbook {name}", f"is longer than {BYTES} bytes.", "Split it.")
        lines = content.decode(errors="replace").splitlines(keepends=True)
        return markdown_runbooks.read(name, "".join(map(within, lines)), revision)


def commit(folder: Path) -> str:
    """The commit that a checkout stands at; empty where the folder is in none, or Git's files say nothing readable."""
    for place in (folder, *folder.parents):
        git = place / ".git"
        try:
            if git.is_file():  # a worktree
                git = (place / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
            if not (git / "HEAD").is_file():
                continue
            head = (git / "HEAD").read_text(encoding="utf-8").strip()
            commit_hash = _reference(git, head.removeprefix("ref:").strip()) if head.startswith("ref:") else head
            return commit_hash if _COMMIT.fullmatch(commit_hash) else ""
        except (OSError, UnicodeDecodeError):
            return ""
    return ""


def _reference(git: Path, name: str) -> str:
    common_dir = git / "commondir"
    homes = [git, (git / common_dir.read_text(encoding="utf-8").strip()).resolve()] if common_dir.is_file() else [git]
    for home in homes:
        if (home / name).is_file():
            return (home / name).read_text(encoding="utf-8").strip()
        if (home / "packed-refs").is_file():
            for line in (home / "packed-refs").read_text(encoding="utf-8").splitlines():
                if line.endswith(f" {name}"):
                    return line.partition(" ")[0]
    return ""


def _names(each: Folder, limit: int) -> Iterator[str]:
    """Names of Markdown files below the folder, in order; hidden folders and links to elsewhere are passed over."""
    count = 0
    for path in sorted(each.path.rglob("*.md")):
        inside = path.relative_to(each.path)
        if any(part.startswith(".") for part in inside.parts) or not path.is_file():
            continue
        if not path.resolve().is_relative_to(each.path):
            continue
        yield f"{each.name}/{inside.as_posix()}"
        count += 1
        if count == limit:
            return


def _problem(read: MarkdownRunbook) -> list[Coverage]:
    if not read.problem:
        return []
    return [Coverage(looked_at=f"front matter of {read.runbook.name}", state="partial", detail=read.problem)]
