"""An answer of a model before anybody reads it: bounded, and without what cannot be sent back.

A model's answer is foreign input of any size and shape. Arguments that nest without end, half characters and thousands
of calls would break or stall whoever reads, counts or sends them.
"""

from __future__ import annotations

import json
from typing import Any, Final

from langchain_core.messages import AIMessage, InvalidToolCall
from langchain_core.messages.tool import ToolCall

TEXT: Final = 200_000  # characters of all text; a report's account has 4,000
CALLS: Final = 64  # in one answer; more are as if they had not been made
ARGUMENTS: Final = 50_000  # characters of one call's, as JSON
DEEP: Final = 40  # levels in them


def sanitized(message: AIMessage) -> AIMessage:
    """The answer with calls that can be made, and those that cannot set apart as invalid."""
    sound = [call for call in message.tool_calls if _can_be_sent(call["args"])]
    broken_calls = [_bad_call(call) for call in message.tool_calls if not _can_be_sent(call["args"])]
    invalid = [*message.invalid_tool_calls, *broken_calls]
    sendable, left = sound[:CALLS], max(0, CALLS - len(sound))
    known_ids = {call["id"] for call in sendable} | {call.get("id") for call in invalid[:left]}
    if message.tool_calls == sendable and not broken_calls and not invalid[left:] and _is_short(message.content):
        return message
    content = _content(message.content, known_ids)
    return message.model_copy(update={"content": content, "tool_calls": sendable, "invalid_tool_calls": invalid[:left]})


def _is_short(content: Any) -> bool:
    texts = [content] if isinstance(content, str) else [_text(block) for block in content]
    return sum(map(len, texts)) <= TEXT


def _content(content: Any, calls: set[str | None]) -> Any:
    """Without the blocks of calls that are gone, and without the end of a text that has none."""
    if isinstance(content, str):
        return content[:TEXT]
    blocks, room = [], TEXT
    for block in content:
        if isinstance(block, dict) and block.get("type") == "tool_use" and block.get("id") not in calls:
            continue
        text = _text(block)
        if text and len(text) > room:
            block = text[:room] if isinstance(block, str) else {**block, "text": text[:room]}
        room = max(0, room - len(text))
        blocks.append(block)
    return blocks


def _text(block: Any) -> str:
    text = block.get("text", "") if isinstance(block, dict) else block
    return text if isinstance(text, str) else ""


def _bad_call(call: ToolCall) -> InvalidToolCall:
    return InvalidToolCall(type="invalid_tool_call", name=call["name"], args="", id=call["id"], error="no JSON object")


def _can_be_sent(arguments: Any) -> bool:
    if _depth(arguments) > DEEP:
        return False
    try:
        return len(json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode()) <= ARGUMENTS
    except (TypeError, ValueError):  # half a character, or a number that is none
        return False


def _depth(value: Any) -> int:
    """Levels of lists and objects, as far as they matter."""
    level, depth = [value], 0
    while level and depth <= DEEP:
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
    return depth
