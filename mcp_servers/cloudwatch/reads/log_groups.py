"""Questions to log groups, as every log tool asks them: estimated, within a budget, with near names where they fail."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from mcp_servers.cloudwatch.reads.insights import GIGABYTE, InsightsResult, LogsQuery, QueryBudget, Row, run
from mcp_servers.cloudwatch.reads.log_costs import Estimate, Window, estimated, within_budget
from mcp_servers.contract.facts import Coverage, Subject
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer

PAGES = 10  # of 50 log groups
MOST_GROUPS = 50
MOST_SECONDS = 300
SETTLED = timedelta(minutes=5)  # after the end of a window, from which on hardly a line of it comes in late
FRESH_SECONDS = 5.0  # of reusing what reaches nearer to now: for those who ask the same at the same time


@dataclass
class LogLookup:
    """One tool call's look into log groups: what it is about, what it may take, and what it found out about that."""

    account: AwsAccount
    groups: tuple[str, ...]
    windows: list[Window]
    budget: QueryBudget
    estimate: Estimate
    gaps: list[Coverage] = field(default_factory=list)
    bytes: int = 0
    seconds: float = 0.0
    queries: int = 0
    reused: int = 0

    def ask(self, query: str, limit: int, start: datetime | None = None, end: datetime | None = None) -> InsightsResult:
        """One query over the look's first window, or another one; what it took is taken off the budget. A result that
        cannot have changed is given again, and takes nothing."""
        request = f"logs of {', '.join(self.groups)} ({query})"[:300]
        question = LogsQuery(self.groups, query, start or self.windows[0][0], end or self.windows[0][1], limit, request)
        self.queries += 1
        whole = (*self.account.identity, question.key)
        cached_result: InsightsResult | None = self.account.reused.find(whole)
        if cached_result is not None:
            self.reused += 1
            return cached_result
        left = QueryBudget(max(0.0, self.budget.seconds - self.seconds), max(1.0, self.budget.bytes - self.bytes))
        began = monotonic()
        try:
            result = run(self.account, question, left)
        except TeachingError as problem:
            if problem.kind != "not_found":
                raise
            raise _unknown(self.account, self.groups, request) from problem
        self.bytes += result.bytes
        self.seconds += monotonic() - began
        if result.finished:
            is_settled = question.end <= result.as_of - SETTLED
            self.account.reused.keep(whole, result, math.inf if is_settled else FRESH_SECONDS)
        return result

    @property
    def name(self) -> str:
        return ", ".join(self.groups)

    @property
    def subject(self) -> Subject:
        return Subject(scope=self.account.scope, kind="LogGroup", name=self.name)

    @property
    def usage(self) -> dict[str, object]:
        """What was estimated and what was read, for an answer's data."""
        reused = {"queries_reused": self.reused} if self.reused else {}
        return {
            "estimate": self.estimate.plain,
            "read_gb": round(self.bytes / GIGABYTE, 6),
            "queries": self.queries,
            **reused,
        }

    def coverage(self, looked_at: str, result: InsightsResult, limit: int) -> Coverage:
        """The coverage of one query: truncated where it was stopped or had more lines than were read."""
        detail = ""
        if not result.finished:
            detail = f"the query was stopped, {result.why}; these are partial results. Use a shorter window."
        elif len(result.rows) >= limit and result.records_matched > len(result.rows):
            count = len(result.rows)
            detail = f"{result.records_matched} lines matched, {count} were read. Narrow the window or the filter."
        return Coverage(
            looked_at=looked_at[:300],
            state="truncated" if detail else "complete",
            start=self.windows[0][0],
            end=self.windows[0][1],
            detail=detail,
        )


def look(account: AwsAccount, groups: list[str], windows: list[Window], seconds: float, max_gb: float) -> LogLookup:
    """A look that is worth its price. Raises TeachingError `refused` above the budget, `bad_request` without groups."""
    request = f"logs of {', '.join(groups)}"[:300]
    if not groups or len(groups) > MOST_GROUPS:
        wrong = "no log group was given." if not groups else f"at most {MOST_GROUPS} log groups at once."
        raise TeachingError("bad_request", request, wrong, "list_log_groups lists them.")
    if seconds <= 0 or max_gb <= 0:
        raise TeachingError("bad_request", request, "seconds and max_gb must be greater than zero.")
    budget = QueryBudget(min(seconds, MOST_SECONDS), max_gb * GIGABYTE)
    estimate, gaps = estimated(account, groups, windows)
    within_budget(estimate, budget, windows[0], request)
    return LogLookup(account, tuple(groups), windows, budget, estimate, gaps)


def of_streams(prefix: str) -> str:
    """The part of a query that narrows it to streams whose name begins so; empty for no prefix."""
    return f" | filter @logStream like /^{quote(prefix)}/" if prefix else ""


def quote(text: str) -> str:
    """The text as it stands inside a regular expression between slashes."""
    return re.escape(text).replace("/", "\\/")


def lines(rows: list[Row]) -> list[tuple[datetime | None, str]]:
    """Time and message of each row, oldest first."""
    return sorted(
        ((time(row.get("@timestamp", "")), row.get("@message", "")) for row in rows),
        key=lambda line: line[0].timestamp() if line[0] else 0.0,
    )


def time(text: str) -> datetime | None:
    """Insights writes `2026-01-02 03:04:05.678`, in UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _unknown(account: AwsAccount, groups: tuple[str, ...], request: str) -> TeachingError:
    try:
        pages = account.pages("logs", "describe_log_groups", limit=PAGES, mark="nextToken")
        names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    except TeachingError as problem:
        return TeachingError(
            "not_found", request, "no such log group.", f"Similar names cannot be suggested: {problem}"
        )
    unknown = [group for group in groups if group not in names]
    candidates = list(dict.fromkeys(name for group in unknown for name in near(group, names)))
    return TeachingError("not_found", request, f"no log group {', '.join(unknown)}.", offer(candidates))
