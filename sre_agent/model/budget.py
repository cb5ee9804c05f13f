"""Money: a budget for each incident, each day and each month, held against the ledger of all processes.

At 80 % somebody is told, at 100 % the model is no longer asked, and neither is it where the next call does not fit: it
is held against the budget with what was estimated of it. Calls under way are counted with what they may cost at most,
so that parallel ones go over a budget by one call's longer answer at the most; and so are those of a batch job, from
its submission until its answers are collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypedDict

from sre_agent.clock import Clock
from sre_agent.domain.model_call import ModelCall
from sre_agent.errors import ModelUnavailableError
from sre_agent.progress import Progress
from sre_agent.settings import ModelAccess

WARN_AT: Final = 0.8


class _Chosen(TypedDict, total=False):
    """Which calls of the ledger are meant."""

    incident: str
    since: datetime


class ModelCallLedger(Protocol):
    """The part of the store that holds model calls."""

    async def keep_model_call(self, call: ModelCall) -> None: ...

    async def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float: ...

    async def held_model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float: ...


@dataclass(frozen=True)
class RunBudget:
    """What one incident may take, or another run that has an id in the ledger. `setting` is where more is given."""

    dollars: float
    whose: str = "incident's"
    setting: str = "model_incident_dollars"
    spare_large_at: float = 0.5


@dataclass(frozen=True)
class BudgetUse:
    """How much of a budget is used: `part` is 0 to 1 and over; a budget of nothing is used up."""

    budget: RunBudget
    spent: float

    @property
    def part(self) -> float:
        return self.spent / self.budget.dollars if self.budget.dollars else 1.0

    @property
    def spares_large(self) -> bool:
        """Whether so much is used that only small models are asked, so that what is left lasts longer."""
        return self.part >= self.budget.spare_large_at


class ModelBudget:
    """`day_dollars` and `month_dollars` in US dollars; days and months are those of UTC."""

    def __init__(
        self,
        ledger: ModelCallLedger,
        clock: Clock,
        progress: Progress,
        run_budget: RunBudget,
        *,
        day_dollars: float,
        month_dollars: float,
    ) -> None:
        self._ledger, self._clock, self._progress = ledger, clock, progress
        self._run_budget = run_budget
        self._day = RunBudget(day_dollars, "day's", "model_day_dollars")
        self._month = RunBudget(month_dollars, "month's", "model_month_dollars", spare_large_at=WARN_AT)
        self._under_way: list[tuple[str, float]] = []  # incident, and what the call may cost
        self._told_off: set[str] = set()  # who was told that a budget has no room

    async def check(self, incident: str, agent: str, dollars: float) -> None:
        """Whether there is room for a call that will cost about so much; the first time that there is none is told.

        Raises ModelUnavailableError with reason `budget`.
        """
        try:
            await self.room(incident, dollars)
        except ModelUnavailableError as problem:
            about = incident or f"{self._clock.now():%Y-%m-%d}"
            if about not in self._told_off:
                self._told_off.add(about)
                self._progress.say("warning", incident, agent, text=f"{problem} The run continues without the model.")
            raise

    async def room(self, incident: str, dollars: float) -> None:
        """Raises ModelUnavailableError with reason `budget` where so much more does not fit, or nothing is left."""
        for run_budget, of in self._budgets(incident):
            total = await self._dollars(of)
            if total < run_budget.dollars and total + dollars <= run_budget.dollars:
                continue
            used_up = "is used up" if total >= run_budget.dollars else "has no room for it"
            more = "" if total >= run_budget.dollars else f" are used, and it will take about {money(dollars)}"
            by_batch = await self._ledger.held_model_dollars(**of)
            batch_note = f" Batch jobs hold {money(by_batch)} of it until they are collected." if by_batch else ""
            raise ModelUnavailableError(
                f"The {run_budget.whose} model budget {used_up}: {money(total)} of {money(run_budget.dollars)}"
                f"{more}.{batch_note} Raise {run_budget.setting} if more is meant.",
                reason="budget",
                retry_after=3600.0,
            )

    async def uses(self, incident: str) -> list[BudgetUse]:
        """Of the day, the month, and the incident where one is named."""
        return [BudgetUse(budget, await self._dollars(of)) for budget, of in self._budgets(incident)]

    def _budgets(self, incident: str) -> list[tuple[RunBudget, _Chosen]]:
        """Each with the calls that count towards it."""
        today = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        budgets: list[tuple[RunBudget, _Chosen]] = [
            (self._day, {"since": today}),
            (self._month, {"since": today.replace(day=1)}),
        ]
        return [*budgets, (self._run_budget, {"incident": incident})] if incident else budgets

    async def _dollars(self, of: _Chosen) -> float:
        """By these calls, those under way, and what batch jobs hold."""
        total = await self._ledger.model_dollars(**of)
        return total + sum(most for who, most in self._under_way if of.get("incident", who) == who)

    @contextmanager
    def under_way(self, incident: str, most: float) -> Iterator[None]:
        """A call that may cost `most` dollars is being made."""
        self._under_way.append((incident, most))
        try:
            yield
        finally:
            self._under_way.remove((incident, most))

    async def keep(self, call: ModelCall) -> None:
        """Write a call to the ledger; tell when it takes a budget over 80 % or 100 %."""
        await self._ledger.keep_model_call(call)
        await self.tell([call], dollars_of([call]))

    async def tell(self, calls: Sequence[ModelCall], by_incident: Mapping[str, float]) -> None:
        """Tell of each budget that these calls took over 80 % or 100 %. `by_incident`: their dollars, counted."""
        if not calls or not any(by_incident.values()):
            return
        for run_budget, of in self._budgets(""):
            total = await self._ledger.model_dollars(**of)
            self._tell(calls[-1], run_budget, sum(by_incident.values()), total)
        for call in {call.incident: call for call in calls if call.incident}.values():
            total = await self._ledger.model_dollars(incident=call.incident)
            self._tell(call, self._run_budget, by_incident.get(call.incident, 0.0), total)

    def _tell(self, call: ModelCall, run_budget: RunBudget, amount: float, total: float) -> None:
        before, budget = total - amount, run_budget.dollars
        for part, then in (
            (1.0, "From here on the run continues without the model."),
            (WARN_AT, "At 100 % the run continues without the model."),
        ):
            if before < part * budget <= total:
                text = f"{total / budget:.0%} of the {run_budget.whose} model budget of {money(budget)} is used. {then}"
                self._progress.say("warning", call.incident, call.agent, text=text, dollars=total, budget=budget)
                return


def dollars_of(calls: Iterable[ModelCall]) -> dict[str, float]:
    """By incident."""
    dollars: dict[str, float] = {}
    for call in calls:
        dollars[call.incident] = dollars.get(call.incident, 0.0) + call.dollars
    return dollars


def budget_of(
    settings: ModelAccess,
    ledger: ModelCallLedger,
    clock: Clock,
    progress: Progress,
    run_budget: RunBudget | None = None,
) -> ModelBudget:
    """`run_budget` is another run's than an incident's."""
    return ModelBudget(
        ledger,
        clock,
        progress,
        run_budget or RunBudget(settings.model_incident_dollars),
        day_dollars=settings.model_day_dollars,
        month_dollars=settings.model_month_dollars,
    )


def money(dollars: float) -> str:
    """In cents, and small amounts to the digit that tells something."""
    whole, _, part = f"{dollars:.{4 if dollars >= 0.001 else 6}f}".partition(".")
    return f"${whole}.{part.rstrip('0') or '0':0<2}"
