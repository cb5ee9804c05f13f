"""A Git repository as it is read and as a branch is added to it, through git's own commands on its objects.

No work tree is touched, nothing of the repository runs (no hooks, no filters, no submodules), and no command waits for
a password. Texts of a repository are data.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.git.sources import FileEdit, Origin, SourceFile

FILES: Final = 5_000
FILE_BYTES: Final = 512_000
SECONDS: Final = 60.0
_DECLARING: Final = (".yaml", ".yml", ".json", ".tpl", ".gotmpl", "/Kustomization")
_NAMING: Final = (  # what may apply the others in ways that are not followed
    *(".tf", ".hcl", ".cue", ".jsonnet", ".libsonnet", ".star", ".sh", ".env", ".properties", ".toml"),
    *("/Makefile", "/Jenkinsfile", "/Tiltfile", "/Kptfile", "/justfile"),
)
_AUTHOR: Final = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "sre-agent"), ("EMAIL", "sre-agent@localhost"))
}


class GitError(PermanentError):
    """Git refuses: the message says what was asked, what git said, and what to do."""


class GitUnavailableError(TemporaryError):
    """The repository did not answer in time."""


@dataclass(frozen=True)
class Snapshot:
    """The files of one commit. `left_out` counts what was too large or too much to read."""

    commit: str
    files: list[SourceFile]
    left_out: int = 0


class Repository:
    """A repository in a folder, or a copy of one at a URL, kept in `cache`. `branch` is the one that is deployed; its
    default one where empty. `token` is sent to the URL's host and appears in no argument and no message."""

    def __init__(self, location: str, *, branch: str, cache: Path, token: str = "") -> None:
        self._location, self._branch, self._token = location, branch, token
        digest = hashlib.sha256(location.encode()).hexdigest()[:16]
        self._folder = cache / digest if self.is_remote else Path(location)

    @property
    def is_remote(self) -> bool:
        return "://" in self._location

    async def snapshot(self, paths: Sequence[str] = ()) -> Snapshot:
        """The files of the branch that declare objects, then those that may apply these; below `paths` where there are
        any. Raises GitError, GitUnavailableError."""
        await self._bring()
        commit = (await self._git("rev-parse", "--verify", f"{self._head()}^{{commit}}")).decode().strip()
        listing = await self._git("ls-tree", "-r", "-z", "-l", commit, "--", *paths)
        blobs: list[tuple[str, str]] = []
        left_out = 0
        for line in listing.decode(errors="replace").split("\0"):
            about, _, path = line.partition("\t")
            mode, _, blob, size = (about.split() + [""] * 4)[:4]
            if mode not in ("100644", "100755") or not f"/{path}".endswith((*_DECLARING, *_NAMING)):
                continue
            if int(size) > FILE_BYTES:
                left_out += 1
                continue
            blobs.append((path, blob))
        blobs.sort(key=lambda entry: not f"/{entry[0]}".endswith(_DECLARING))
        left_out += len(blobs[FILES:])
        blobs = blobs[:FILES]
        return Snapshot(commit, await self._texts(blobs), left_out)

    async def patch(self, base: str, edits: Sequence[FileEdit]) -> str:
        """What the edits change of a commit, as `git apply` takes it. Nothing is written to the repository: git's
        objects go into a folder that is gone afterwards. Raises GitError, GitUnavailableError."""
        objects = (await self._git("rev-parse", "--path-format=absolute", "--git-path", "objects")).decode().strip()
        with TemporaryDirectory() as folder:
            aside = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
            tree = await self._tree(base, edits, aside)
            patch = await self._git("diff", "--no-ext-diff", "--no-textconv", "--no-color", base, tree, env=aside)
        return patch.decode()

    async def commit(self, branch: str, base: str, edits: Sequence[FileEdit], message: str) -> str:
        """Make a branch with the edits on top of a commit, and give its commit. The same edits make the same tree;
        a branch that is there already is moved. Raises GitError, GitUnavailableError."""
        tree = await self._tree(base, edits, {})
        commit = (
            (await self._git("commit-tree", tree, "-p", base, stdin=message.encode(), env=_AUTHOR)).decode().strip()
        )
        await self._git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    async def _tree(self, base: str, edits: Sequence[FileEdit], objects: Mapping[str, str]) -> str:
        """The tree of a commit with the edits; `objects` says where git keeps what it makes."""
        with TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index"), **objects}
            await self._git("read-tree", base, env=env)
            for edit in edits:
                content = edit.after.encode()
                blob = (await self._git("hash-object", "-w", "--stdin", stdin=content, env=env)).decode().strip()
                entry = (await self._git("ls-tree", base, "--", edit.path)).split()
                await self._git("update-index", "--cacheinfo", f"{entry[0].decode()},{blob},{edit.path}", env=env)
            return (await self._git("write-tree", env=env)).decode().strip()

    async def push(self, branch: str) -> None:
        """Send a branch to where the repository was copied from. Raises GitError, GitUnavailableError."""
        if not self.is_remote:
            return
        await self._git("push", "--force", self._location, f"refs/heads/{branch}:refs/heads/{branch}")

    def _head(self) -> str:
        return f"refs/heads/{self._branch}" if self._branch else "HEAD"

    async def _bring(self) -> None:
        """Have the newest commit of the branch at hand."""
        if not self.is_remote:
            if not self._folder.is_dir():
                raise GitError(
                    f"The repository {self._location} is no folder. Give a folder or a URL as git_repository."
                )
            return
        if not (self._folder / "HEAD").exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            await self._git("init", "--bare", "--quiet", ".")
        branch = await self.deployed_branch()
        await self._git(
            "fetch", "--quiet", "--no-tags", "--depth=1", self._location, f"+refs/heads/{branch}:refs/heads/{branch}"
        )
        await self._git("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    async def deployed_branch(self) -> str:
        """The branch that changes are made against. Raises GitError, GitUnavailableError."""
        if self._branch:
            return self._branch
        if not self.is_remote:
            return (await self._git("symbolic-ref", "--short", "HEAD")).decode().strip()
        answer = (await self._git("ls-remote", "--symref", self._location, "HEAD")).decode(errors="replace")
        for line in answer.splitlines():
            if line.startswith("ref: refs/heads/"):
                return line.split()[1].removeprefix("refs/heads/")
        raise GitError(f"{self._location} names no default branch. Set git_branch.")

    async def origin(self) -> Origin:
        """What the files of a snapshot are of: for a folder, where it was copied from, as far as it says."""
        branch = await self.deployed_branch()
        if self.is_remote:
            return Origin(self._location, branch)
        address = await self._git("config", "--default", "", "--get", "remote.origin.url")
        return Origin(address.decode(errors="replace").strip(), branch)

    async def _texts(self, blobs: Sequence[tuple[str, str]]) -> list[SourceFile]:
        """The files by one command; those that are no text are left out."""
        request = "".join(f"{blob}\n" for _, blob in blobs).encode()
        answer = await self._git("cat-file", "--batch", stdin=request) if blobs else b""
        files, at = [], 0
        for path, _ in blobs:
            header_end = answer.index(b"\n", at)
            header = answer[at:header_end]
            if header.endswith(b"missing"):
                raise GitError(f"{self._location} lacks the content of {path}. Give a repository that is copied whole.")
            size = int(header.split()[-1])
            content = answer[header_end + 1 : header_end + 1 + size]
            at = header_end + 1 + size + 1
            try:
                files.append(SourceFile(path, content.decode()))
            except UnicodeDecodeError:
                continue
        return files

    async def _git(self, *arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> bytes:
        git = shutil.which("git")
        if git is None:
            raise GitError(
                "git is not installed here, so no repository can be read. Install it, or unset git_repository."
            )
        process = await asyncio.create_subprocess_exec(
            git,
            *(
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "core.fsmonitor=false",
                "-c",
                "protocol.ext.allow=never",
                "-C",
                str(self._folder),
            ),
            *arguments,
            stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(env or {}),
        )
        try:
            out, problem = await asyncio.wait_for(process.communicate(stdin), SECONDS)
        except TimeoutError as late:
            process.kill()
            await process.wait()
            raise GitUnavailableError(
                f"git {arguments[0]} of {self._location} took longer than {SECONDS:.0f} s."
            ) from late
        if process.returncode:
            complaint = problem.decode(errors="replace").strip().splitlines()[-1:] or ["no reason"]
            raise GitError(f"git {arguments[0]} of {self._location} failed: {complaint[0]}")
        return out

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", ""),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
            **more,
        }
        if self._token and self._location.startswith("https://"):
            basic = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
            environment |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "http.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
            }
        return environment
