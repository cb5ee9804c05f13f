"""From a change of a live object to a change of the repository that declares it, offered as the settings say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mcp_servers.redaction import redacted
from sre_agent.domain.git_change import GitChange
from sre_agent.errors import SreAgentError
from sre_agent.git.location import locate
from sre_agent.git.pull_requests import PullRequests
from sre_agent.git.repository import Repository, Snapshot
from sre_agent.git.sources import FileEdit, NotLocated, ObjectName
from sre_agent.settings import GitSettings

HIDDEN: Final = "[redacted:"  # how a value begins that a server did not tell


class ChangeSource:
    """One repository. `cache` is where copies of remote ones are kept, `secret` what a reference stands for."""

    def __init__(self, settings: GitSettings, cache: Path, secret: Callable[[str], str]) -> None:
        self._settings, self._cache, self._secret = settings, cache, secret

    async def complete(self, change: GitChange, target: ObjectName, *, incident: str) -> GitChange:
        """The change with its patch, branch and request, or with the reason why there are none. Never raises for what
        the repository or its host does: the report then shows the change on the live object."""
        if not self._settings.git_repository:
            why = "no repository is configured (git_repository)."
            return change.model_copy(update={"why_not": why})
        try:
            return await self._complete(change, target, incident)
        except SreAgentError as problem:
            return change.model_copy(update={"why_not": str(problem)})

    async def _complete(self, change: GitChange, target: ObjectName, incident: str) -> GitChange:
        settings = self._settings
        if any(HIDDEN in str((one.before, one.after)) for one in change.changes):
            return change.model_copy(update={"why_not": "a value of it is hidden here, so a person has to make it."})
        token = await asyncio.to_thread(self._secret, settings.git_token)
        repository = Repository(settings.git_repository, branch=settings.git_branch, cache=self._cache, token=token)
        snapshot = await repository.snapshot(settings.git_paths)
        origin = await repository.origin()
        edits = await asyncio.to_thread(locate, snapshot.files, target, change.changes, origin)
        if isinstance(edits, NotLocated):
            why = edits.why + (f" {snapshot.left_out} files were not read." if snapshot.left_out else "")
            return change.model_copy(update={"why_not": redacted(why), "candidates": list(edits.candidates)})
        return await self._offer(repository, snapshot, edits, change, incident)

    async def _offer(
        self, repository: Repository, snapshot: Snapshot, edits: list[FileEdit], change: GitChange, incident: str
    ) -> GitChange:
        located_change = change.model_copy(
            update={
                "files": [edit.path for edit in edits],
                "patch": redacted(await repository.patch(snapshot.commit, edits)),
                "commit": snapshot.commit,
            }
        )
        if self._settings.git_offer == "patch":
            return located_change
        branch, text = f"sre-agent/{incident}", _message(change, edits, incident)
        try:
            await repository.commit(branch, snapshot.commit, edits, text)
            await repository.push(branch)
            located_change = located_change.model_copy(update={"branch": branch})
            if self._settings.git_offer == "branch":
                return located_change
            request = await self._request(repository, branch, change, text)
            return located_change.model_copy(update={"pull_request": request})
        except SreAgentError as problem:  # the patch is good all the same
            return located_change.model_copy(update={"why_not": f"it could not be offered: {problem}"})

    async def _request(self, repository: Repository, branch: str, change: GitChange, text: str) -> str:
        settings = self._settings
        requests = PullRequests(
            settings.git_host,
            settings.git_repository,
            token=await asyncio.to_thread(self._secret, settings.git_token),
            api=settings.git_api,
        )
        into = await repository.deployed_branch()
        return await requests.open(branch, into, change.purpose, text)


def _message(change: GitChange, edits: list[FileEdit], incident: str) -> str:
    places = "\n".join(f"- {edit.path}: {edit.place}" for edit in edits)
    return (
        f"{change.purpose}\n\nProposed by sre-agent for incident {incident}. {change.subject} is managed by"
        f" {change.owner}, so it was not changed in the cluster.\n\n{places}\n"
    )
