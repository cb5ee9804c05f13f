"""A change that belongs into Git, because something else declares the object and would put a patch back."""

from __future__ import annotations

from pydantic import Field

from mcp_servers.contract.field_changes import FieldChange
from mcp_servers.contract.gitops_owner import GitOpsOwner
from sre_agent.domain.base import Noun


class GitChange(Noun):
    """What has to become different, and where: `patch` as `git apply` takes it, against `commit`; `files` are what it
    changes. `branch` and `pull_request` are where it was offered. `why_not` says why no file is changed, `candidates`
    which ones it could be. `diff` are the lines of the dry run on the live object."""

    subject: str
    purpose: str
    owner: GitOpsOwner
    changes: list[FieldChange] = Field(default_factory=list)
    diff: list[str] = Field(default_factory=list)
    files: list[str] = Field(default_factory=list)
    patch: str = ""
    commit: str = ""
    branch: str = ""
    pull_request: str = ""
    why_not: str = ""
    candidates: list[str] = Field(default_factory=list)
