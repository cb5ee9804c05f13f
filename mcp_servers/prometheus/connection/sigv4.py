"""Requests signed with AWS Signature Version 4, as Amazon Managed Service for Prometheus asks for."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final
from urllib.parse import quote

import botocore.session
import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from mcp_servers.serving.errors import TeachingError

SERVICE: Final = "aps"
_ASKED: Final = "a signature for Amazon Managed Prometheus"


def _encode(params: httpx2.QueryParams) -> str:
    """The query as a signature counts it: a space is %20, where httpx2 writes +."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in params.multi_items())
    return "&".join(f"{name}={value}" for name, value in pairs)


class SigV4(httpx2.Auth):
    """Signs each request with the credentials of the moment (environment, profile, role), so that they may change."""

    requires_request_body = True

    def __init__(self, region: str, profile: str = "") -> None:
        self._region, self._profile = region, profile
        self._session: botocore.session.Session | None = None

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.url = request.url.copy_with(query=_encode(request.url.params).encode())
        # httpx2's own headers are left out: a proxy may change them, and the signature would break
        headers = {name: request.headers[name] for name in ("content-type",) if name in request.headers}
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content, headers=headers)
        SigV4Auth(self._credentials(), SERVICE, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request

    def _credentials(self) -> Credentials:
        try:
            if self._session is None:
                self._session = botocore.session.Session(profile=self._profile or None)
            credentials = self._session.get_credentials()
        except BotoCoreError as problem:
            raise TeachingError("denied", _ASKED, str(problem), "Choose an existing profile.") from problem
        if credentials is None:
            to_do = "Give the server AWS credentials: AWS_* environment, --profile, or a role."
            raise TeachingError("denied", _ASKED, "no AWS credentials found.", to_do)
        return credentials
