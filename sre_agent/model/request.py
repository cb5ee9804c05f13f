"""One question on its way through the models of its tier, until one answers or all of them have failed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from random import Random

from langchain_core.messages import AIMessage

from sre_agent.aws_services.secrets import SecretReader
from sre_agent.breaker import Breaker
from sre_agent.clock import Clock
from sre_agent.domain.model_call import Outcome
from sre_agent.errors import ModelUnavailableError, SettingsError, TemporaryError
from sre_agent.model.address import BEDROCK, SCRIPTED, ModelAddress
from sre_agent.model.attempt import AttemptRequest, AttemptResult, Attempts
from sre_agent.model.budget import ModelBudget
from sre_agent.model.client import ModelClient
from sre_agent.model.reply import ModelReply, sendable
from sre_agent.model.resilience import ATTEMPTS, LONGEST_PAUSE, Quota, note, pause
from sre_agent.model.shortening import shorten
from sre_agent.progress import Progress
from sre_agent.settings import ModelAccess

Opener = Callable[[ModelAddress, ModelAccess], ModelClient]
TOLD_FROM = 3.0  # seconds of waiting from which on somebody is told
TECHNOLOGIES = {BEDROCK: "bedrock", SCRIPTED: "scripted"}  # every other provider is LangChain's


@dataclass
class ModelCandidate:
    """A model that may be asked, with what is remembered of it."""

    address: ModelAddress
    breaker: Breaker
    quota: Quota
    client: ModelClient | None = None
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class RequestContext:
    """What every question needs beside itself."""

    settings: ModelAccess
    clock: Clock
    budget: ModelBudget
    attempts: Attempts
    random: Random
    open_model: Opener
    progress: Progress


class ModelRequest:
    """`answer` is called once. `candidates` are in the order in which they are asked."""

    def __init__(self, request: AttemptRequest, candidates: Sequence[ModelCandidate], around: RequestContext) -> None:
        self._request, self._candidates, self._around = request, candidates, around
        self._clock = around.clock
        self._began = self._clock.now()
        self._deadline = self._began + timedelta(seconds=around.settings.model_deadline_seconds)
        self._failures: list[str] = []
        self._last, self._detail = "unavailable", ""
        self._dollars, self._attempts_made, self._seconds_waited = 0.0, 0, 0.0

    async def answer(self) -> ModelReply:
        """Raises ModelUnavailableError."""
        if not self._candidates:
            raise ModelUnavailableError("No chat model is configured; set `model`, as to bedrock.", reason="no_model")
        for candidate in self._candidates:
            if self._clock.now() >= self._deadline:
                self._failures.append("the time for an answer is over")
                break
            if self._used_up:
                self._failures.append("no further call is made for this answer")
                break
            reply = await self._from(candidate)
            if reply is not None:
                return reply
        failures = "; ".join(self._failures)
        detail = self._detail if self._last == "not_opened" else ""
        message = f"No chat model answered {self._request.agent}. {failures}."
        raise ModelUnavailableError(message, reason=self._last, detail=detail)

    @property
    def _used_up(self) -> bool:
        return self._request.most is not None and self._attempts_made >= self._request.most

    async def _from(self, candidate: ModelCandidate) -> ModelReply | None:
        """This model's answer, None when the next one is to be asked."""
        if not candidate.breaker.admits(self._clock.now()):
            self._give_up(candidate, "it is skipped for a while, because it failed before")
            return None
        try:
            return await self._attempts_of(candidate, await self._open(candidate))
        except SettingsError as problem:
            self._last, self._detail = "not_opened", self._detail or str(problem)
            self._give_up(candidate, str(problem))
            return None
        finally:
            candidate.breaker.abandoned()

    async def _open(self, candidate: ModelCandidate) -> ModelClient:
        """On a thread: the libraries of a provider take a second to load. Raises SettingsError."""
        async with candidate.opening:
            if candidate.client is None:
                candidate.client = await asyncio.to_thread(
                    self._around.open_model, candidate.address, self._around.settings
                )
            return candidate.client

    async def _with_new_key(self, candidate: ModelCandidate, client: ModelClient) -> ModelClient | None:
        """One with another key, where the key that was refused has been rotated since it was read."""
        if not client.key:
            return None
        fresh = await asyncio.to_thread(self._around.open_model, candidate.address, self._around.settings)
        if fresh.key == client.key:
            fresh.close()
            return None
        candidate.client = fresh
        client.close()
        return fresh

    async def _attempts_of(self, candidate: ModelCandidate, client: ModelClient) -> ModelReply | None:
        request, ended_so = self._request, Counter[Outcome]()
        while True:
            result = await self._attempt(candidate, client, request)
            if result is None:
                return None
            if result.reply.outcome == "answered" and result.message is not None:
                return self._reply(candidate, result, result.message)
            if result.reply.outcome == "denied" and (other := await self._with_new_key(candidate, client)) is not None:
                client = other
                continue
            ended_so[result.reply.outcome] += 1
            again = self._again(request, result) if candidate.breaker.until is None else None
            resume = self._clock.now() + timedelta(seconds=pause(ended_so.total(), self._around.random))
            tried_enough = ended_so[result.reply.outcome] >= ATTEMPTS.get(result.reply.outcome, 1)
            if again is None or tried_enough or self._used_up or not self._may_wait(resume):
                times = f" (call {ended_so.total()})" if ended_so.total() > 1 else ""
                self._give_up(candidate, f"{result.reply.why}{times}")
                return None
            request = again
            if result.reply.outcome not in ("too_long", "malformed"):
                await self._wait(resume, f"{candidate.address} did not answer ({result.reply.outcome})")

    async def _attempt(
        self, candidate: ModelCandidate, client: ModelClient, request: AttemptRequest
    ) -> AttemptResult | None:
        """One call when budget and quota have room for it; None when the quota has none in good time."""
        tokens = request.tokens + self._around.settings.model_answer_tokens
        start, number = candidate.quota.book(tokens, self._clock.now())
        if not self._may_wait(start) or self._better_elsewhere(candidate, start):
            candidate.quota.cancel(number)
            self._last = "throttled"
            self._give_up(candidate, "its quota of requests or tokens a minute is used up")
            return None
        try:
            await self._wait(start, f"{candidate.address} has used up its requests or tokens of this minute")
            dollars = self._around.attempts.estimate(candidate.address, request)
            await self._around.budget.check(request.incident, request.agent, dollars)
        except (ModelUnavailableError, asyncio.CancelledError):
            candidate.quota.cancel(number)
            raise
        if not self._attempts_made and request.on_sent is not None:
            request.on_sent()
        left = (self._deadline - self._clock.now()).total_seconds()
        result = await self._around.attempts.make(client, candidate.address, request, left)
        candidate.quota.settle(number, result.usage.total or tokens)
        self._note(candidate, result)
        return result

    def _may_wait(self, until: datetime) -> bool:
        """Whether that is before the deadline, and not longer than who asks has patience for."""
        seconds, patience = (until - self._clock.now()).total_seconds(), self._request.patience
        return until < self._deadline and (
            patience is None or seconds <= 0 or self._seconds_waited + seconds <= patience
        )

    def _better_elsewhere(self, candidate: ModelCandidate, start: datetime) -> bool:
        """Whether the service refused this model's requests, and another one is there before it may be asked again."""
        long = start - self._clock.now() > timedelta(seconds=LONGEST_PAUSE)
        return long and candidate.quota.share < 1 and candidate is not self._candidates[-1]

    async def _wait(self, until: datetime, why: str) -> None:
        seconds = (until - self._clock.now()).total_seconds()
        if seconds <= 0:
            return
        self._seconds_waited += seconds
        if seconds >= TOLD_FROM:
            text = f"{why}; it is asked again in {seconds:.0f} s."
            self._around.progress.say("warning", self._request.incident, self._request.agent, text=text)
        await self._clock.sleep_until(until)

    def _again(self, request: AttemptRequest, result: AttemptResult) -> AttemptRequest | None:
        """What to ask the same model next; None when it is not to be asked again."""
        if result.reply.outcome == "guarded":
            raise ModelUnavailableError("A guardrail stopped the model's answer.", reason="guarded")
        if result.reply.outcome == "deviated":  # a wrong set-up, which no other model is to cover up
            raise ModelUnavailableError(f"No chat model answered: {result.reply.why}.", reason="deviated")
        if result.reply.outcome == "too_long":
            less = shorten(request.messages)
            return None if less is None else request.with_messages(less)
        if result.reply.outcome == "malformed":
            return request.with_messages([*request.messages, *result.reply.again])
        return request

    def _note(self, candidate: ModelCandidate, result: AttemptResult) -> None:
        self._dollars += result.dollars
        self._attempts_made += 1
        self._last = result.reply.outcome
        note(candidate.breaker, result.reply.outcome, self._clock.now())
        if self._request.on_text is not None and result.reply.outcome != "answered":
            self._request.on_text(None)
        if result.reply.outcome == "throttled":
            candidate.quota.slow_down()
        elif result.reply.outcome == "answered":
            candidate.quota.speed_up()

    def _give_up(self, candidate: ModelCandidate, why: str) -> None:
        self._failures.append(f"{candidate.address}: {why.rstrip('.')}")

    def _reply(self, candidate: ModelCandidate, result: AttemptResult, message: AIMessage) -> ModelReply:
        return ModelReply(
            message=sendable(message),
            text=result.reply.text,
            calls=result.reply.calls,
            bad_calls=result.reply.bad_calls,
            parsed=result.reply.parsed,
            model=str(candidate.address),
            tier=self._request.tier,
            usage=result.usage,
            dollars=self._dollars,
            seconds=(self._clock.now() - self._began).total_seconds(),
            calls_made=self._attempts_made,
        )


def open_address(address: ModelAddress, settings: ModelAccess) -> ModelClient:
    """The model by the file of its technology, with its key as it is now; nothing is sent to it. Raises
    SettingsError."""
    technology = TECHNOLOGIES.get(address.provider, "langchain")
    try:
        own_keys = ((name, key) for name, key in settings.model_keys.items() if name == address.provider)
        keys = {name: SecretReader(settings).value(key) for name, key in own_keys}
    except TemporaryError as problem:
        raise SettingsError(f"The key of {address.provider} cannot be read now. {problem}") from problem
    own = settings.model_copy(update={"model_keys": keys})
    client = import_module(f"sre_agent.model.{technology}").open_model(address, own)
    assert isinstance(client, ModelClient)
    return client
