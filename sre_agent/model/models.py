"""The only entry point to chat models: an answer, or one error that says why there is none.

A call is admitted by the budget, waits for its quota, and is made; what fails is tried again, then elsewhere, all
inside one deadline. Every call is a row of the ledger, a span and a log line, none of which holds a message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from sre_agent.breaker import BreakerState
from sre_agent.clock import Clock
from sre_agent.domain.model_call import Tier
from sre_agent.model.address import ModelAddress, addresses
from sre_agent.model.attempt import AttemptRequest, Attempts
from sre_agent.model.budget import BudgetUse, ModelCallLedger, RunBudget, budget_of
from sre_agent.model.client import OnText
from sre_agent.model.reply import ModelReply
from sre_agent.model.request import ModelCandidate, ModelRequest, Opener, RequestContext, open_address
from sre_agent.model.resilience import Quota, breaker
from sre_agent.model.reuse import AnswerReuse
from sre_agent.model.usage import Prices, load_prices
from sre_agent.model.weights import ordered
from sre_agent.progress import Progress
from sre_agent.settings import ModelAccess


@dataclass(frozen=True)
class ModelHealth:
    """Whether a model is asked, as its breaker has it; `until` is when one that is left alone may be tried again."""

    model: str
    provider: str
    tiers: tuple[Tier, ...]
    state: BreakerState
    failures: int
    until: datetime | None


class Models:
    """`ask` is safe from many tasks at once. Nothing is opened before the first question."""

    def __init__(
        self,
        tiers: Mapping[Tier, Sequence[ModelAddress]],
        settings: ModelAccess,
        *,
        ledger: ModelCallLedger,
        clock: Clock,
        progress: Progress,
        prices: Prices,
        random: Random | None = None,
        open_model: Opener | None = None,
        run_budget: RunBudget | None = None,
    ) -> None:
        self._settings = settings
        self._addresses = {tier: list(of_tier) for tier, of_tier in tiers.items()}
        self._known = {address: self._candidate(address) for of_tier in tiers.values() for address in of_tier}
        budget = budget_of(settings, ledger, clock, progress, run_budget)
        attempts = Attempts(settings, clock, budget, prices)
        chance = random or Random()  # noqa: S311 - it spreads retries
        self._reuse = AnswerReuse(settings, clock)
        self._around = RequestContext(settings, clock, budget, attempts, chance, open_model or open_address, progress)

    @property
    def configured(self) -> bool:
        """Whether there is a model to ask at all."""
        return bool(self._known)

    async def ask(
        self,
        tier: Tier,
        messages: Sequence[BaseMessage],
        *,
        tools: Sequence[Any] = (),
        schema: type[BaseModel] | None = None,
        incident: str = "",
        agent: str,
        user: str = "",
        prompt: str = "",
        on_text: OnText | None = None,
        patience: float | None = None,
        on_sent: Callable[[], None] | None = None,
        most: int | None = None,
    ) -> ModelReply:
        """The answer of the first model of the tier that gives one. Raises ModelUnavailableError.

        `prompt` is the label of the prompt that the messages begin with.

        `tools` are offered in any form that LangChain takes; with a `schema` the answer is an instance of it, or tool
        calls. `on_text` hears text as it comes, and None when what came so far is void because it is tried again.

        `patience` is for how many seconds pauses and quotas may hold the question up, where somebody sits and waits;
        without it the deadline bounds them. `on_sent` is called once, before the first call is made; not where none is.
        `most` bounds the calls that are made for it, failed ones and those of other models included.
        """
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        request = AttemptRequest(
            tier=tier,
            messages=list(messages),
            tools=schemas,
            schema=schema,
            incident=incident,
            agent=agent,
            user=user,
            prompt=prompt,
            on_text=on_text,
            patience=patience,
            on_sent=on_sent,
            most=most,
        )
        chance = Random(incident) if incident else self._around.random  # noqa: S311 - it spreads load
        order = ordered(self._addresses.get(tier, ()), self._settings.model_weights, chance)
        if (reused_reply := self._reuse.find(request, order)) is not None:
            await self._around.budget.keep(self._reuse.row(request, reused_reply))
            if on_text is not None and reused_reply.text:
                on_text(reused_reply.text)
            return reused_reply
        reply = await ModelRequest(request, [self._known[address] for address in order], self._around).answer()
        self._reuse.keep(request, reply)
        return reply

    async def used_share(self, incident: str) -> float:
        """How much of the budget is used that has least left, of incident, day and month: 0 to 1 and over."""
        return max(use.part for use in await self.budgets(incident))

    async def spares_large(self, incident: str) -> bool:
        """Whether a budget is used so far that only small models are asked."""
        return any(use.spares_large for use in await self.budgets(incident))

    async def budgets(self, incident: str = "") -> list[BudgetUse]:
        """How far those of the day and the month are used, and of the incident where one is named."""
        return await self._around.budget.uses(incident)

    @property
    def reused(self) -> tuple[int, int]:
        """How many requests were answered again and how many were not, since the process began."""
        return self._reuse.hits, self._reuse.misses

    def health(self) -> list[ModelHealth]:
        """Of each model that may be asked, in order of preference, those of the small tier first."""
        now = self._around.clock.now()
        return [
            ModelHealth(
                model=str(address),
                provider=address.provider,
                tiers=tuple(tier for tier in self._addresses if address in self._addresses[tier]),
                state=candidate.breaker.state(now),
                failures=candidate.breaker.failures,
                until=candidate.breaker.until,
            )
            for address, candidate in self._known.items()
        ]

    async def close(self) -> None:
        for candidate in self._known.values():
            if candidate.client is not None:
                candidate.client.close()
                candidate.client = None

    def _candidate(self, address: ModelAddress) -> ModelCandidate:
        quota = Quota(self._settings.model_requests_per_minute, self._settings.model_tokens_per_minute)
        return ModelCandidate(address, breaker(), quota)


def open_models(
    settings: ModelAccess,
    *,
    ledger: ModelCallLedger,
    clock: Clock,
    progress: Progress,
    random: Random | None = None,
    open_model: Opener | None = None,
    run_budget: RunBudget | None = None,
) -> Models:
    """The models that the settings name; none where they name none. Raises SettingsError.

    `open_model` opens an address in place of the file of its technology. `run_budget` is what a run may take that is no
    incident's.
    """
    tiers: dict[Tier, Sequence[ModelAddress]] = {tier: addresses(settings, tier) for tier in ("small", "large")}
    prices = load_prices(settings.model_prices)
    return Models(
        tiers,
        settings,
        ledger=ledger,
        clock=clock,
        progress=progress,
        prices=prices,
        random=random,
        open_model=open_model,
        run_budget=run_budget,
    )
