"""What the responder promises of alarms, diagnoses and verdicts, and how much of each error budget is used.

Counted from what is kept, so the window of alarms is never longer than their receipts are kept. What a load balancer
or an intake function lost leaves no receipt; the recording rules of infra/prometheus count what HTTP refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from sre_agent.domain.incident import Reason
from sre_agent.domain.interval import wilson
from sre_agent.ops.diagnosis_times import diagnosis_seconds
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.receipts import TURNED_AWAY, receipt_counts

NOT_OURS: Final = frozenset[Reason]({"cancelled", "answered", "auto_resolved"})  # nobody waited for a diagnosis
GRADES: Final = 1000


class ObjectiveStatus(BaseModel):
    """`good` of `total` events in the last `days` kept the promise; their true share lies between `at_least` and
    `at_most` with 95 %. `budget_used` is the part of the error budget that is used: 1 is all of it."""

    model_config = ConfigDict(frozen=True)

    name: str
    promise: str
    objective: float
    days: float
    good: int
    total: int
    share: float | None
    at_least: float
    at_most: float
    budget_used: float | None

    @property
    def is_broken(self) -> bool:
        """With 95 %: more than the error budget is used, and not by chance."""
        return self.total > 0 and self.at_most < self.objective

    @property
    def is_used_up(self) -> bool:
        return self.budget_used is not None and self.budget_used > 1

    @classmethod
    def of(cls, name: str, promise: str, objective: float, days: float, good: int, total: int) -> ObjectiveStatus:
        at_least, at_most = wilson(good, total)
        return cls(
            name=name,
            promise=promise,
            objective=objective,
            days=round(days, 2),
            good=good,
            total=total,
            share=good / total if total else None,
            at_least=at_least,
            at_most=at_most,
            budget_used=(total - good) / ((1 - objective) * total) if total else None,
        )


async def objectives(installation: InstallationView) -> list[ObjectiveStatus]:
    """All of them, in the order in which an alarm meets them."""
    return [await _alarms(installation), await _diagnoses(installation), await _verdicts(installation)]


async def _alarms(installation: InstallationView) -> ObjectiveStatus:
    settings = installation.settings
    days = min(settings.operations.slo_days, settings.service.keep_events_days)
    counts = await receipt_counts(installation, installation.since(days))
    total = sum(counts.values())
    objective = settings.operations.slo_accepted_alarms
    return ObjectiveStatus.of(
        "accepted alarms", "alarms are taken in", objective, days, total - counts[TURNED_AWAY], total
    )


async def _diagnoses(installation: InstallationView) -> ObjectiveStatus:
    settings, now = installation.settings.operations, installation.clock.now()
    times, since = await diagnosis_seconds(installation, installation.since(settings.slo_days))
    limit = settings.slo_diagnosis_seconds
    due = [
        str(one.id)
        for one in await installation.incidents(since)
        if since <= one.opened_at <= now - timedelta(seconds=limit) and one.reason not in NOT_OURS
    ]
    good = sum(times.get(one, limit + 1) <= limit for one in due)
    promise = f"a diagnosis within {limit:g} s"
    days = _days(now, since)
    return ObjectiveStatus.of("time to diagnosis", promise, settings.slo_diagnosis_in_time, days, good, len(due))


async def _verdicts(installation: InstallationView) -> ObjectiveStatus:
    settings = installation.settings.operations
    since = installation.since(settings.slo_days)
    grades = [one for one in await installation.store.grades(limit=GRADES) if one.at >= since]
    right = sum(one.correctness == "right" for one in grades)
    promise = "verdicts that people graded are right"
    return ObjectiveStatus.of(
        "right verdicts", promise, settings.slo_right_verdicts, settings.slo_days, right, len(grades)
    )


def _days(now: datetime, since: datetime) -> float:
    return (now - since) / timedelta(days=1)
