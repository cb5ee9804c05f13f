"""What a backtest comes to: how many alarms would have been answered, how many kept quiet, and at what cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from sre_agent.diagnosis.confidence import is_proven
from sre_agent.domain.interval import wilson
from sre_agent.domain.report import Report


class BacktestRow(BaseModel):
    """Of the incidents, those with this cause; their share lies between `at_least` and `at_most` with 95 %."""

    failure_class: str
    incidents: int
    share: float
    at_least: float
    at_most: float


class BacktestResult(BaseModel):
    """`alarms` fired from `since` on. `quiet` of them would have opened no incident, by what becomes of them, and of
    the incidents `well` would have ended with nothing to do: of both nobody would have heard. `answer_count` of them
    have a proven cause, by class in `by_class`; `unanswered` went on to a person. `left_out` were not looked at, for
    there were more than the backtest takes. `dollars` is what chat models would have cost by what they cost here so
    far; None where no incident has asked any. What a cluster looked like then is held by nobody, so that fewer are
    answered here than would have been at the time."""

    since: datetime
    until: datetime
    alarms: int
    quiet: dict[str, int] = Field(default_factory=dict)
    incidents: int
    answer_count: int
    at_least: float
    at_most: float
    well: int
    unanswered: int
    left_out: int
    by_class: list[BacktestRow]
    tool_calls: int
    dollars: float | None = None
    gaps: list[str] = Field(default_factory=list)


def result_of(
    reports: Sequence[Report],
    dispositions: Counter[str],
    *,
    since: datetime,
    until: datetime,
    left_out: int,
    dollars_each: float | None,
    gaps: Sequence[str],
) -> BacktestResult:
    """`dispositions` count the firing alarms by what became of them."""
    proven = [one for one in reports if one.diagnosis.causes and is_proven(one.diagnosis)]
    well = sum(one.diagnosis.verdict in ("no_fault", "recovered") for one in reports)
    classes = Counter(one.diagnosis.causes[0].failure_class for one in proven)
    at_least, at_most = wilson(len(proven), len(reports))
    return BacktestResult(
        since=since,
        until=until,
        alarms=sum(dispositions.values()) + left_out,
        quiet={name: count for name, count in sorted(dispositions.items()) if name != "opened"},
        incidents=len(reports),
        answer_count=len(proven),
        at_least=at_least,
        at_most=at_most,
        well=well,
        unanswered=len(reports) - len(proven) - well,
        left_out=left_out,
        by_class=[_row(name, count, len(reports)) for name, count in classes.most_common()],
        tool_calls=sum(one.cost.tool_calls for one in reports),
        dollars=dollars_each * len(reports) if dollars_each is not None else None,
        gaps=list(gaps),
    )


def _row(failure_class: str, count: int, of: int) -> BacktestRow:
    at_least, at_most = wilson(count, of)
    return BacktestRow(
        failure_class=failure_class, incidents=count, share=count / of, at_least=at_least, at_most=at_most
    )
