"""Tools over log groups."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from mcp_servers.cloudwatch.insights import Result, run
from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Answer, Coverage, Observation, Subject
from mcp_servers.kit.aws import Account
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.log_lines import WRONG, template, wrong
from mcp_servers.kit.log_signs import signs
from mcp_servers.kit.markdown import table, within
from mcp_servers.kit.near import near, offer
from mcp_servers.kit.windows import rfc3339, window

PAGES = 10  # of 50 log groups
LINES = 2_000  # error lines that one summary reads
MOST_ROWS = 1_000
TEMPLATES = 20


class Logs:
    def __init__(self, account: Account) -> None:
        self._account = account

    def list_log_groups(self, prefix: str = "") -> Answer:
        """Log groups by the beginning of their name, with how long they keep lines and how much they hold."""
        params = {"logGroupNamePrefix": prefix} if prefix else {}
        pages = self._account.pages("logs", "describe_log_groups", limit=PAGES, mark="nextToken", **params)
        groups = [_group(group) for page in pages for group in page["logGroups"]]
        kept = within(groups, 9_000)
        assert pages.as_of is not None
        return Answer(
            text=f"{len(groups)} log groups.\n\n"
            + table(["log group", "kept days", "bytes"], [[g["name"], g["days"], g["bytes"]] for g in kept]),
            as_of=pages.as_of,
            data={"log_groups": kept},
            coverage=[
                Coverage(looked_at=f"log groups {prefix or '(all)'}", state="truncated" if pages.cut else "complete"),
                *self._account.gaps(),
            ],
            left_out={"log_groups": len(groups) - len(kept)} if len(groups) > len(kept) else {},
        )

    def query_logs(self, log_groups: list[str], query: str, start: str, end: str, limit: int = 100) -> Answer:
        """Run a CloudWatch Logs Insights query over up to 50 log groups; at most 20 s.

        `query` is in the Insights language, as `fields @timestamp, @message | filter @message like /timeout/ | sort
        @timestamp desc`. Where rows carry @message, errors in them are told as observations.
        """
        since, until = window(start, end)
        limit = max(1, min(limit, MOST_ROWS))
        result = self._run(log_groups, query, since, until, limit)
        rows = [{k: excerpt(v, 500) for k, v in row.items() if k != "@ptr"} for row in result.rows]
        kept = within(rows, 8_000)
        fields = list(dict.fromkeys(name for row in kept for name in row))
        texts = [row.get("@message", "") for row in result.rows]
        subject = self._subject(", ".join(log_groups))
        seen = [s for s in signs(_lines(result.rows), subject) if s.code != "log.no_errors"] if any(texts) else []
        coverage = _covered(f"logs of {', '.join(log_groups)}: {query}"[:300], result, since, until, limit)
        return Answer(
            text=f"{len(rows)} rows, {result.scanned} lines scanned.\n\n"
            + (table(fields, [[row.get(name, "") for name in fields] for row in kept], 240) if kept else ""),
            as_of=result.as_of,
            data={"rows": kept, "scanned": result.scanned, "matched": result.matched},
            observations=seen[:12],
            coverage=[coverage, *self._account.gaps()],
            left_out={"rows": len(rows) - len(kept)} if len(rows) > len(kept) else {},
        )

    def summarize_errors(self, log_group: str, start: str, end: str, stream_prefix: str = "") -> Answer:
        """The error lines of a log group over a window, grouped by what they say: counts, first, last, an example.

        `stream_prefix` narrows to streams whose name begins so (a pod's or service's). The newest 2,000 error lines
        are read; coverage says whether there were more.
        """
        since, until = window(start, end)
        query = "fields @timestamp, @message, @logStream"
        if stream_prefix:
            query += f" | filter @logStream like /^{re.escape(stream_prefix).replace('/', chr(92) + '/')}/"
        query += f" | filter @message like /(?i)({WRONG}| 5[0-9][0-9] )/ | sort @timestamp desc"
        result = self._run([log_group], query, since, until, LINES)
        lines = [(at, line) for at, line in _lines(result.rows) if wrong(line)]
        observations = self._signs(lines, log_group, result)
        groups = _grouped(lines)
        kept = within(groups[:TEMPLATES], 7_000)
        streams = Counter(row.get("@logStream", "") for row in result.rows)
        looked_at = f"error lines of {log_group}" + (f" in streams {stream_prefix}*" if stream_prefix else "")
        return Answer(
            text=f"{len(lines)} error lines in {len(groups)} groups; {result.scanned} lines scanned.\n\n"
            + table(
                ["count", "first", "last", "line"],
                [[g["count"], g["first"], g["last"], g["template"]] for g in kept],
                200,
            ),
            as_of=result.as_of,
            data={
                "groups": kept,
                "error_lines": len(lines),
                "scanned": result.scanned,
                "streams": dict(streams.most_common(10)),
            },
            observations=observations,
            coverage=[_covered(looked_at, result, since, until, LINES), *self._account.gaps()],
            left_out={"groups": len(groups) - len(kept)} if len(groups) > len(kept) else {},
        )

    def _signs(self, lines: list[tuple[datetime | None, str]], log_group: str, result: Result) -> list[Observation]:
        """Without an error line, `log.no_errors` counts the lines scanned; of nothing scanned it says nothing."""
        subject = self._subject(log_group)
        if lines:
            return signs(lines, subject)[:16]
        if not result.scanned or not result.finished:
            return []
        return [Observation(code="log.no_errors", subject=subject, attributes={"lines": result.scanned})]

    def _run(self, groups: list[str], query: str, start: datetime, end: datetime, limit: int) -> Result:
        asked = f"logs of {', '.join(groups)} ({query})"[:300]
        if not groups:
            raise TeachingError("bad_request", asked, "no log group is named.", "list_log_groups lists them.")
        try:
            return run(self._account, groups, query, start, end, limit, asked)
        except TeachingError as problem:
            if problem.kind != "not_found":
                raise
            raise self._unknown(groups, asked) from problem

    def _unknown(self, groups: list[str], asked: str) -> TeachingError:
        try:
            pages = self._account.pages("logs", "describe_log_groups", limit=PAGES, mark="nextToken")
            names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        except TeachingError as problem:
            return TeachingError("not_found", asked, "no such log group.", f"Near names cannot be offered: {problem}")
        unknown = [group for group in groups if group not in names]
        found = list(dict.fromkeys(name for group in unknown for name in near(group, names)))
        return TeachingError("not_found", asked, f"no log group {', '.join(unknown)}.", offer(found))

    def _subject(self, name: str) -> Subject:
        return Subject(scope=self._account.scope, kind="LogGroup", name=name)


def _group(group: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": group["logGroupName"],
        "days": group.get("retentionInDays", "ever"),
        "bytes": group.get("storedBytes", 0),
    }


def _lines(rows: list[dict[str, str]]) -> list[tuple[datetime | None, str]]:
    """Time and message of each row, oldest first."""
    return sorted(((_time(row.get("@timestamp", "")), row.get("@message", "")) for row in rows), key=_order)


def _order(line: tuple[datetime | None, str]) -> float:
    return line[0].timestamp() if line[0] else 0.0


def _time(text: str) -> datetime | None:
    """Insights writes `2026-01-02 03:04:05.678`, in UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _grouped(lines: list[tuple[datetime | None, str]]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for at, line in lines:
        name = template(line)
        when = rfc3339(at) if at else ""
        group = groups.setdefault(name, {"template": name, "count": 0, "first": when, "last": when, "example": ""})
        group["count"] += 1
        group["last"], group["example"] = when, excerpt(line)
    return sorted(groups.values(), key=lambda group: -group["count"])


def _covered(looked_at: str, result: Result, start: datetime, end: datetime, limit: int) -> Coverage:
    detail = ""
    if not result.finished:
        detail = "the query took too long and was stopped; these are the rows it had. Ask for a shorter window."
    elif len(result.rows) >= limit and result.matched > len(result.rows):
        detail = f"{result.matched} lines matched, {len(result.rows)} were read. Narrow the window or the filter."
    state = "truncated" if detail else "complete"
    return Coverage.model_validate(
        {"looked_at": looked_at, "state": state, "start": start, "end": end, "detail": detail}
    )
