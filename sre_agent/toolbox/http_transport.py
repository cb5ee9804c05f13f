"""Sessions with servers that run elsewhere: each request proves who asks, and a refusal keeps its reason.

The SDK makes one sentence of every status that is no success. What matters to who has to mend it, a token that is not
accepted any more or a server that is about to end, is kept here beside it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import httpx2
from mcp.client.streamable_http import streamable_http_client

from mcp_servers.contract.calls import NOT_DONE
from sre_agent.aws_services.secrets import AGAIN_SECONDS, KEPT_SECONDS, SecretReader
from sre_agent.errors import SreAgentError
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.aws_signature import AwsSignature

CONNECT_SECONDS: Final = 5.0  # a copy that is gone without a word must not take a call's whole time
ANSWER_SECONDS: Final = 300.0  # between two parts of an answer; how long a call may take is the session's affair
RESENT: Final = 3  # times to other copies of a server that is about to end
PAUSE_SECONDS: Final = 0.1  # in which a balancer may choose another one
SERVICE: Final = "bedrock-agentcore"  # that signed requests are for
_WHY: Final = {
    401: "it does not accept the token",
    403: "it refuses who asks (HTTP 403)",
    404: "there is no MCP server at this path (HTTP 404)",
    421: "it is not to be called by this host name (HTTP 421)",
    429: "it has too many requests (HTTP 429)",
}


class HttpTrouble:
    """The last answer of a server that was no success, in words; empty where there was none since `forget`."""

    def __init__(self) -> None:
        self.text = ""

    def forget(self) -> None:
        self.text = ""

    def beside(self, problem: object) -> str:
        return f"{problem} ({self.text})" if self.text else str(problem)

    async def remember(self, response: httpx2.Response) -> None:
        if response.status_code >= 400:
            self.text = _WHY.get(response.status_code, f"it answered HTTP {response.status_code}")


@asynccontextmanager
async def over_http(address: ServerAddress, trouble: HttpTrouble) -> AsyncIterator[Any]:
    """The streams of an MCP client with the server at `address.url`."""
    async with (
        httpx2.AsyncClient(
            auth=_auth(address),
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            event_hooks={"response": [trouble.remember]},
        ) as sender,
        streamable_http_client(address.url, http_client=sender) as streams,
    ):
        yield streams


def _auth(address: ServerAddress) -> RequestAccess:
    access = address.access
    if access.token_secret and address.secrets is not None:
        return TokenOfSecret(access.token_secret, address.secrets)
    if access.token_file is not None:
        return TokenOfFile(access.token_file)
    return SignedByAws(access.region, access.profile) if access.signed else RequestAccess()


class RequestAccess(httpx2.Auth):
    """What every request is sent with, here nothing. Another copy of a server that ends is asked at once: it said that
    nothing was done, so that even a write may be sent again."""

    requires_request_body = True

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Raises OSError where nothing can prove who asks."""
        await request.aread()
        for left in reversed(range(RESENT + 1)):
            proof = await self.prove(request)
            response = yield request
            is_draining = response.status_code == 503 and NOT_DONE in response.headers
            is_refused = response.status_code == 401
            if not left or not (is_draining or (is_refused and await self.prove(request, is_refused=True) != proof)):
                return
            await anyio.sleep(PAUSE_SECONDS if is_draining else 0)

    async def prove(self, request: httpx2.Request, *, is_refused: bool = False) -> str:
        """Puts it on the request, and says what it is; another one may be there the next time. `is_refused` is the one
        before."""
        return ""


class TokenOfFile(RequestAccess):
    """The bearer token as the file has it when a request is sent, so that it is exchanged while sessions last."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def prove(self, request: httpx2.Request, *, is_refused: bool = False) -> str:
        lines = self._file.read_text(encoding="utf-8").split()
        if not lines:
            raise OSError(f"The token file {self._file} is empty.")
        request.headers["authorization"] = f"Bearer {lines[0]}"
        return lines[0]


class TokenOfSecret(RequestAccess):
    """The bearer token that a reference stands for; read again at once where it is refused. Raises OSError where it
    cannot be read."""

    def __init__(self, reference: str, secrets: SecretReader) -> None:
        self._reference, self._secrets = reference, secrets

    async def prove(self, request: httpx2.Request, *, is_refused: bool = False) -> str:
        age = AGAIN_SECONDS if is_refused else KEPT_SECONDS
        try:
            token = (await self._secrets.current(self._reference, younger_than=age)).strip()
        except SreAgentError as problem:
            raise OSError(f"The token {self._reference} cannot be read: {problem}") from problem
        request.headers["authorization"] = f"Bearer {token}"
        return token


class SignedByAws(RequestAccess):
    """AWS Signature Version 4 with the credentials of the moment."""

    def __init__(self, region: str, profile: str) -> None:
        self._signature = AwsSignature(SERVICE, region, profile)

    async def prove(self, request: httpx2.Request, *, is_refused: bool = False) -> str:
        url, content_type = str(request.url), request.headers.get("content-type", "")
        sign = partial(self._signature.headers, request.method, url, request.content, content_type)
        request.headers.update(await anyio.to_thread.run_sync(sign))  # credentials may have to be fetched
        return request.headers["authorization"]
