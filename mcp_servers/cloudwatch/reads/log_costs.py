"""What a look into log groups will read and cost, known before it begins, and refused above its budget.

CloudWatch counts what each group takes in (AWS/Logs IncomingBytes); where that has no data, the stored bytes are
spread evenly over the time for which the group keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mcp_servers.cloudwatch.reads.insights import GIGABYTE, QueryBudget
from mcp_servers.cloudwatch.reads.prices import PRICE_LIST, of_reading
from mcp_servers.cloudwatch.reads.series import SeriesQuery, fetch
from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount, as_of, gap
from mcp_servers.serving.errors import TeachingError

METRIC_PERIOD = 300

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Estimate:
    """`bytes` is None where nothing tells. `dollars` at the list price of `prices.LISTED`."""

    bytes: float | None
    dollars: float
    source: str

    @property
    def plain(self) -> dict[str, Any]:
        gigabytes = None if self.bytes is None else round(self.bytes / GIGABYTE, 6)
        return {"gb": gigabytes, "usd": round(self.dollars, 6), "price_list": PRICE_LIST, "from": self.source}

    @property
    def sentence(self) -> str:
        if self.bytes is None:
            return "The scanned volume could not be estimated."
        return f"Estimate: {self.bytes / GIGABYTE:.3g} GB, {self.dollars:.2g} USD (by {self.source})."


def estimated(account: AwsAccount, groups: Sequence[str], windows: Sequence[Window]) -> tuple[Estimate, list[Coverage]]:
    """What queries over the windows read, and what could not be looked up for the estimate."""
    coverage: list[Coverage] = []
    try:
        taken_in = [_taken_in(account, groups, *window) for window in windows]
        if None not in taken_in:
            return _price(account, sum(filter(None, taken_in)), "IncomingBytes"), []
    except TeachingError as problem:
        coverage.append(gap(problem, "bytes that the log groups took in"))
    try:
        stored_bytes = sum(_share_of_stored(account, group, windows) for group in groups)
        return _price(account, stored_bytes, "stored bytes"), coverage
    except TeachingError as problem:
        return Estimate(None, 0.0, ""), [*coverage, gap(problem, "sizes of the log groups")]


def within_budget(estimate: Estimate, budget: QueryBudget, window: Window, request: str) -> None:
    """Raises TeachingError `refused` with the length of window that fits, when the estimate is above the budget."""
    if estimate.bytes is None or estimate.bytes <= budget.bytes:
        return
    fits = (window[1] - window[0]) * (budget.bytes / estimate.bytes)
    raise TeachingError(
        "refused",
        request,
        f"it would scan about {estimate.bytes / GIGABYTE:.3g} GB for {estimate.dollars:.2g} USD (by {estimate.source},"
        f" prices of {PRICE_LIST}); the budget is {budget.bytes / GIGABYTE:g} GB.",
        f"Shorten the window to about {_length(fits)}, query fewer log groups, or raise max_gb.",
    )


def _taken_in(account: AwsAccount, groups: Sequence[str], start: datetime, end: datetime) -> float | None:
    queries = [SeriesQuery("AWS/Logs", "IncomingBytes", {"LogGroupName": group}, "Sum") for group in groups]
    series = fetch(account, queries, start, end, METRIC_PERIOD)
    if not all(series.points):
        return None
    return sum(value for points in series.points for _, value in points)


def _share_of_stored(account: AwsAccount, group: str, windows: Sequence[Window]) -> float:
    answer = account.ask("logs", "describe_log_groups", logGroupNamePrefix=group, limit=50)
    log_group = next((entry for entry in answer["logGroups"] if entry["logGroupName"] == group), None)
    if log_group is None:
        return 0.0
    size, created = float(log_group.get("storedBytes", 0)), log_group.get("creationTime")
    if not created:
        return size
    retention = as_of(answer).timestamp() - float(created) / 1000
    if days := log_group.get("retentionInDays"):
        retention = min(retention, timedelta(days=days).total_seconds())
    length = sum((end - start).total_seconds() for start, end in windows)
    return size * min(1.0, length / max(retention, 1.0))


def _price(account: AwsAccount, read: float, source: str) -> Estimate:
    return Estimate(read, of_reading(read / GIGABYTE, account.region), source)


def _length(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{max(1, int(seconds))} s"
    return f"{int(seconds // 60)} min" if seconds < 7200 else f"{int(seconds // 3600)} h"
