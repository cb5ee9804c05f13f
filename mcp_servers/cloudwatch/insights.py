"""One Logs Insights query from start to end: begun, polled within a bound, stopped when it takes too long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_servers.kit.aws import Account, as_of
from mcp_servers.kit.errors import TeachingError

WAITS = (0.05, 0.2, 0.5, *[1.0] * 19)  # seconds before each look: together below 20 s
ENDED = ("Complete", "Failed", "Cancelled", "Timeout")


@dataclass(frozen=True)
class Result:
    """Rows as maps of field to text. `finished` is false when it was stopped and these are the rows so far."""

    rows: list[dict[str, str]]
    scanned: int
    matched: int
    finished: bool
    as_of: datetime


def run(
    account: Account, groups: list[str], query: str, start: datetime, end: datetime, limit: int, asked: str
) -> Result:
    """Raises TeachingError: not_found for a group that does not exist, bad_request for a query that cannot be read."""
    begun = account.ask(
        "logs",
        "start_query",
        asked=asked,
        logGroupNames=groups,
        queryString=query,
        startTime=int(start.timestamp()),
        endTime=int(end.timestamp()),
        limit=limit,
    )
    answer: dict[str, Any] = {}
    for wait in WAITS:
        time.sleep(wait)
        answer = account.ask("logs", "get_query_results", asked=asked, queryId=begun["queryId"])
        if answer["status"] in ENDED:
            break
    if answer["status"] in ("Failed", "Cancelled"):
        raise TeachingError("failed", asked, f"the query ended {answer['status']}.", "Ask again, or a simpler query.")
    if answer["status"] not in ENDED:
        _stop(account, begun["queryId"])
    statistics = answer.get("statistics", {})
    return Result(
        rows=[{cell["field"]: cell.get("value", "") for cell in row} for row in answer.get("results", [])],
        scanned=int(statistics.get("recordsScanned", 0)),
        matched=int(statistics.get("recordsMatched", 0)),
        finished=answer["status"] == "Complete",
        as_of=as_of(answer),
    )


def _stop(account: Account, query_id: str) -> None:
    try:
        account.ask("logs", "stop_query", queryId=query_id)
    except TeachingError:
        return  # it ended in between, or it may not be stopped: either way it ends by its own time limit
