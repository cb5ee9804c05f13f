"""A Converse request as the service understands it, and what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sre_lab.aws.errors import AwsError

MODEL_ID: Final = re.compile(r"(arn:aws[a-z-]*:bedrock:.+|([a-z-]+\.)?[a-z0-9-]+\.[\w.:-]+)")
PROFILE_ONLY: Final = re.compile(r"anthropic\.claude-(?!3-|v2|instant)")  # not to be had under the bare id
NEVER_FORCED: Final = ("claude-fable-5-1", "claude-opus-5-5", "claude-sonnet-5-5")  # they choose their tools themselves
CACHING: Final = ("anthropic.", "amazon.nova")
MOST_CACHE_POINTS: Final = 4
CHARACTERS_A_TOKEN: Final = 4


@dataclass(frozen=True)
class ConverseRequest:
    """`body` is the request as sent, found valid."""

    model: str
    body: dict[str, Any]

    @property
    def system(self) -> list[dict[str, Any]]:
        return self.body.get("system") or []

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.body["messages"]  # type: ignore[no-any-return]

    @property
    def tools(self) -> list[dict[str, Any]]:
        """Tool specifications, without cache points."""
        tools = (self.body.get("toolConfig") or {}).get("tools") or []
        return [tool["toolSpec"] for tool in tools if "toolSpec" in tool]

    @property
    def tool_names(self) -> list[str]:
        return [tool["name"] for tool in self.tools]

    @property
    def choice(self) -> dict[str, Any]:
        return (self.body.get("toolConfig") or {}).get("toolChoice") or {}

    @property
    def system_text(self) -> str:
        return "\n".join(block["text"] for block in self.system if "text" in block)

    @property
    def last_text(self) -> str:
        return "\n".join(_texts(self.messages[-1]))

    @property
    def cache_points(self) -> int:
        return sum(1 for _ in _cache_points(self.body))

    @property
    def most_tokens(self) -> int | None:
        return (self.body.get("inferenceConfig") or {}).get("maxTokens")


def read_request(model: str, raw: bytes, context_tokens: int) -> ConverseRequest:
    """Raises AwsError as the service refuses."""
    try:
        body = json.loads(raw or b"{}")
    except ValueError as problem:
        raise AwsError("SerializationException", f"The body of the request is not JSON: {problem}") from problem
    check_model(model)
    conversation = ConverseRequest(model, body if isinstance(body, dict) else {})
    _check_messages(conversation.body.get("messages") or [])
    _check_tools(conversation)
    _check_cache_points(conversation)
    most = conversation.most_tokens
    if most is not None and most < 1:
        raise _invalid(f"Value '{most}' at 'inferenceConfig.maxTokens' failed to satisfy constraint: at least 1")
    if tokens(conversation.body) > context_tokens:
        raise _invalid("Input is too long for requested model.")
    return conversation


def tokens(value: Any) -> int:
    """Of anything that is JSON, by its length."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return -(-len(text) // CHARACTERS_A_TOKEN)


def check_model(model: str) -> None:
    """Raises AwsError for an id that names no model, or none that can be had under it."""
    if not MODEL_ID.fullmatch(model):
        raise _invalid("The provided model identifier is invalid.")
    if PROFILE_ONLY.match(model):
        raise _invalid(
            f"Invocation of model ID {model} with on-demand throughput isn't supported. Retry your request with the ID"
            " or ARN of an inference profile that contains this model."
        )


def _check_messages(messages: list[dict[str, Any]]) -> None:
    if not messages or messages[0].get("role") != "user":
        raise _invalid("A conversation must start with a user message.")
    call_ids: list[str] = []
    for place, message in enumerate(messages):
        if place and message.get("role") == messages[place - 1].get("role"):
            raise _invalid("A conversation must alternate between user and assistant roles.")
        content = message.get("content") or []
        if not content:
            raise _invalid(f"The content field in the Message object at messages.{place} is empty.")
        for number, block in enumerate(content):
            if "text" in block and not block["text"].strip():
                where = f"messages.{place}.content.{number}"
                raise _invalid(f"The text field in the ContentBlock object at {where} is blank.")
        result_ids = [block["toolResult"]["toolUseId"] for block in content if "toolResult" in block]
        missing = [id_ for id_ in call_ids if id_ not in result_ids]
        if missing:
            ids = ", ".join(missing)
            raise _invalid(f"Expected toolResult blocks at messages.{place}.content for the following Ids: {ids}")
        if len(result_ids) > len(call_ids):
            raise _invalid(
                f"The number of toolResult blocks at messages.{place}.content exceeds the number of toolUse blocks of"
                " previous turn."
            )
        call_ids = [block["toolUse"]["toolUseId"] for block in content if "toolUse" in block]


def _check_tools(conversation: ConverseRequest) -> None:
    names = conversation.tool_names
    used = [b for m in conversation.messages for b in m["content"] if "toolUse" in b or "toolResult" in b]
    if used and not names:
        raise _invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _invalid(f"The toolConfig has several tools of the name {', '.join(sorted(twice))}.")
    choice = conversation.choice
    if "tool" in choice and choice["tool"].get("name") not in names:
        raise _invalid(f"The tool {choice['tool'].get('name')} of toolChoice is not in the toolConfig.")
    if ("tool" in choice or "any" in choice) and any(name in conversation.model for name in NEVER_FORCED):
        raise _invalid("tool_choice: this model does not support forced tool use.")


def _check_cache_points(conversation: ConverseRequest) -> None:
    if not conversation.cache_points:
        return
    if not any(family in conversation.model for family in CACHING):
        raise AwsError(
            "AccessDeniedException",
            "You invoked an unsupported model or your request did not allow prompt caching.",
            status=403,
        )
    if conversation.cache_points > MOST_CACHE_POINTS:
        raise _invalid(f"A maximum of {MOST_CACHE_POINTS} cache points is allowed: {conversation.cache_points} found.")


def _cache_points(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    tools = (body.get("toolConfig") or {}).get("tools") or []
    inside = [block for message in body.get("messages") or [] for block in message.get("content") or []]
    for block in [*tools, *(body.get("system") or []), *inside]:
        if "cachePoint" in block:
            yield block["cachePoint"]


def _texts(message: dict[str, Any]) -> Iterator[str]:
    for block in message["content"]:
        if "text" in block:
            yield block["text"]
        for part in block.get("toolResult", {}).get("content", []):
            yield part["text"] if "text" in part else json.dumps(part.get("json"))


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
