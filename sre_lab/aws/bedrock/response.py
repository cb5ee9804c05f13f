"""One whole answer: the content of a turn, why it stops, and what it took."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from sre_lab.aws.bedrock.caching import use_cache
from sre_lab.aws.bedrock.request import CHARACTERS_A_TOKEN, ConverseRequest, tokens
from sre_lab.aws.bedrock.script import ModelTurn, ScriptedBedrock
from sre_lab.world import World


@dataclass(frozen=True)
class ConverseResponse:
    """As Converse gives it; a stream is the same in pieces."""

    content: list[dict[str, Any]]
    stop: str
    usage: dict[str, int]
    latency: float
    trace: dict[str, Any] | None

    def body(self) -> dict[str, Any]:
        whole: dict[str, Any] = {
            "output": {"message": {"role": "assistant", "content": self.content}},
            "stopReason": self.stop,
            "usage": self.usage,
            "metrics": self.metrics,
        }
        return whole | ({"trace": self.trace} if self.trace else {})

    @property
    def metrics(self) -> dict[str, int]:
        return {"latencyMs": round(self.latency * 1000)}


def converse_response(
    world: World, bedrock: ScriptedBedrock, conversation: ConverseRequest, turn: ModelTurn
) -> ConverseResponse:
    """What the turn says to this request; a text longer than maxTokens is cut."""
    text, stop = turn.text, turn.stop
    most = conversation.most_tokens
    if most is not None and tokens(text) > most:
        text, stop = text[: most * CHARACTERS_A_TOKEN], stop or "max_tokens"
    content: list[dict[str, Any]] = []
    if turn.thinking:
        content.append({"reasoningContent": {"reasoningText": {"text": turn.thinking, "signature": "lab"}}})
    if text:
        content.append({"text": text})
    for call in turn.calls:
        content.append({"toolUse": {"toolUseId": _id(world), "name": call.tool, "input": call.input}})
    if turn.fault == "empty":
        content = []
    return ConverseResponse(
        content=content,
        stop=stop or ("tool_use" if turn.calls else "end_turn"),
        usage=_usage(world, bedrock, conversation, turn, content),
        latency=turn.latency,
        trace=_trace(conversation, stop),
    )


def _usage(
    world: World,
    bedrock: ScriptedBedrock,
    conversation: ConverseRequest,
    turn: ModelTurn,
    content: list[dict[str, Any]],
) -> dict[str, int]:
    read, write = use_cache(conversation, bedrock.cache_expiry, world.clock.now())
    response = turn.usage
    read = read if response.cache_read is None else response.cache_read
    write = write if response.cache_write is None else response.cache_write
    prompt = tokens([conversation.system, conversation.messages, conversation.tools])
    fresh = max(0, prompt - read - write) if response.input_tokens is None else response.input_tokens
    output = sum(tokens(block) for block in content) if response.output_tokens is None else response.output_tokens
    usage = {"inputTokens": fresh, "outputTokens": output, "totalTokens": fresh + read + write + output}
    return usage | {"cacheReadInputTokens": read, "cacheWriteInputTokens": write}


def _trace(conversation: ConverseRequest, stop: str) -> dict[str, Any] | None:
    guardrail = conversation.body.get("guardrailConfig") or {}
    if guardrail.get("trace") not in ("enabled", "enabled_full"):
        return None
    assessment = {"contentPolicy": {"filters": [{"type": "MISCONDUCT", "confidence": "HIGH", "action": "BLOCKED"}]}}
    name = guardrail.get("guardrailIdentifier", "guardrail")
    assessments = {name: [assessment]} if stop == "guardrail_intervened" else {}
    return {"guardrail": {"outputAssessments": assessments}}


def _id(world: World) -> str:
    number = next(world.memory(_Numbers, _Numbers).counter)
    return f"tooluse_lab{number:06d}"


class _Numbers:
    def __init__(self) -> None:
        self.counter = itertools.count(1)
