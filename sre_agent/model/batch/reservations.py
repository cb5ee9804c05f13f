"""The money of batch jobs: held from their submission, and let go for the true price when their answers are there.

What is held counts in the same budgets as calls in real time do. A job that failed, or expired before any of it was
answered, holds nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sre_agent.domain.model_call import ModelCall
from sre_agent.model.batch.job import BatchJob, BatchLine, row_id
from sre_agent.model.budget import ModelBudget, ModelCallLedger, dollars_of


class BatchLedger(ModelCallLedger, Protocol):
    """The part of the store that holds model calls, and money for those that were not answered yet."""

    async def hold_model_calls(self, calls: Sequence[ModelCall]) -> None: ...

    async def settle_model_calls(self, ids: Collection[str], calls: Sequence[ModelCall]) -> None: ...


class BatchReservations:
    def __init__(self, ledger: BatchLedger, budget: ModelBudget) -> None:
        self._ledger, self._budget = ledger, budget

    async def check(self, lines: Sequence[BatchLine]) -> None:
        """Raises ModelUnavailableError with reason `budget` where the day or an incident has no room for them."""
        await self._budget.room("", sum(line.most_dollars for line in lines))
        most: dict[str, float] = {}
        for line in lines:
            most[line.incident] = most.get(line.incident, 0.0) + line.most_dollars
        for incident, dollars in most.items():
            if incident:
                await self._budget.room(incident, dollars)

    async def hold(self, job: BatchJob) -> None:
        """What each record may cost at most, until it is settled."""
        held_rows = _held_rows(job)
        await self._ledger.hold_model_calls(held_rows)
        await self._budget.tell(held_rows, dollars_of(held_rows))

    async def settle(self, job: BatchJob, rows: Sequence[ModelCall] = ()) -> None:
        """These calls in place of what was held for the job; nothing where none was made."""
        held_rows = _held_rows(job)
        await self._ledger.settle_model_calls([one.id for one in held_rows], rows)
        before, now = dollars_of(held_rows), dollars_of(rows)
        await self._budget.tell(rows, {of: now[of] - before.get(of, 0.0) for of in now})


def _held_rows(job: BatchJob) -> list[ModelCall]:
    return [held_row(job, number, line) for number, line in enumerate(job.lines)]


def held_row(job: BatchJob, number: int, line: BatchLine) -> ModelCall:
    """What a record may cost at most, as long as nothing is known of its answer."""
    return ModelCall(
        id=row_id(job.id, number),
        incident=line.incident,
        agent=line.agent,
        user=line.user,
        prompt=line.prompt,
        model=job.model,
        tier=job.tier,
        at=job.submitted_at,
        seconds=0.0,
        outcome="held",
        dollars=line.most_dollars,
        batch=True,
        estimated=True,
    )
