"""One request to the model, however it came: read, noted for who looks on, and given its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sre_lab.aws.bedrock import request as requests
from sre_lab.aws.bedrock.default_turn import builtin_turn
from sre_lab.aws.bedrock.request import ConverseRequest
from sre_lab.aws.bedrock.script import ModelTurn, ScriptedBedrock, next_turn
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

STATUSES: Final = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "UnrecognizedClientException": 403,
    "ValidationException": 400,
}
WORDS: Final = {
    "AccessDeniedException": "You don't have access to the model with the specified model ID.",
    "ModelTimeoutException": "Model has timed out in processing the request. Try your request again.",
    "ServiceUnavailableException": "Bedrock is unable to process your request.",
    "ThrottlingException": "Too many requests, please wait before trying again.",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
    "ValidationException": "Input is too long for requested model.",
}


@dataclass(frozen=True)
class ModelInvocation:
    """A valid request and the turn that answers it. `log_entry` is what is remembered of it; it may be added to."""

    conversation: ConverseRequest
    turn: ModelTurn
    log_entry: dict[str, Any]


def invoke_model(world: World, bedrock: ScriptedBedrock, model: str, operation: str, raw: bytes) -> ModelInvocation:
    """Raises AwsError as the service refuses."""
    record: dict[str, Any] = {"at": world.clock.now(), "model": model, "operation": operation, "ended": ""}
    bedrock.requests.append(record)
    try:
        conversation = requests.read_request(model, raw, bedrock.script.context_tokens)
    except AwsError as error:
        record["ended"] = error.code
        raise
    record |= _summary(conversation)
    turn = next_turn(bedrock, conversation) or builtin_turn(conversation)
    record["ended"] = turn.fault or "answered"
    return ModelInvocation(conversation, turn, record)


def error_of(turn: ModelTurn) -> AwsError:
    """The service's own error for a turn whose fault is one of STATUSES."""
    message = turn.message or WORDS.get(turn.fault, "The service failed.")
    return AwsError(turn.fault, message, status=STATUSES[turn.fault])


def _summary(conversation: ConverseRequest) -> dict[str, Any]:
    """What a test wants to know of a request, and all of it."""
    return {
        "system": conversation.system_text,
        "last": conversation.last_text,
        "messages": len(conversation.messages),
        "tools": conversation.tool_names,
        "cache_points": conversation.cache_points,
        "body": conversation.body,
    }
