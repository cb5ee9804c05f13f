"""The repository in which objects that Argo CD, Flux or Helm own are declared, and how a change of it is offered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sre_agent.settings.area import Area


class GitSettings(Area):
    git_repository: str = Field(
        "", description="folder or URL of the repository; empty: the report shows the change on the live object alone"
    )
    git_branch: str = Field("", description="branch that is deployed; empty: the repository's default branch")
    git_paths: tuple[str, ...] = Field(
        (), description="folders of the repository that are applied to the cluster; none: all of it"
    )
    git_offer: Literal["patch", "branch", "pull_request"] = Field(
        "patch",
        description="patch: the change stands in the report, and nothing is written to the repository; branch: a branch"
        " with it is made, and pushed to a URL; pull_request: and a request is opened. Nothing is merged",
    )
    git_host: Literal["github", "gitlab"] = Field("github", description="kind of host, for pull requests")
    git_api: str = Field("", description="address of the host's interface; empty: derived from the repository's URL")
    git_token: str = Field(
        "", repr=False, description="token to fetch, push and open requests, or a reference to a secret; empty: none"
    )
