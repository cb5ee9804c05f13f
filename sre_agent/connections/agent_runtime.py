"""The way to an agent in Amazon Bedrock AgentCore Runtime: every request becomes an invocation that wraps it.

The SDK blocks, so it works in threads of its own; a stream comes as it is sent, piece by piece.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator
from typing import Any, Final

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sre_agent.errors import PermanentError, SettingsError, TemporaryError
from sre_agent.settings import AwsSettings

ARN: Final = re.compile(
    r"(?P<runtime>arn:aws[\w-]*:bedrock-agentcore:(?P<region>[a-z0-9-]+):\d{12}:runtime/[^/]+)"
    r"(?:/runtime-endpoint/(?P<endpoint>[^/]+))?"
)
DEFAULT: Final = "DEFAULT"  # the endpoint that follows the newest version
PASSED_ON: Final = ("accept", "idempotency-key", "last-event-id")
PIECE: Final = 65_536  # bytes at most
ANSWER_SECONDS: Final = 900  # the runtime's own limit of an invocation that does not stream
TRY_AGAIN: Final = ("ThrottlingException", "RetryableConflictException", "InternalServerException")
CREDENTIALS: Final = ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException")


class AgentRuntimeTransport(httpx.AsyncBaseTransport):
    """Sends requests of one session to one agent."""

    def __init__(self, arn: str, session: str, aws: AwsSettings) -> None:
        """Raises SettingsError."""
        match = ARN.fullmatch(arn)
        if match is None:
            raise SettingsError(
                f"{arn!r} is no ARN of an agent. AGENT_RUNTIME_ARN looks like"
                " arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/NAME, with /runtime-endpoint/NAME for an endpoint."
            )
        self._arn, self._session = arn, session
        self._where = {"agentRuntimeArn": match["runtime"], "qualifier": match["endpoint"] or DEFAULT}
        try:
            aws_session = boto3.Session(profile_name=aws.aws_profile or None)
            self._client = aws_session.client(
                "bedrock-agentcore",
                region_name=match["region"],
                endpoint_url=aws.aws_endpoint_url or None,
                config=Config(read_timeout=ANSWER_SECONDS, retries={"total_max_attempts": 3, "mode": "standard"}),
            )
        except BotoCoreError as problem:
            raise SettingsError(f"The agent {arn} cannot be called: {problem}") from problem

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        envelope = {
            "method": request.method,
            "path": request.url.path,
            "query": {name: request.url.params.get_list(name) for name in request.url.params},
            "headers": {name: request.headers[name] for name in PASSED_ON if name in request.headers},
            "body": json.loads(content) if content else None,
        }
        accept = request.headers.get("accept", "application/json")
        answer = await asyncio.to_thread(self._invoke, json.dumps({"request": envelope}).encode(), accept)
        body = answer["response"]
        if answer.get("contentType", "").startswith("text/event-stream"):
            return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=BodyStream(body))
        envelope_answer = json.loads(await asyncio.to_thread(body.read))
        text = (
            envelope_answer["body"] if isinstance(envelope_answer["body"], str) else json.dumps(envelope_answer["body"])
        )
        return httpx.Response(
            envelope_answer["status"], headers={"content-type": envelope_answer["content_type"]}, content=text.encode()
        )

    def _invoke(self, payload: bytes, accept: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._client.invoke_agent_runtime(
                **self._where,
                runtimeSessionId=self._session,
                payload=payload,
                contentType="application/json",
                accept=accept,
            )
        except ClientError as problem:
            raise _error(self._arn, problem) from problem
        except BotoCoreError as problem:
            raise TemporaryError(f"The agent {self._arn} cannot be reached: {problem}") from problem
        return answer

    async def aclose(self) -> None:
        self._client.close()


class BodyStream(httpx.AsyncByteStream):
    """The pieces of a body as they arrive, read by a thread that nobody has to wait for."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self._raw = body._raw_stream  # urllib3's answer: its `read1` does not wait until a piece is full

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[bytes | OSError] = asyncio.Queue()

        def read() -> None:
            piece: bytes | OSError = b"-"
            while piece and not isinstance(piece, OSError):
                try:
                    piece = self._raw.read1(PIECE)
                except Exception as problem:  # noqa: BLE001 - the thread's edge: whoever reads is told
                    piece = OSError(str(problem) or type(problem).__name__)
                try:
                    loop.call_soon_threadsafe(pieces.put_nowait, piece)
                except RuntimeError:  # nobody reads any more
                    return

        threading.Thread(target=read, name="agent runtime stream", daemon=True).start()
        while piece := await pieces.get():
            if isinstance(piece, OSError):
                raise httpx.ReadError(str(piece))
            yield piece

    async def aclose(self) -> None:
        """Nobody waits for it: the thread that reads holds what closing takes until the next piece comes."""
        threading.Thread(target=self._body.close, name="agent runtime close", daemon=True).start()


def _error(arn: str, problem: ClientError) -> Exception:
    error = problem.response.get("Error", {})
    code, message = error.get("Code", ""), error.get("Message", "")
    if code in TRY_AGAIN:
        return TemporaryError(f"The agent {arn} cannot be called now ({code}): {message}")
    if code in CREDENTIALS:
        return SettingsError(f"These AWS credentials are not allowed to call the agent {arn} ({code}): {message}")
    if code == "ResourceNotFoundException":
        return SettingsError(f"The agent {arn} does not exist in this account: {message}")
    return PermanentError(f"The agent {arn} failed ({code}): {message}")
