"""One call of one model: made, read, priced, and written down."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

import structlog
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode
from pydantic import BaseModel

from sre_agent.clock import Clock
from sre_agent.domain.model_call import ModelCall, Outcome, Tier
from sre_agent.errors import SreAgentError
from sre_agent.model.address import ModelAddress
from sre_agent.model.budget import ModelBudget
from sre_agent.model.client import ModelClient, OnText
from sre_agent.model.faults import in_words, outcome_of
from sre_agent.model.reply import ParsedReply, read
from sre_agent.model.sanitizing import sanitized
from sre_agent.model.usage import Prices, Usage, estimate, tokens_of, usage_of
from sre_agent.settings import ModelAccess

TRACER = trace.get_tracer("sre_agent.model")
LOG = structlog.get_logger("sre_agent.model")
USUAL_ANSWER: Final = 1000  # tokens; findings and reports need about so many
# Without a message nobody tells what these took, and they are billed all the same.
NOT_TOLD: Final[tuple[Outcome, ...]] = ("timeout", "broken", "malformed", "interrupted")
NO_TURN: Final = "the script has no turn for this request"


@dataclass(frozen=True)
class AttemptRequest:
    """A question as it is sent. `tools` are in OpenAI's form, without the schema's. `patience` is for how many seconds
    pauses and quotas may hold it up; None: its deadline alone counts. `on_sent` is called before its first call. `most`
    calls are made, failed ones too."""

    tier: Tier
    messages: list[BaseMessage]
    tools: list[dict[str, Any]]
    schema: type[BaseModel] | None
    incident: str
    agent: str
    user: str
    prompt: str
    on_text: OnText | None
    patience: float | None = None
    on_sent: Callable[[], None] | None = None
    most: int | None = None

    @property
    def tool_schemas(self) -> list[dict[str, Any]]:
        """The tools, and the schema as one more."""
        return [*self.tools, *([convert_to_openai_tool(self.schema)] if self.schema is not None else [])]

    @property
    def tokens(self) -> int:
        return estimate(self.messages, self.tool_schemas)

    def with_messages(self, messages: list[BaseMessage]) -> AttemptRequest:
        return replace(self, messages=messages)


@dataclass(frozen=True)
class AttemptResult:
    """How a call ended: what was read off its answer, and what it took. No message where it failed; what such a call
    took is `estimated` where the service had work with it."""

    reply: ParsedReply
    usage: Usage = field(default_factory=Usage)
    dollars: float = 0.0
    message: AIMessage | None = None
    estimated: bool = False


class _Heard:
    """Hands text on as it comes, and counts it."""

    def __init__(self, on_text: OnText | None) -> None:
        self._on_text, self.characters = on_text, 0

    def __call__(self, part: str | None) -> None:
        self.characters += len(part or "")
        if self._on_text is not None:
            self._on_text(part)


class Attempts:
    """Makes calls. Raises nothing but errors of ours: what a client raises becomes an outcome."""

    def __init__(self, settings: ModelAccess, clock: Clock, budget: ModelBudget, prices: Prices) -> None:
        self._settings, self._clock, self._budget, self._prices = settings, clock, budget, prices
        self._cache_ttl = cast(Literal["5m", "1h"], settings.model_cache if settings.model_cache != "off" else "5m")

    def estimate(self, address: ModelAddress, request: AttemptRequest) -> float:
        """Dollars that the question will cost with an answer of the usual length, if no cache holds any of it."""
        output = min(USUAL_ANSWER, self._settings.model_answer_tokens)
        return self._prices.dollars(address, Usage(input=request.tokens, output=output))[0]

    async def make(
        self, client: ModelClient, address: ModelAddress, request: AttemptRequest, seconds: float
    ) -> AttemptResult:
        """One call of at most so many seconds, in the ledger when this returns, and also when it is called off."""
        attributes = {
            "model": str(address),
            "tier": request.tier,
            "agent_name": request.agent,
            "prompt": request.prompt,
        }
        with TRACER.start_as_current_span("model call", attributes=attributes) as span:
            began = self._clock.now()
            most = Usage(input=request.tokens, output=self._settings.model_answer_tokens)
            with self._budget.under_way(request.incident, self._prices.dollars(address, most)[0]):
                listener = _Heard(request.on_text)
                try:
                    result = await self._call(client, request, listener, began, seconds)
                except asyncio.CancelledError:
                    off = self._without_message("interrupted", "who asked was called off", request, listener)
                    await _whatever_happens(self._kept_row(span, address, request, off, began))
                    raise
                result = await self._kept_row(span, address, request, result, began)
            if self._settings.model_content:
                lines = [f"{message.type}: {message.text}" for message in request.messages]
                LOG.info("model messages", incident_id=request.incident, asked=lines, answered=result.reply.text)
            return result

    async def _kept_row(
        self, span: Span, address: ModelAddress, request: AttemptRequest, result: AttemptResult, began: datetime
    ) -> AttemptResult:
        """The call with its price, in the ledger, the span and the log."""
        dollars, is_priced = self._prices.dollars(address, result.usage, self._cache_ttl)
        result = replace(result, dollars=dollars)
        call = self._row(address, request, result, began).model_copy(update={"priced": is_priced})
        await self._budget.keep(call)
        _set_attributes(span, call, result)
        return result

    async def _call(
        self, client: ModelClient, request: AttemptRequest, listener: _Heard, began: datetime, seconds: float
    ) -> AttemptResult:
        names = [tool["function"]["name"] for tool in request.tools]
        force = request.schema is not None
        try:
            async with asyncio.timeout(seconds):
                listens = listener if request.on_text is not None else None
                message = sanitized(await client.ask(request.messages, request.tool_schemas, force, listens))
        except Exception as problem:  # clients share no error, and none of theirs may end an incident
            if isinstance(problem, SreAgentError) and client.outcome(problem) is None:
                raise
            outcome = outcome_of(problem, client.outcome)
            return self._without_message(outcome, _why(problem, outcome, seconds), request, listener)
        await self._clock.sleep_until(began + timedelta(seconds=min(_latency(message), seconds)))
        return AttemptResult(read(message, names, request.schema), usage_of(message), message=message)

    def _without_message(self, outcome: Outcome, why: str, request: AttemptRequest, listener: _Heard) -> AttemptResult:
        """What was sent is paid for where the service may have begun with it, and so is what came of the answer."""
        if outcome not in NOT_TOLD:
            return AttemptResult(ParsedReply(outcome, why=why))
        usage = Usage(input=request.tokens, output=tokens_of(listener.characters))
        return AttemptResult(ParsedReply(outcome, why=why), usage, estimated=True)

    def _row(self, address: ModelAddress, request: AttemptRequest, result: AttemptResult, began: datetime) -> ModelCall:
        return ModelCall(
            id=uuid.uuid4().hex,
            incident=request.incident,
            agent=request.agent,
            user=request.user,
            prompt=request.prompt,
            model=str(address),
            tier=request.tier,
            at=began,
            seconds=(self._clock.now() - began).total_seconds(),
            outcome=result.reply.outcome,
            input_tokens=result.usage.input,
            output_tokens=result.usage.output,
            cache_read_tokens=result.usage.cache_read,
            cache_write_tokens=result.usage.cache_write,
            estimated=result.estimated,
        ).model_copy(update={"dollars": result.dollars})


def _why(problem: Exception, outcome: Outcome, seconds: float) -> str:
    """No message reaches the log: what could not be read, or had no turn, may be quoted in the error about it."""
    if outcome == "deviated":
        return NO_TURN
    if outcome == "malformed":
        return type(problem).__name__
    if isinstance(problem, TimeoutError) and not str(problem):
        return f"there was no answer within {seconds:.0f} s"
    return in_words(problem)


async def _whatever_happens(work: Coroutine[Any, Any, object]) -> None:
    """Does the work to its end, however often the task is called off meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    if not task.cancelled() and (problem := task.exception()) is not None:
        LOG.error("model call not kept", status="lost", error=in_words(problem))


def _latency(message: AIMessage) -> float:
    """Seconds that the service says it took. A clock that jumps goes there; on the wall that time has passed."""
    latency = (message.response_metadata.get("metrics") or {}).get("latencyMs", 0)
    latest = latency[-1] if isinstance(latency, list) and latency else latency
    return latest / 1000 if isinstance(latest, int | float) and 0 < latest < math.inf else 0.0


def _set_attributes(span: Span, call: ModelCall, result: AttemptResult) -> None:
    numbers = {
        "input_tokens": call.input_tokens,
        "output_tokens": call.output_tokens,
        "cache_read_tokens": call.cache_read_tokens,
        "cache_write_tokens": call.cache_write_tokens,
        "dollars": round(call.dollars, 6),
    }
    span.set_attributes({**numbers, "outcome": call.outcome})
    if call.outcome != "answered":
        span.set_status(Status(StatusCode.ERROR, call.outcome))
    LOG.info(
        "model call",
        incident_id=call.incident,
        agent_name=call.agent,
        action=f"ask {call.model}",
        duration_ms=round(call.seconds * 1000),
        status=call.outcome,
        why=result.reply.why if result.message is None else "",
        **numbers,
    )
