"""One Logs Insights query from start to end: begun, polled, stopped when its seconds or bytes are spent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any, Final

from mcp_servers.contract.bounds import within
from mcp_servers.serving.aws import AwsAccount, as_of
from mcp_servers.serving.cancellation import CallCancelledError, pause, tidying_up
from mcp_servers.serving.errors import TeachingError

WAITS: Final = (0.05, 0.2, 0.5)  # seconds before each look; one second from then on
FINAL_STATES: Final = ("Complete", "Failed", "Cancelled", "Timeout")
GIGABYTE: Final = 1_000_000_000
PAGE: Final = 10_000  # rows of one answer

Row = dict[str, str]


@dataclass(frozen=True)
class QueryBudget:
    """What one query may take. Bytes are those that the service says it has read, which is what it charges for."""

    seconds: float = 20.0
    bytes: float = 10.0 * GIGABYTE


@dataclass(frozen=True)
class InsightsResult:
    """Rows as maps of field to text. `why` says why it was stopped, when these are the rows it had until then."""

    id: str
    rows: list[Row]
    scanned: int
    records_matched: int
    bytes: int
    as_of: datetime
    why: str = ""

    @property
    def finished(self) -> bool:
        return not self.why


@dataclass(frozen=True)
class LogsQuery:
    """A query over log groups; `request` is how an error names it."""

    groups: tuple[str, ...]
    query: str
    start: datetime
    end: datetime
    limit: int
    request: str

    @property
    def key(self) -> tuple[object, ...]:
        """What its result follows from, beside the account."""
        return (self.groups, self.query, int(self.start.timestamp()), int(self.end.timestamp()), self.limit)


def run(account: AwsAccount, question: LogsQuery, budget: QueryBudget) -> InsightsResult:
    """Raises TeachingError: not_found for a group that does not exist, bad_request for a query that cannot be read."""
    query = account.ask(
        "logs",
        "start_query",
        request=question.request,
        logGroupNames=list(question.groups),
        queryString=question.query,
        startTime=int(question.start.timestamp()),
        endTime=int(question.end.timestamp()),
        limit=question.limit,
    )
    try:
        answer, why = _wait_for(account, str(query["queryId"]), question.request, budget)
    except CallCancelledError:
        with tidying_up():
            _stop(account, str(query["queryId"]))
        raise
    result = _result(str(query["queryId"]), answer, why)
    while answer.get("nextToken") and len(result.rows) < question.limit:
        answer = account.ask(
            "logs", "get_query_results", request=question.request, queryId=result.id, nextToken=answer["nextToken"]
        )
        result.rows.extend(_rows(answer))
    return result


def again(account: AwsAccount, query_id: str, request: str) -> InsightsResult:
    """The rows of a query that was run before: another look at them is not charged."""
    answer = account.ask("logs", "get_query_results", request=request, queryId=query_id)
    result = _result(query_id, answer, "")
    while answer.get("nextToken"):
        answer = account.ask(
            "logs", "get_query_results", request=request, queryId=query_id, nextToken=answer["nextToken"]
        )
        result.rows.extend(_rows(answer))
    return result


def _wait_for(account: AwsAccount, query_id: str, request: str, budget: QueryBudget) -> tuple[dict[str, Any], str]:
    """The last answer, and why the query was stopped when it did not end by itself."""
    until = time.monotonic() + budget.seconds
    for wait in chain(WAITS, repeat(1.0)):
        pause(wait)
        answer = account.ask("logs", "get_query_results", request=request, queryId=query_id)
        if answer["status"] in ("Failed", "Cancelled"):
            raise TeachingError(
                "failed", request, f"the query ended {answer['status']}.", "Retry, or simplify the query."
            )
        why = _overdrawn(answer, budget, late=time.monotonic() >= until)
        if answer["status"] in FINAL_STATES:
            return dict(answer), "CloudWatch timed out" if answer["status"] == "Timeout" else ""
        if why:
            _stop(account, query_id)
            return dict(answer), why
    raise AssertionError("the waits never end")


def _overdrawn(answer: dict[str, Any], budget: QueryBudget, *, late: bool) -> str:
    read = float(answer.get("statistics", {}).get("bytesScanned", 0))
    if read > budget.bytes:
        return f"it had read {read / GIGABYTE:.2f} GB, more than its budget of {budget.bytes / GIGABYTE:g} GB"
    return f"its timeout of {budget.seconds:g} s was reached" if late else ""


def _result(query_id: str, answer: dict[str, Any], why: str) -> InsightsResult:
    statistics = answer.get("statistics", {})
    return InsightsResult(
        id=query_id,
        rows=_rows(answer),
        scanned=int(statistics.get("recordsScanned", 0)),
        records_matched=int(statistics.get("recordsMatched", 0)),
        bytes=int(statistics.get("bytesScanned", 0)),
        as_of=as_of(answer),
        why=why,
    )


def _rows(answer: dict[str, Any]) -> list[Row]:
    return [{cell["field"]: within(cell.get("value", "")) for cell in row} for row in answer.get("results", [])]


def _stop(account: AwsAccount, query_id: str) -> None:
    try:
        account.ask("logs", "stop_query", queryId=query_id)
    except TeachingError:
        return  # it ended in between, or it may not be stopped: either way it ends by its own time limit
