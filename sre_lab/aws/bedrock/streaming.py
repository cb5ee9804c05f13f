"""An answer in the pieces in which ConverseStream gives it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from sre_lab.aws.bedrock.event_stream import event
from sre_lab.aws.bedrock.response import ConverseResponse

PIECE: Final = 24  # characters


def pieces(answer: ConverseResponse) -> Iterator[bytes]:
    """Encoded events, in order."""
    yield event("messageStart", {"role": "assistant"})
    for index, block in enumerate(answer.content):
        for kind, payload in _block(block):
            yield event(kind, {**payload, "contentBlockIndex": index})
    yield event("messageStop", {"stopReason": answer.stop})
    metadata: dict[str, Any] = {"usage": answer.usage, "metrics": answer.metrics}
    yield event("metadata", metadata | ({"trace": answer.trace} if answer.trace else {}))


def _block(block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "text" in block:
        for part in _parts(block["text"]):
            yield "contentBlockDelta", {"delta": {"text": part}}
    elif "toolUse" in block:
        use = block["toolUse"]
        yield "contentBlockStart", {"start": {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}}
        text = use["input"] if isinstance(use["input"], str) else json.dumps(use["input"])
        for part in _parts(text):
            yield "contentBlockDelta", {"delta": {"toolUse": {"input": part}}}
    else:
        reasoning = block["reasoningContent"]["reasoningText"]
        for part in _parts(reasoning["text"]):
            yield "contentBlockDelta", {"delta": {"reasoningContent": {"text": part}}}
        yield "contentBlockDelta", {"delta": {"reasoningContent": {"signature": reasoning["signature"]}}}
    yield "contentBlockStop", {}


def _parts(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))
