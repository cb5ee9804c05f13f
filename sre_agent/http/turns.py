"""One turn of a conversation as server-sent events, on the way to its answer.

`call`: something is looked up. `text`: what a chat model writes, not checked yet (null: what came so far is void).
`progress`: what happens in an incident that was opened for it. `reply`: the answer, the last event; or `problem`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from pydantic import BaseModel
from sse_starlette import ServerSentEvent

from sre_agent.chat import ChatReply, DecisionRights
from sre_agent.chat_sessions import Step, TurnFollower
from sre_agent.errors import SreAgentError
from sre_agent.http.service import Service
from sre_agent.http.tokens import Caller

STEP_SECONDS: Final = 0.1  # between two looks at what has happened


class ChatAnswer(BaseModel):
    """The words in `reply.words` are a chat model's own and not verified; `reply.text` names its evidence by number."""

    session: str
    reply: ChatReply


def decision_rights(caller: Caller) -> DecisionRights:
    """What a caller may decide in a conversation: the same as at the address for decisions."""
    lacking = "" if caller.may("approver") else f"To approve or reject takes the role approver; you have {caller.role}."
    return DecisionRights(caller.name, caller.identity, lacking)


async def streamed(
    service: Service, session: str, text: str, *, by: Caller, decides: bool
) -> AsyncIterator[ServerSentEvent]:
    loop = asyncio.get_running_loop()
    steps: asyncio.Queue[tuple[Step, dict[str, Any]]] = asyncio.Queue()

    def hear(step: Step, data: dict[str, Any]) -> None:
        """From the engine's thread."""
        loop.call_soon_threadsafe(steps.put_nowait, (step, data))

    follower = TurnFollower(hear, decides, decision_rights(by))
    turn = asyncio.create_task(service.engine.ask(session, text, by=by.name, follower=follower))
    last_seqs: dict[str, int] = {}  # by incident, the last event
    try:
        while True:
            over, _ = await asyncio.wait({turn}, timeout=STEP_SECONDS)
            while not steps.empty():
                step, data = steps.get_nowait()
                if step == "incident":
                    last_seqs[data["incident"]] = 0
                else:
                    yield ServerSentEvent(json.dumps(data), event=step)
            for incident in last_seqs:
                for one in await service.store.events(incident, after=last_seqs[incident]):
                    last_seqs[incident] = one.seq
                    yield ServerSentEvent(one.event.model_dump_json(), event="progress", id=str(one.seq))
            if over:
                break
        answer = ChatAnswer(session=session, reply=await turn)
        yield ServerSentEvent(answer.model_dump_json(), event="reply")
    except SreAgentError as problem:
        yield ServerSentEvent(json.dumps({"detail": str(problem)}), event="problem")
    finally:
        turn.cancel()
