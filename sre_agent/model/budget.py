"""Money: a budget for each incident and for each day, held against the ledger of all processes.

At 80 % somebody is told, at 100 % the model is no longer asked, and neither is it where the next call does not fit: it
is held against the budget with what was estimated of it. Calls under way are counted with what they may cost at most,
so that parallel ones go over a budget by one call's longer answer at the most.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, Protocol

from sre_agent.clock import Clock
from sre_agent.domain.model_call import ModelCall
from sre_agent.errors import ModelUnavailableError
from sre_agent.progress import Progress
from sre_agent.settings import Settings

WARN_AT: Final = 0.8


class Ledger(Protocol):
    """The part of the store that holds model calls."""

    async def keep_model_call(self, call: ModelCall) -> None: ...

    async def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float: ...


class Budget:
    """`incident_dollars` and `day_dollars` in US dollars; a day is one of UTC."""

    def __init__(
        self, ledger: Ledger, clock: Clock, progress: Progress, *, incident_dollars: float, day_dollars: float
    ) -> None:
        self._ledger, self._clock, self._progress = ledger, clock, progress
        self._incident_dollars, self._day_dollars = incident_dollars, day_dollars
        self._under_way: list[tuple[str, float]] = []  # incident, and what the call may cost
        self._told_off: set[str] = set()  # who was told that a budget has no room

    async def check(self, incident: str, agent: str, dollars: float) -> None:
        """Whether there is room for a call that will cost about so much; the first time that there is none is told.

        Raises ModelUnavailableError with reason `budget`.
        """
        try:
            await self.room(incident, dollars)
        except ModelUnavailableError as problem:
            about = incident or f"{self._today():%Y-%m-%d}"
            if about not in self._told_off:
                self._told_off.add(about)
                self._progress.say("warning", incident, agent, text=f"{problem} It goes on without the model.")
            raise

    async def room(self, incident: str, dollars: float) -> None:
        """Raises ModelUnavailableError with reason `budget` where so much more does not fit, or nothing is left."""
        parts = [("day's", "model_day_dollars", await self._of_day(), self._day_dollars)]
        if incident:
            parts.append(("incident's", "model_incident_dollars", await self._of(incident), self._incident_dollars))
        for whose, setting, spent, budget in parts:
            if spent >= budget or spent + dollars > budget:
                used_up = "is used up" if spent >= budget else "has no room for it"
                more = "" if spent >= budget else f" are used, and it will take about {money(dollars)}"
                raise ModelUnavailableError(
                    f"The {whose} model budget {used_up}: {money(spent)} of {money(budget)}{more}. Raise {setting} if"
                    " more is meant.",
                    reason="budget",
                    retry_after=3600.0,
                )

    async def spent(self, incident: str) -> float:
        """The part of the budget that is used, of the incident's or the day's, whichever is further: 0 to 1 and over.

        A budget of nothing is used up.
        """
        parts = [(await self._of_day(), self._day_dollars)]
        if incident:
            parts.append((await self._of(incident), self._incident_dollars))
        return max(spent / budget if budget else 1.0 for spent, budget in parts)

    async def _of_day(self) -> float:
        day = await self._ledger.model_dollars(since=self._today())
        return day + sum(most for _, most in self._under_way)

    async def _of(self, incident: str) -> float:
        spent = await self._ledger.model_dollars(incident=incident)
        return spent + sum(most for of, most in self._under_way if of == incident)

    @contextmanager
    def under_way(self, incident: str, most: float) -> Iterator[None]:
        """A call that may cost `most` dollars is being made."""
        self._under_way.append((incident, most))
        try:
            yield
        finally:
            self._under_way.remove((incident, most))

    async def keep(self, *calls: ModelCall) -> None:
        """Write calls to the ledger; tell when they take a budget over 80 % or 100 %."""
        taken: dict[str, float] = {}  # by incident
        for call in calls:
            await self._ledger.keep_model_call(call)
            taken[call.incident] = taken.get(call.incident, 0.0) + call.dollars
        if not any(taken.values()):
            return
        day = await self._ledger.model_dollars(since=self._today())
        self._tell(calls[-1], "day's", sum(taken.values()), day, self._day_dollars)
        for call in {call.incident: call for call in calls if call.incident}.values():
            spent = await self._ledger.model_dollars(incident=call.incident)
            self._tell(call, "incident's", taken[call.incident], spent, self._incident_dollars)

    def _tell(self, call: ModelCall, whose: str, taken: float, spent: float, budget: float) -> None:
        before = spent - taken
        for part, then in (
            (1.0, "From here on it goes on without the model."),
            (WARN_AT, "At 100 % it goes on without the model."),
        ):
            if before < part * budget <= spent:
                text = f"{spent / budget:.0%} of the {whose} model budget of {money(budget)} is used. {then}"
                self._progress.say("warning", call.incident, call.agent, text=text, dollars=spent, budget=budget)
                return

    def _today(self) -> datetime:
        return self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def budget_of(settings: Settings, ledger: Ledger, clock: Clock, progress: Progress) -> Budget:
    return Budget(
        ledger,
        clock,
        progress,
        incident_dollars=settings.model_incident_dollars,
        day_dollars=settings.model_day_dollars,
    )


def money(dollars: float) -> str:
    """In cents, and small amounts to the digit that tells something."""
    whole, _, part = f"{dollars:.{4 if dollars >= 0.001 else 6}f}".partition(".")
    return f"${whole}.{part.rstrip('0') or '0':0<2}"
