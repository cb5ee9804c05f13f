"""What the model of one world answers: turns in the order of a script, and what was asked of it so far."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sre_lab.aws.bedrock.request import ConverseRequest
from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World

REMEMBERED = 500  # requests
IN_STREAM = (
    "InternalServerException",
    "ModelStreamErrorException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "ValidationException",
)
Fault = Literal[
    "",
    "AccessDeniedException",
    "InternalServerException",
    "ModelErrorException",
    "ModelNotReadyException",
    "ModelTimeoutException",
    "ResourceNotFoundException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "UnrecognizedClientException",
    "ValidationException",
    "ModelStreamErrorException",  # within a stream only
    "hangs",  # it never answers
    "empty",  # a message without content
    "malformed",  # a body that is not the operation's
    "cut",  # the connection ends within the answer
    "unfinished",  # the stream ends in good order, but too early
    "garbled",  # a checksum of the stream is wrong
]


class _ScriptPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TurnCondition(_ScriptPart):
    """Which requests a turn is for; an empty field is for all."""

    model: str = Field("", description="text within the model's id")
    system: str = Field("", description="text within the system prompt")
    last: str = Field("", description="text within the last message, tool results included")
    tool: str = Field("", description="name of a tool that is offered")


class ToolUse(_ScriptPart):
    tool: str
    input: Any = Field(default_factory=dict)


class TokenUsage(_ScriptPart):
    """Tokens in the place of those counted."""

    input_tokens: int | None = Field(None, ge=0)
    output_tokens: int | None = Field(None, ge=0)
    cache_read: int | None = Field(None, ge=0)
    cache_write: int | None = Field(None, ge=0)


class ModelTurn(_ScriptPart):
    when: TurnCondition = TurnCondition()
    thinking: str = ""
    text: str = ""
    calls: tuple[ToolUse, ...] = ()
    usage: TokenUsage = TokenUsage()
    latency: float = Field(0.0, ge=0, description="seconds of the lab's clock until the answer is whole")
    stop: str = Field("", description="stop reason; without it the one that the content has")
    fault: Fault = ""
    message: str = Field("", description="text of the fault's error")
    in_stream: bool = Field(False, description="the error comes as an event, after the first words")
    repeats: bool = Field(False, description="it stays and answers every request that it is for")

    @model_validator(mode="after")
    def _can_happen(self) -> ModelTurn:
        if self.in_stream and self.fault not in IN_STREAM:
            raise ValueError(f"within a stream there is only {', '.join(IN_STREAM)}")
        return self


class BatchSettings(_ScriptPart):
    """What the account takes as a batch job, and how long one takes. A job that does not begin before its timeout
    expires; one that does not end before it is partially completed."""

    minimum: int = Field(100, ge=1, description="records of a job")
    maximum: int = Field(50_000, ge=1, description="records of a job")
    queue_seconds: float = Field(60.0, ge=0, description="from its validation to its beginning")
    record_seconds: float = Field(0.05, gt=0, description="of one record, one after the other")


class ModelScript(_ScriptPart):
    """`context_tokens` is what the models take. Requests that no turn is for get the built-in answer."""

    turns: tuple[ModelTurn, ...] = ()
    context_tokens: int = Field(200_000, gt=0)
    batch: BatchSettings = BatchSettings()


@dataclass
class ScriptedBedrock:
    """Of one world."""

    script: ModelScript = field(default_factory=ModelScript)
    remaining_turns: list[ModelTurn] = field(default_factory=list)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    cache_expiry: dict[tuple[str, str], float] = field(default_factory=dict)  # (model, hash of a prefix): until when


BEDROCK = PerWorld(ScriptedBedrock)


def play(world: World, script: ModelScript) -> None:
    """From here on this script, from its beginning; what was asked and cached before is forgotten."""
    world.memories[BEDROCK] = ScriptedBedrock(script=script, remaining_turns=list(script.turns))


def calls_of(world: World) -> dict[str, Any]:
    """The requests since the script began, oldest first, and how many turns are left."""
    bedrock = BEDROCK.of(world)
    return {"calls": list(bedrock.requests), "left": sum(not turn.repeats for turn in bedrock.remaining_turns)}


def next_turn(bedrock: ScriptedBedrock, conversation: ConverseRequest) -> ModelTurn | None:
    """The first turn left that is for this request; it is used up unless it repeats."""
    for turn in bedrock.remaining_turns:
        if _is_for(turn.when, conversation):
            if not turn.repeats:
                bedrock.remaining_turns.remove(turn)
            return turn
    return None


def _is_for(when: TurnCondition, conversation: ConverseRequest) -> bool:
    texts = (
        when.model in conversation.model
        and when.system in conversation.system_text
        and when.last in conversation.last_text
    )
    return texts and (not when.tool or when.tool in conversation.tool_names)
