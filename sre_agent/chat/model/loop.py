"""The bounded conversation in which a model looks before it answers.

Unlike an inquiry of a specialist it ends with text, which is streamed, and what it calls is not only tools of servers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import ToolCall

from mcp_servers.contract.calls import digest
from sre_agent.agents.inquiry import TROUBLE
from sre_agent.agents.inquiry_calls import admit_calls
from sre_agent.model import EVIDENCE, ModelReply
from sre_agent.toolbox.results import OfferedTool

AGAIN: Final = 2  # calls that it had made before; then it has to answer
CONCLUDE: Final = "No calls are left. Answer now from what you have seen."


@dataclass(frozen=True)
class ToolResult:
    """What a call gave, as the model reads it. `number` is how it is cited, empty for what is no evidence."""

    number: str
    text: str
    failed: bool = False


class AsksModel(Protocol):
    async def __call__(self, messages: Sequence[BaseMessage]) -> ModelReply:
        """The model's next answer. Raises ModelUnavailableError."""


class MakesCall(Protocol):
    async def __call__(self, tool: str, arguments: dict[str, Any]) -> ToolResult:
        """What a call of an offered tool gives. A failure is a result too."""


class Loop:
    """`turns` answers and `most` calls at most. Afterwards `replies` are all the model's answers."""

    def __init__(self, ask: AsksModel, make: MakesCall, tools: Sequence[OfferedTool], *, turns: int, most: int) -> None:
        self._ask, self._make, self._turns, self._calls_left = ask, make, turns, most
        self._schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
        self._results: dict[str, ToolResult] = {}
        self._trouble = Counter[str]()
        self.replies: list[ModelReply] = []

    @property
    def trouble(self) -> list[str]:
        """Where the model went astray."""
        counts = self._trouble
        return [text.format(agent="The model", n=counts[kind]) for kind, text in TROUBLE.items() if counts[kind]]

    async def run(self, messages: Sequence[BaseMessage]) -> None:
        """Until it answers without a call, or has to and does not. Raises ModelUnavailableError."""
        conversation, last = list(messages), False
        while True:
            reply = await self._ask(conversation)
            self.replies.append(reply)
            if not (reply.calls or reply.bad_calls):
                return
            if last:
                self._trouble["no end"] += 1
                return
            conversation += [reply.message, *await self._answer_calls(reply)]
            last = len(self.replies) + 1 >= self._turns or self._trouble["repeated"] >= AGAIN or self._calls_left <= 0
            if last:
                conversation.append(HumanMessage(CONCLUDE))

    async def _answer_calls(self, reply: ModelReply) -> list[ToolMessage]:
        """A tool message for each call of the answer; new calls are made all at once."""
        before = set(self._results)
        fresh, refused = admit_calls(reply.calls, self._schemas, before, self._calls_left)
        self._calls_left -= len(fresh)
        results = await asyncio.gather(*(self._make(call["name"], call["args"]) for call in fresh.values()))
        self._results |= zip(fresh, results, strict=True)
        messages = []
        for place, call in enumerate(reply.calls):
            key = digest(call["name"], call["args"])
            if place in refused:
                messages.append(self._refuse(call["id"], *refused[place]))
            elif key in before:
                number = self._results[key].number
                messages.append(
                    self._refuse(call["id"], "repeated", f"You have this already{number and f': {number}'}.")
                )
            else:
                messages.append(_message(call, self._results[key]))
        return [*messages, *(self._refuse(bad.id, "not there", bad.why) for bad in reply.bad_calls)]

    def _refuse(self, id_: str | None, trouble: str, why: str) -> ToolMessage:
        self._trouble[trouble] += 1
        return ToolMessage(why, tool_call_id=id_ or "", status="error")


def _message(call: ToolCall, tool_result: ToolResult) -> ToolMessage:
    return ToolMessage(
        tool_result.text,
        tool_call_id=call["id"] or "",
        status="error" if tool_result.failed else "success",
        additional_kwargs={EVIDENCE: tool_result.number} if tool_result.number else {},
    )
