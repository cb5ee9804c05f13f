"""The data plane of Amazon Bedrock AgentCore Runtime: an invocation goes on to a service that runs, streamed.

Each agent is a service that a test puts there (POST /agent-runtimes of the control API) in the place of its container.
The caller's signature ends here, as it does at AWS. A session is no machine of its own: all go to the one service.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Final
from urllib.parse import parse_qs

import httpx
from starlette.types import Receive, Send

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.aws.wire import HttpRequest
from sre_lab.world import World

PATH: Final = re.compile(r"/runtimes/(?P<arn>.+)/(?P<operation>invocations|stopruntimesession)")
SESSION: Final = "x-amzn-bedrock-agentcore-runtime-session-id"
PASSED_ON: Final = (
    *("content-type", "accept", "x-amzn-bedrock-agentcore-runtime-user-id", "mcp-session-id"),
    *("x-amzn-trace-id", "traceparent", "tracestate", "baggage"),
)
SHORTEST, LONGEST = 33, 256  # characters of a session's id
PAYLOAD: Final = 100_000_000  # bytes
TIMES: Final = httpx.Timeout(10.0, read=900.0)
DEFAULT: Final = "DEFAULT"  # the endpoint that an agent is target at where no qualifier is given
AGENT_RUNTIMES: PerWorld[dict[str, str]] = PerWorld(dict)  # the URL of each service, by ARN of its agent or endpoint


def understands(request: HttpRequest) -> bool:
    return request.method == "POST" and PATH.fullmatch(request.path) is not None


async def serve(world: World, request: HttpRequest, receive: Receive, send: Send) -> None:
    """Answer a request that is understood, and that has been read from `receive`."""
    match = PATH.fullmatch(request.path)
    assert match is not None
    session = request.headers.get(SESSION, "") or secrets.token_hex(20)
    headers = {"x-amzn-requestid": new_id(world), SESSION: session}
    try:
        url = _agent(world, match["arn"], session, request)
        if match["operation"] == "invocations":
            await _passed_on(url, session, request, headers, send)
        else:
            await _answer(send, 200, {**headers, "content-type": "application/json"}, b"{}")
    except AwsError as error:
        body = json.dumps({"message": error.message, **error.members}).encode()
        error_headers = {**headers, "content-type": "application/json", "x-amzn-errortype": error.code}
        await _answer(send, error.status, error_headers, body)


def _agent(world: World, arn: str, session: str, request: HttpRequest) -> str:
    """Raises AwsError for what the service refuses before it meets the container."""
    if not SHORTEST <= len(session) <= LONGEST:
        message = f"runtimeSessionId must have {SHORTEST} to {LONGEST} characters, and has {len(session)}."
        raise AwsError("ValidationException", message, members={"reason": "FieldValidationFailed"})
    if len(request.body) > PAYLOAD:
        raise AwsError("ValidationException", "The payload is too large.", members={"reason": "FieldValidationFailed"})
    runtimes = AGENT_RUNTIMES.of(world)
    qualifier = parse_qs(request.query).get("qualifier", [DEFAULT])[-1]
    target = arn if qualifier == DEFAULT else f"{arn}/runtime-endpoint/{qualifier}"
    if target not in runtimes:
        raise AwsError("ResourceNotFoundException", f"No endpoint or agent found with the ARN {target}.", status=404)
    return runtimes[target]


async def _passed_on(url: str, session: str, request: HttpRequest, own: dict[str, str], send: Send) -> None:
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers} | {SESSION: session}
    started = False
    async with httpx.AsyncClient(timeout=TIMES, trust_env=False) as http:
        try:
            async with http.stream("POST", f"{url}/invocations", content=request.body, headers=headers) as answer:
                if not answer.is_success:
                    raise AwsError(
                        "RuntimeClientError",
                        f"Received error ({answer.status_code}) from runtime. Please check your CloudWatch logs.",
                        status=424,
                    )
                content_type = {"content-type": answer.headers.get("content-type", "application/json")}
                await send({"type": "http.response.start", "status": 200, "headers": _raw({**own, **content_type})})
                started = True
                async for piece in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except httpx.TransportError as problem:
            if started:
                raise  # the stream breaks off, as it does at AWS
            raise AwsError("RuntimeClientError", f"The container does not answer: {problem}", status=424) from problem
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    full_headers = {**headers, "content-length": str(len(body))}
    await send({"type": "http.response.start", "status": status, "headers": _raw(full_headers)})
    await send({"type": "http.response.body", "body": body})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
