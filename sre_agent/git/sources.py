"""What is looked for in a repository, and what comes of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mcp_servers.contract.field_changes import FieldChange


@dataclass(frozen=True)
class ObjectName:
    """An object of a cluster. `release` is the Helm release that it belongs to, `applier` the Application, the
    Kustomization or HelmRelease of Flux that applies it; empty where none is known."""

    kind: str
    namespace: str
    name: str
    release: str = ""
    applier: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"


@dataclass(frozen=True)
class SourceFile:
    """A file of the repository: its path from the top, with `/`, and its text."""

    path: str
    text: str

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True)
class FileEdit:
    """A file with its new text, and in words which part of it is changed."""

    path: str
    before: str
    after: str
    place: str


@dataclass(frozen=True)
class NotLocated:
    """Why no file is changed, and which ones it could be."""

    why: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldSource:
    """Where the value of one field is declared. `edit` gives the text of that file with another value; it raises
    NotEditableError where that cannot be done. `edits` false: nothing there declares the field, `edit` adds it."""

    file: SourceFile
    place: str
    value: Any
    edit: Callable[[str, Any], str]
    declares: bool = True


@dataclass(frozen=True)
class Declaration:
    """One way in which a repository makes an object: a manifest, a kustomization or a chart's release.

    `namespace` is empty where the file leaves it to who applies it. `root` is the folder or file that is applied.
    `source` says where a field is declared, or why that cannot be told. `folder` is where it lies. `is_applied`: the
    repository itself says that this is applied, by what has the name `applier`.
    """

    root: str
    namespace: str
    source: Callable[[FieldChange], FieldSource | NotLocated]
    folder: str = ""
    is_applied: bool = False
    applier: str = ""


@dataclass(frozen=True)
class Origin:
    """The repository and branch that the files are of; empty where that is not known."""

    address: str = ""
    branch: str = ""

    def is_address(self, url: str) -> bool:
        """Whether a URL may be this repository's. Hosts are not compared: mirrors and proxies have others."""
        own = _owner_and_name(self.address)
        return not own or not url or _owner_and_name(url) == own

    def is_revision(self, revision: str) -> bool:
        """Whether a revision may be the branch."""
        return not self.branch or revision.removeprefix("refs/heads/") in ("", "HEAD", self.branch)


def _owner_and_name(url: str) -> tuple[str, ...]:
    """The last two parts of a repository's URL; none of a folder's."""
    if url.startswith("file:") or not (":" in url or "@" in url):
        return ()
    return tuple(url.lower().rstrip("/").removesuffix(".git").replace(":", "/").split("/")[-2:])


UNKNOWN_ORIGIN: Final = Origin()


@dataclass
class Files:
    """The files of a repository that declare objects or name those that do, by path."""

    by_path: dict[str, SourceFile] = field(default_factory=dict)
    origin: Origin = UNKNOWN_ORIGIN

    @classmethod
    def of(cls, files: Sequence[SourceFile], origin: Origin = UNKNOWN_ORIGIN) -> Files:
        return cls({file.path: file for file in files}, origin)

    def get(self, path: str) -> SourceFile | None:
        return self.by_path.get(path)

    def in_folder(self, folder: str) -> list[SourceFile]:
        """The files in a folder itself and in all below it; of the whole repository for an empty one."""
        prefix = f"{folder}/" if folder else ""
        return [file for path, file in self.by_path.items() if path.startswith(prefix)]

    def with_name(self, *names: str) -> list[SourceFile]:
        return [file for path, file in self.by_path.items() if path.rpartition("/")[2] in names]


def joined(folder: str, relative: str) -> str:
    """The path that a relative one means in a folder; empty where it is the top, and where it leads out of it."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def mapping(value: Any) -> Mapping[str, Any]:
    """A value that should be a mapping; an empty one where it is something else."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> Sequence[Any]:
    """A value that should be a list; an empty one where it is something else."""
    return value if isinstance(value, list) else ()
