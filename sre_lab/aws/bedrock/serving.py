"""The two operations over HTTP: when an answer comes, and how one fails on the way."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Send

from sre_lab.aws.bedrock.event_stream import CONTENT_TYPE, corrupt, exception
from sre_lab.aws.bedrock.invocation import STATUSES, error_of, invoke_model
from sre_lab.aws.bedrock.response import ConverseResponse, converse_response
from sre_lab.aws.bedrock.script import BEDROCK, ModelTurn
from sre_lab.aws.bedrock.streaming import pieces
from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.aws.wire import HttpRequest
from sre_lab.world import World

PATH: Final = re.compile(r"/model/(?P<model>.+)/(?P<operation>converse|converse-stream)")
LOOK: Final = 0.02  # seconds of the wall between two looks at a clock that follows it


def understands(request: HttpRequest) -> bool:
    return request.method == "POST" and PATH.fullmatch(request.path) is not None


@dataclass(frozen=True)
class _Exchange:
    """One request, being answered."""

    world: World
    send: Send
    request_id: str

    async def start(self, status: int, content_type: str, headers: dict[str, str]) -> None:
        response = {"content-type": content_type, "x-amzn-requestid": self.request_id, **headers}
        raw = [(name.encode(), value.encode()) for name, value in response.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, body: bytes, *, more: bool) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def whole(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        await self.start(status, "application/json", {"content-length": str(len(body)), **(headers or {})})
        await self.write(body, more=False)

    async def failure(self, error: AwsError) -> None:
        body = json.dumps({"message": error.message}).encode()
        await self.whole(error.status, body, {"x-amzn-errortype": error.code})

    async def wait_until(self, when: float) -> None:
        """A clock that stands is moved by who asks, to the latency that the answer tells; so nobody waits here."""
        while self.world.clock.follows_wall and self.world.clock.now() < when:
            await asyncio.sleep(min(LOOK, when - self.world.clock.now()))
            self.world.clock.catch_up()


async def serve(world: World, request: HttpRequest, receive: Receive, send: Send) -> None:
    """Answer a request that is understood, and that has been read from `receive`."""
    match = PATH.fullmatch(request.path)
    assert match is not None
    bedrock, exchange = BEDROCK.of(world), _Exchange(world, send, new_id(world))
    arrival = world.clock.now()
    try:
        invocation = invoke_model(world, bedrock, match["model"], match["operation"], request.body)
        turn = invocation.turn
        if turn.fault in STATUSES and not (turn.in_stream and match["operation"] == "converse-stream"):
            await exchange.wait_until(arrival + turn.latency)
            raise error_of(turn)
    except AwsError as error:
        await exchange.failure(error)
        return
    response = converse_response(world, bedrock, invocation.conversation, turn)
    invocation.log_entry["usage"] = response.usage
    if turn.fault == "hangs":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    if match["operation"] == "converse":
        await _answer_whole(exchange, turn, response, arrival)
    else:
        await _answer_in_pieces(exchange, turn, response, arrival)


async def _answer_whole(exchange: _Exchange, turn: ModelTurn, response: ConverseResponse, arrival: float) -> None:
    await exchange.wait_until(arrival + turn.latency)
    body = json.dumps(response.body(), ensure_ascii=False).encode()
    if turn.fault == "malformed":
        await exchange.whole(200, json.dumps({"stopReason": response.stop, "usage": response.usage}).encode())
    elif turn.fault in ("cut", "unfinished", "garbled"):
        await exchange.start(200, "application/json", {"content-length": str(len(body))})
        await exchange.write(body[: len(body) // 2], more=True)
    else:
        await exchange.whole(200, body)


async def _answer_in_pieces(exchange: _Exchange, turn: ModelTurn, response: ConverseResponse, arrival: float) -> None:
    events = list(pieces(response))
    is_broken = turn.fault not in ("", "empty")
    if turn.fault == "malformed":
        events = [events[0], *events[-2:]]
    elif is_broken:
        events = events[: max(1, len(events) // 2)]
    await exchange.start(200, CONTENT_TYPE, {})
    for place, one in enumerate(events, start=1):
        await exchange.wait_until(arrival + turn.latency * place / len(events))
        await exchange.write(one, more=True)
    if turn.fault in STATUSES:
        await exchange.write(exception(turn.fault[0].lower() + turn.fault[1:], error_of(turn).message), more=True)
    elif turn.fault == "garbled":
        await exchange.write(corrupt(events[0]), more=True)
    if turn.fault != "cut":
        await exchange.write(b"", more=False)
