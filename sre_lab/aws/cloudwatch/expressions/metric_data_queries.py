"""MetricDataQueries as a request or an alarm writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sre_lab.aws.cloudwatch.expressions import language
from sre_lab.aws.cloudwatch.metrics.selection import MetricStat, read_stat
from sre_lab.aws.cloudwatch.metrics.statistics import check_period
from sre_lab.aws.errors import AwsError

_ID = re.compile(r"^[a-z][a-zA-Z0-9_]*$")


@dataclass(frozen=True)
class MetricDataQuery:
    """One entry of MetricDataQueries: a metric, or an expression over others."""

    id: str
    label: str
    returns_data: bool
    stat: MetricStat | None = None
    expression: str = ""
    period: int = 0  # of an expression; 0 where its metrics decide


def read_queries(entries: Sequence[dict[str, Any]], default_period: int = 0) -> list[MetricDataQuery]:
    """MetricDataQueries as queries; AwsError ValidationError names what is wrong with which id."""
    queries: list[MetricDataQuery] = []
    for entry in entries:
        name = str(entry.get("Id") or "")
        if not _ID.match(name):
            text = f"The value {name!r} for parameter MetricDataQueries.Id is not valid: a small letter comes first, "
            raise AwsError("ValidationError", text + "then letters, digits and underscores.")
        if any(query.id == name for query in queries):
            raise AwsError(
                "ValidationError", f"The values for parameter id in MetricDataQueries are not unique: {name}"
            )
        if bool(entry.get("Expression")) == bool(entry.get("MetricStat")):
            raise AwsError("ValidationError", f"Query {name}: give either MetricStat or Expression")
        queries.append(_read_query(name, entry, default_period))
    return queries


def _read_query(name: str, entry: dict[str, Any], default_period: int) -> MetricDataQuery:
    returns_data, label = entry.get("ReturnData") is not False, str(entry.get("Label") or "")
    if not entry.get("Expression"):
        return MetricDataQuery(name, label, returns_data, read_stat(entry["MetricStat"]))
    expression = str(entry["Expression"])
    if expression.lstrip().upper().startswith("SELECT"):
        language.refuse(expression, "Metrics Insights queries (SELECT) are not supported here")
    language.parse(expression)
    period = check_period(entry["Period"]) if entry.get("Period") else default_period
    return MetricDataQuery(name, label, returns_data, None, expression, period)
