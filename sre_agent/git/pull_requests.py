"""Offering a branch as a pull request on GitHub, or as a merge request on GitLab. Nothing is ever merged."""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import quote, urlsplit

import httpx2

from sre_agent.errors import PermanentError, TemporaryError

Host = Literal["github", "gitlab"]
SECONDS: Final = 20.0


class PullRequests:
    """Those of one repository. `api` is the address of the host's interface, derived from the repository's where
    empty. Raises PermanentError where the host refuses, TemporaryError where it does not answer."""

    def __init__(self, host: Host, repository: str, *, token: str, api: str = "") -> None:
        parts = urlsplit(repository)
        self._host: Host = host
        self._project = parts.path.strip("/").removesuffix(".git")
        self._token = token
        self._api = (api or _api_of(host, parts.scheme, parts.netloc)).rstrip("/")

    async def open(self, branch: str, into: str, title: str, text: str) -> str:
        """The address of a request to merge `branch` into `into`; of the one that is there already, where it is."""
        if self._host == "github":
            path, fields = f"/repos/{self._project}/pulls", {"head": branch, "base": into, "title": title, "body": text}
            headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
            existing = {"head": f"{self._project.partition('/')[0]}:{branch}", "state": "open"}
            key = "html_url"
        else:
            path = f"/projects/{quote(self._project, safe='')}/merge_requests"
            fields = {"source_branch": branch, "target_branch": into, "title": title, "description": text}
            headers = {"PRIVATE-TOKEN": self._token}
            existing = {"source_branch": branch, "state": "opened"}
            key = "web_url"
        async with httpx2.AsyncClient(base_url=self._api, headers=headers, timeout=SECONDS) as client:
            try:
                answer = await client.post(path, json=fields)
                if answer.status_code in (409, 422):
                    listing = await client.get(path, params=existing)
                    items = listing.json() if listing.status_code == 200 else []
                    if items:
                        return str(items[0][key])
            except httpx2.HTTPError as problem:
                raise TemporaryError(f"{self._api} did not answer: {type(problem).__name__}.") from problem
        if answer.status_code >= 500:
            raise TemporaryError(f"{self._api} answered {answer.status_code}.")
        if answer.status_code >= 300:
            raise PermanentError(
                f"{self._api} refused a pull request from {branch} into {into} with {answer.status_code}. The token"
                " needs the right to open pull requests of this repository."
            )
        return str(answer.json()[key])


def _api_of(host: Host, scheme: str, netloc: str) -> str:
    if host == "gitlab":
        return f"{scheme}://{netloc}/api/v4"
    return "https://api.github.com" if netloc == "github.com" else f"{scheme}://{netloc}/api/v3"
