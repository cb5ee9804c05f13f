"""Asking Logs Insights in tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab.telemetry import LogEvent
from tests.lab_telemetry.conftest import START, Lab

Rows = list[dict[str, str]]


def write(
    lab: Lab, lines: list[str], *, group: str = "/app", stream: str = "pod-a", start: float = START - 600
) -> None:
    """One line a second from `start` on."""
    for place, line in enumerate(lines):
        lab.world.logs.append(group, LogEvent(start + place, stream, line))


def begin(lab: Lab, query: str, **more: Any) -> str:
    """The id of a query over the last quarter of an hour, of /app where nothing else is said."""
    where = (
        {}
        if "logGroupNames" in more or "logGroupIdentifiers" in more or "SOURCE" in query
        else {"logGroupName": "/app"}
    )
    window = {"startTime": int(START) - 900, "endTime": int(START), "queryString": query, **where, **more}
    return str(lab.client("logs").start_query(**window)["queryId"])


def answer(lab: Lab, query_id: str) -> dict[str, Any]:
    result: dict[str, Any] = lab.client("logs").get_query_results(queryId=query_id)
    return result


def rows(result: dict[str, Any]) -> Rows:
    return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in result["results"]]


def ask(lab: Lab, query: str, **more: Any) -> Rows:
    """The rows of a query, without @ptr."""
    result = answer(lab, begin(lab, query, **more))
    assert result["status"] == "Complete"
    return rows(result)


def values(lab: Lab, expressions: Iterable[str]) -> dict[str, str | None]:
    """What each expression is for the only line of /app."""
    requests = list(expressions)
    columns = ", ".join(f"{expression} as x{place}" for place, expression in enumerate(requests))
    (row,) = ask(lab, f"fields {columns}")
    return {expression: row.get(f"x{place}") for place, expression in enumerate(requests)}


def refusal(lab: Lab, query: str) -> str:
    """What MalformedQueryException says of a query."""
    with pytest.raises(ClientError) as refused:
        begin(lab, query)
    assert refused.value.response["Error"]["Code"] == "MalformedQueryException"
    return str(refused.value.response["Error"]["Message"])
