"""Tools over log groups: which there are, queries in the Insights language, and the errors of one group."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.reads.insights import InsightsResult, again
from mcp_servers.cloudwatch.reads.log_groups import PAGES, LogLookup, lines, look, of_streams
from mcp_servers.cloudwatch.tools.plain_queries import as_written
from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import rfc3339, window
from mcp_servers.signals.logs.lines import WRONG, wrong
from mcp_servers.signals.logs.records import join
from mcp_servers.signals.logs.signs import signs
from mcp_servers.signals.logs.summary import RecordKind, summarized

LINES: Final = 2_000  # error lines that one summary reads
MOST_ROWS: Final = 10_000
ROOM: Final = 6_500  # characters of rows in one answer
TEMPLATES: Final = 20
CELL: Final = 240


class CloudWatchLogs:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("List log groups")
    def list_log_groups(self, prefix: inputs.LogGroupPrefix = "", cursor: inputs.Cursor = "") -> Answer:
        """List log groups by name prefix, with their retention and size."""
        params = {"logGroupNamePrefix": prefix} if prefix else {}
        pages = self._account.pages("logs", "describe_log_groups", limit=PAGES, mark="nextToken", **params)
        groups = [_group(group) for page in pages for group in page["logGroups"]]
        told = cursors.offset(cursor)
        kept = within(groups[told:], ROOM)
        rest = len(groups) - told - len(kept)
        assert pages.as_of is not None
        return Answer(
            text=f"{len(groups)} log groups.\n\n"
            + table(["log group", "kept days", "bytes"], [[g["name"], g["days"], g["bytes"]] for g in kept])
            + (f"\n{rest} more: call again with data.cursor." if rest else ""),
            as_of=pages.as_of,
            data={"log_groups": kept} | ({"cursor": cursors.encode(offset=told + len(kept))} if rest else {}),
            coverage=[
                Coverage(looked_at=f"log groups {prefix or '(all)'}", state="truncated" if pages.cut else "complete"),
                *self._account.gaps(),
            ],
            left_out={"log_groups": rest} if rest else {},
        )

    @read_tool("Query logs")
    def query_logs(
        self,
        log_groups: inputs.LogGroups,
        query: inputs.Insights,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        limit: inputs.RowLimit = 100,
        max_gb: inputs.MaxGb = 10.0,
        seconds: inputs.Seconds = 20.0,
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """Run a CloudWatch Logs Insights query over up to 50 log groups, within a budget.

        `query` is in the Insights language, as `fields @timestamp, @message | filter @message like /timeout/ | sort
        @timestamp desc`. What it reads is estimated first and refused above `max_gb`; after `seconds` it is stopped.
        Where rows carry @message as it was logged (only fields, filter, sort and limit), errors in them are told as
        observations. `cursor` tells further rows of a query that was run, without running it again.
        """
        since, until = window(start, end, self._account.now)
        limit = max(1, min(limit, MOST_ROWS))
        asked = look(self._account, log_groups, [(since, until)], seconds, max_gb)
        place: dict[str, Any] = cursors.read(cursor, "query", "offset") if cursor else {"query": "", "offset": 0}
        told = int(place["offset"])
        result = again(self._account, place["query"], "query_logs with a cursor") if cursor else asked.ask(query, limit)
        rows = [{k: excerpt(v, 500) for k, v in row.items() if k != "@ptr"} for row in result.rows]
        logged = as_written(query) and not cursor  # a cursor may belong to any query
        kept = within(rows[told:], ROOM)
        rest = len(rows) - told - len(kept)
        data: dict[str, Any] = {
            "rows": kept,
            "scanned": result.scanned,
            "matched": result.records_matched,
            **asked.usage,
        }
        data |= {"cursor": cursors.encode(query=result.id, offset=told + len(kept))} if rest and kept else {}
        return Answer(
            text=_rows_text(rows, kept, rest, result, asked),
            as_of=result.as_of,
            data=data,
            observations=_errors_among(result, asked)[:12] if logged else [],
            coverage=[
                asked.coverage(f"logs of {asked.name}: {query}", result, limit),
                *asked.gaps,
                *self._account.gaps(),
            ],
            left_out={"rows": rest} if rest else {},
        )

    @read_tool("Summarize errors")
    def summarize_errors(
        self,
        log_group: inputs.LogGroup,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        stream_prefix: inputs.StreamPrefix = "",
        max_gb: inputs.MaxGb = 10.0,
    ) -> Answer:
        """The error lines of a log group over a window, grouped by what they say: counts, first, last, an example.

        `stream_prefix` narrows to streams whose name begins so (a pod's or service's). The newest 2,000 error lines
        are read; coverage says whether there were more. summarize_logs reads all lines, also those without an error.
        """
        asked = look(self._account, [log_group], [window(start, end, self._account.now)], 20.0, max_gb)
        query = "fields @timestamp, @message, @logStream" + of_streams(stream_prefix)
        query += f" | filter @message like /(?i)({WRONG}| 5[0-9][0-9] )/ | sort @timestamp desc"
        result = asked.ask(query, LINES)
        found = [(at, line) for at, line in lines(result.rows) if wrong(line)]
        kinds = _kinds(found)
        kept = within(kinds[:TEMPLATES], 6_000)
        streams = Counter(row.get("@logStream", "") for row in result.rows)
        looked_at = f"error lines of {log_group}" + (f" in streams {stream_prefix}*" if stream_prefix else "")
        return Answer(
            text=f"{len(found)} error lines in {len(kinds)} groups; {result.scanned} lines scanned.\n\n"
            + table(
                ["count", "first", "last", "line"],
                [[g["count"], g["first"], g["last"], untrusted(excerpt(g["pattern"], CELL))] for g in kept],
                CELL + 2,
            ),
            as_of=result.as_of,
            data={
                "groups": kept,
                "error_lines": len(found),
                "scanned": result.scanned,
                "streams": dict(streams.most_common(10)),
                **asked.usage,
            },
            observations=_signs(found, asked, result),
            coverage=[asked.coverage(looked_at, result, LINES), *asked.gaps, *self._account.gaps()],
            left_out={"groups": len(kinds) - len(kept)} if len(kinds) > len(kept) else {},
        )


def _signs(found: list[tuple[datetime | None, str]], asked: LogLookup, result: InsightsResult) -> list[Observation]:
    """Without an error line, `log.no_errors` counts the lines scanned; of nothing scanned it says nothing."""
    if found:
        return signs(found, asked.subject)[:16]
    if not result.scanned or not result.finished:
        return []
    return [Observation(code="log.no_errors", subject=asked.subject, attributes={"lines": result.scanned})]


def _errors_among(result: InsightsResult, asked: LogLookup) -> list[Observation]:
    if not any(row.get("@message") for row in result.rows):
        return []
    return [seen for seen in signs(lines(result.rows), asked.subject) if seen.code != "log.no_errors"]


def _rows_text(
    rows: list[dict[str, str]], kept: list[dict[str, str]], rest: int, result: InsightsResult, asked: LogLookup
) -> str:
    fields = list(dict.fromkeys(name for row in kept for name in row))
    text = f"{len(rows)} rows, {result.scanned} lines scanned. {asked.estimate.sentence}"
    if kept:
        text += "\n\n" + table(
            fields, [[untrusted(excerpt(row.get(name, ""), CELL)) for name in fields] for row in kept], CELL + 2
        )
    return text + (f"\n{rest} more rows: ask again with data.cursor." if rest else "")


def _group(group: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": group["logGroupName"],
        "days": group.get("retentionInDays", "ever"),
        "bytes": group.get("storedBytes", 0),
    }


def _kinds(found: list[tuple[datetime | None, str]]) -> list[dict[str, Any]]:
    records = join((at.timestamp() if at else 0.0, "", line) for at, line in found)
    kinds = sorted(summarized(records, None).kinds, key=lambda kind: -kind.count)
    return [_plain(kind) for kind in kinds]


def _plain(kind: RecordKind) -> dict[str, Any]:
    return {
        "pattern": excerpt(kind.pattern, 300),
        "count": kind.count,
        "first": rfc3339(datetime.fromtimestamp(kind.first, UTC)) if kind.first else "",
        "last": rfc3339(datetime.fromtimestamp(kind.last, UTC)) if kind.last else "",
        "example": excerpt(kind.example),
    }
