"""The calls that a model asks for, made and told: at most so many, none twice, and each answered whatever comes of it.

What a tool says is fenced as data and bounded; the whole of it is in the ledger under its number.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final, Literal

from langchain_core.messages import ToolMessage
from langchain_core.messages.tool import ToolCall

from mcp_servers.contract.bounds import bounded
from mcp_servers.contract.calls import digest
from sre_agent.agents.briefing import numbered
from sre_agent.agents.conclusion import Conclusion
from sre_agent.agents.roster import Specialist
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.model import EVIDENCE, BadCall, ModelReply
from sre_agent.prompting import fence
from sre_agent.toolbox.results import OfferedTool
from sre_agent.toolbox.toolbox import Toolbox

AT_ONCE: Final = 6  # calls of one answer
CHARACTERS: Final = 4_000  # of a result that a model is told
TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
Ledger = Callable[[], Awaitable[Sequence[Evidence]]]


class InquiryCalls:
    """The calls of one inquiry, `calls` of them at most, and `reserve` of the incident's are left to others.

    `evidence` are its own, `evidence_ids` all that the model was told.

    `trouble` counts by what went astray. `looping`: the same calls come again and again.
    """

    def __init__(
        self,
        specialist: Specialist,
        incident: IncidentId,
        round_: int,
        calls: int,
        *,
        toolbox: Toolbox,
        ledger: Ledger,
        reserve: int = 0,
    ) -> None:
        self._specialist, self._incident, self._round = specialist, incident, round_
        self._toolbox, self._ledger, self._budget = toolbox, ledger, calls
        self._reserved = reserve
        self._schemas: dict[str, dict[str, Any]] = {}
        self._reported: set[str] = set()
        self.evidence: list[Evidence] = []
        self.evidence_ids: list[EvidenceId] = []
        self.trouble = Counter[str]()

    @property
    def repeats_itself(self) -> bool:
        return self.trouble["repeated"] > 1

    async def tool_schemas(self) -> list[OfferedTool]:
        """The specialist's own tools, of the servers that are there."""
        schemas = [await self._toolbox.tool_schemas(server, tools) for server, tools in self._specialist.tools.items()]
        tools = [tool for of_server in schemas for tool in of_server]
        self._schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
        return tools

    async def answers(self, reply: ModelReply) -> list[ToolMessage]:
        """A message for each call of an answer, in their order."""
        by_digest = {digest(item.tool, item.arguments): item for item in await self._ledger()}
        left = max(0, min(self._budget, await self._toolbox.budget_left(self._incident) - self._reserved))
        fresh, refused = admit_calls(reply.calls, self._schemas, {*by_digest, *self._reported}, left)
        for item in await asyncio.gather(*(self._make(call) for call in fresh.values())):
            by_digest[digest(item.tool, item.arguments)] = item
        self._budget -= len(fresh)
        numbers = numbered(await self._ledger())
        messages = [
            _refusal(_id(call), self._refuse(*refused[place]))
            if place in refused
            else self._answer(call, by_digest, numbers)
            for place, call in enumerate(reply.calls)
        ]
        return [*messages, *(_refusal(one.id, self._unknown(one)) for one in reply.bad_calls)]

    async def _make(self, call: ToolCall) -> Evidence:
        name, agent = call["name"], self._specialist
        server = agent.server_of(name)
        return await self._toolbox.ask(
            self._incident, self._round, agent.name, server, name, call["args"], by_model=True
        )

    def _answer(
        self, call: ToolCall, by_digest: Mapping[str, Evidence], numbers: Mapping[EvidenceId, str]
    ) -> ToolMessage:
        """The known result; only its number where the model has it already."""
        key = digest(call["name"], call["args"])
        item = by_digest[key]
        number = numbers[item.id]
        if key in self._reported:
            self.trouble["repeated"] += 1
            text = f"You have this already, it is {number}. Asked again it says the same."
        else:
            self._reported.add(key)
            self._tell(item)
            text = result_for_model(item, number)
        status: Literal["success", "error"] = "error" if item.answer is None else "success"
        return ToolMessage(text, tool_call_id=_id(call), status=status, additional_kwargs={EVIDENCE: number})

    def _tell(self, item: Evidence) -> None:
        """A step that runs again after a crash finds what it made before."""
        self.evidence_ids.append(item.id)
        if (item.agent, item.round) == (self._specialist.name, self._round):
            self.evidence.append(item)
            self.trouble["failed"] += item.answer is None

    def _unknown(self, call: BadCall) -> str:
        if call.name == Conclusion.__name__:
            return "Not yet: read first what your calls brought, then conclude."
        return self._refuse("not there", call.why)

    def _refuse(self, kind: str, why: str) -> str:
        self.trouble[kind] += 1
        return why


def admit_calls(
    calls: Sequence[ToolCall], schemas: Mapping[str, Mapping[str, Any]], known_digests: Collection[str], left: int
) -> tuple[dict[str, ToolCall], dict[int, tuple[str, str]]]:
    """The calls that are to be made, by digest, and of those that are not the kind of trouble and why, by place.

    What is `known_digests`, by digest, is neither: it is not made again. `schemas` are the tools' by name.
    """
    fresh: dict[str, ToolCall] = {}
    refused: dict[int, tuple[str, str]] = {}
    for place, call in enumerate(calls):
        key = digest(call["name"], call["args"])
        if wrong := complaint(schemas.get(call["name"], {}), call["args"]):
            refused[place] = "arguments", wrong
        elif key in known_digests or key in fresh:
            continue
        elif len(fresh) >= min(AT_ONCE, left):
            why = f"At most {AT_ONCE} calls an answer." if left > len(fresh) else "No calls are left."
            refused[place] = "too many", f"Not made. {why}"
        else:
            fresh[key] = call
    return fresh, refused


def complaint(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """What is wrong with a call's arguments before anybody is asked; empty when nothing is seen to be."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    missing = [name for name in schema.get("required", []) if arguments.get(name) in (None, "")]
    unknown = [name for name in arguments if name not in properties]
    if missing or unknown:
        complaints = [f"needs {', '.join(missing)}"] * bool(missing) + ["was given what it does not take"] * bool(
            unknown
        )
        return f"Not made: the tool {' and '.join(complaints)}. It takes: {', '.join(properties) or 'nothing'}."
    for name, value in arguments.items():
        kind = TYPES.get(str(properties[name].get("type")))
        if kind is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            return f"Not made: {name} has to be of type {properties[name]['type']}."
    return ""


def result_for_model(item: Evidence, number: str) -> str:
    """A call's result as a model reads it: fenced, head and tail, with what leads to the rest."""
    result_text = item.error if item.answer is None else item.answer.text
    text, cut = bounded(result_text, CHARACTERS)
    rest = f"\nThe rest is in the ledger as {number}; a narrower call shows more." if cut else ""
    cursor = item.answer.data.get("cursor") if item.answer is not None else None
    more = f"\nIt goes on with cursor {cursor}" if isinstance(cursor, str) and cursor else ""
    return fence(f"{number} {item.tool}", text + rest + more)


def _refusal(call: str, why: str) -> ToolMessage:
    return ToolMessage(why, tool_call_id=call, status="error")


def _id(call: ToolCall) -> str:
    return call["id"] or ""
