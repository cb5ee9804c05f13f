"""What is read off an answer: text, tool calls that can be made, and the structure that was asked for.

A model's answer is foreign input. A call of a tool that was not offered, or with arguments that are no JSON, is set
apart with the reason; a structure counts only when it is valid.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import ToolCall
from pydantic import BaseModel, ValidationError

from sre_agent.domain.model_call import Outcome, Tier
from sre_agent.model.usage import Usage

NO_JSON = "The arguments are not a JSON object."
LONGEST_COMPLAINT = 1000  # characters of a validation error that the model is told


@dataclass(frozen=True)
class BadCall:
    """A tool call that cannot be made, and why; `id` is what a tool message answers it by."""

    id: str
    name: str
    why: str


@dataclass(frozen=True)
class ModelReply:
    """`message` goes into the conversation, with a tool message for each of `calls` and `bad_calls` after it. Where a
    schema was asked for, `parsed` is set unless there are such calls.

    `seconds` is the whole wait, `calls_made` counts requests to models, failed ones too, and `dollars` their price.
    """

    message: AIMessage
    text: str
    calls: tuple[ToolCall, ...]
    bad_calls: tuple[BadCall, ...]
    parsed: BaseModel | None
    model: str
    tier: Tier
    usage: Usage
    dollars: float
    seconds: float
    calls_made: int


@dataclass(frozen=True)
class ParsedReply:
    """One answer as read. Where `outcome` is malformed, `again` is what to say to the model before it tries again."""

    outcome: Outcome
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    bad_calls: tuple[BadCall, ...] = ()
    parsed: BaseModel | None = None
    why: str = ""
    again: tuple[BaseMessage, ...] = ()


def read(message: AIMessage, tools: Sequence[str], schema: type[BaseModel] | None) -> ParsedReply:
    """The answer of a model that was offered `tools`, beside the schema under its own name."""
    metadata = message.response_metadata
    if metadata.get("stopReason") in ("guardrail_intervened", "content_filtered"):
        return ParsedReply("guarded", why="a guardrail stepped in")
    text = str(message.text).strip()
    if not text and not message.tool_calls and not message.invalid_tool_calls:
        return ParsedReply("empty", why="it had neither text nor a tool call")
    structure_calls = [call for call in message.tool_calls if schema is not None and call["name"] == schema.__name__]
    others = [call for call in message.tool_calls if schema is None or call["name"] != schema.__name__]
    calls = tuple(call for call in others if call["name"] in tools)
    bad = (*_not_offered(others, tools), *_not_json(message))
    if schema is None:
        return ParsedReply("answered", text, calls, bad)
    if calls:  # it looks further before it concludes
        return ParsedReply(
            "answered", text, calls, (*bad, *(BadCall(_id(c), c["name"], "not yet") for c in structure_calls))
        )
    return _structure(message, text, structure_calls, bad, schema)


def sendable(message: AIMessage) -> AIMessage:
    """The answer in a form that can be sent back: a call whose arguments were no JSON stands there with none."""
    if not message.invalid_tool_calls:
        return message
    bad_ids = {call.get("id") for call in message.invalid_tool_calls}
    calls = [ToolCall(name=c.get("name") or "", args={}, id=c.get("id")) for c in message.invalid_tool_calls]
    content = message.content
    if isinstance(content, list):
        content = [
            {**block, "input": {}} if isinstance(block, dict) and block.get("id") in bad_ids else block
            for block in content
        ]
    update = {"content": content, "tool_calls": [*message.tool_calls, *calls], "invalid_tool_calls": []}
    return message.model_copy(update=update)


def _structure(
    message: AIMessage, text: str, structure_calls: list[ToolCall], bad: tuple[BadCall, ...], schema: type[BaseModel]
) -> ParsedReply:
    try:
        args = structure_calls[0]["args"] if structure_calls else _json_in(text)
        return ParsedReply("answered", text, parsed=schema.model_validate(args), bad_calls=bad)
    except (ValidationError, ValueError) as problem:
        why = _complaint(problem)
    if bad and not structure_calls and all(one.name != schema.__name__ for one in bad):  # for the caller to answer
        return ParsedReply("answered", text, bad_calls=bad)
    again: list[BaseMessage] = [sendable(message)]
    again += [ToolMessage(f"Not accepted: {why}", tool_call_id=_id(call), status="error") for call in structure_calls]
    again += [ToolMessage(f"Not accepted: {one.why}", tool_call_id=one.id, status="error") for one in bad]
    ask = f"Call {schema.__name__} once, with arguments of its schema."
    return ParsedReply("malformed", text, why=why, again=(*again, HumanMessage(ask)))


def _not_offered(calls: Sequence[ToolCall], tools: Sequence[str]) -> tuple[BadCall, ...]:
    have = ", ".join(tools) or "none"
    return tuple(
        BadCall(_id(call), call["name"], f"There is no tool {call['name']!r}. There are: {have}.")
        for call in calls
        if call["name"] not in tools
    )


def _not_json(message: AIMessage) -> tuple[BadCall, ...]:
    return tuple(BadCall(call.get("id") or "", call.get("name") or "", NO_JSON) for call in message.invalid_tool_calls)


def _json_in(text: str) -> Any:
    """The object that a model wrote into its text instead of calling the tool. Raises ValueError."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ValueError("the structure that was asked for is not there")
    try:
        return json.loads(text[start : end + 1])
    except RecursionError:
        raise ValueError("it nests too deep") from None


def _complaint(problem: ValueError) -> str:
    if not isinstance(problem, ValidationError):
        return str(problem)
    lines = [f"{'.'.join(map(str, error['loc'])) or 'it'}: {error['msg']}" for error in problem.errors()]
    return "; ".join(lines)[:LONGEST_COMPLAINT]


def _id(call: ToolCall) -> str:
    return call["id"] or ""
