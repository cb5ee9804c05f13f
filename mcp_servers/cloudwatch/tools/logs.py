"""Tools over log groups: which there are, queries in the Insights language, and the errors of one group."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

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
from mcp_servers.signals.logs.signs import signs

if TYPE_CHECKING:
    from mcp_servers.signals.logs.summary import RecordKind

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
        offset = cursors.offset(cursor)
        page = within(groups[offset:], ROOM)
        rest = len(groups) - offset - len(page)
        assert pages.as_of is not None
        return Answer(
            text=f"{len(groups)} log groups.\n\n"
            + table(["log group", "kept days", "bytes"], [[g["name"], g["days"], g["bytes"]] for g in page])
            + (f"\n{rest} more: call again with data.cursor." if rest else ""),
            as_of=pages.as_of,
            data={"log_groups": page} | ({"cursor": cursors.encode(offset=offset + len(page))} if rest else {}),
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
        lookup = look(self._account, log_groups, [(since, until)], seconds, max_gb)
        place: dict[str, Any] = cursors.read(cursor, "query", "offset") if cursor else {"query": "", "offset": 0}
        offset = int(place["offset"])
        result = (
            again(self._account, place["query"], "query_logs with a cursor") if cursor else lookup.ask(query, limit)
        )
        rows = [{k: excerpt(v, 500) for k, v in row.items() if k != "@ptr"} for row in result.rows]
        is_plain = as_written(query) and not cursor  # a cursor may belong to any query
        page = within(rows[offset:], ROOM)
        rest = len(rows) - offset - len(page)
        data: dict[str, Any] = {
            "rows": page,
            "scanned": result.scanned,
            "matched": result.records_matched,
            **lookup.usage,
        }
        data |= {"cursor": cursors.encode(query=result.id, offset=offset + len(page))} if rest and page else {}
        return Answer(
            text=_rows_text(rows, page, rest, result, lookup),
            as_of=result.as_of,
            data=data,
            observations=_errors_among(result, lookup)[:12] if is_plain else [],
            coverage=[
                lookup.coverage(f"logs of {lookup.name}: {query}", result, limit),
                *lookup.gaps,
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
        from mcp_servers.signals.logs.lines import WRONG, wrong  # noqa: PLC0415 - the list of tools needs none of it

        lookup = look(self._account, [log_group], [window(start, end, self._account.now)], 20.0, max_gb)
        query = "fields @timestamp, @message, @logStream" + of_streams(stream_prefix)
        query += f" | filter @message like /(?i)({WRONG}| 5[0-9][0-9] )/ | sort @timestamp desc"
        result = lookup.ask(query, LINES)
        error_lines = [(at, line) for at, line in lines(result.rows) if wrong(line)]
        kinds = _kinds(error_lines)
        page = within(kinds[:TEMPLATES], 6_000)
        streams = Counter(row.get("@logStream", "") for row in result.rows)
        looked_at = f"error lines of {log_group}" + (f" in streams {stream_prefix}*" if stream_prefix else "")
        return Answer(
            text=f"{len(error_lines)} error lines in {len(kinds)} groups; {result.scanned} lines scanned.\n\n"
            + table(
                ["count", "first", "last", "line"],
                [[g["count"], g["first"], g["last"], untrusted(excerpt(g["pattern"], CELL))] for g in page],
                CELL + 2,
            ),
            as_of=result.as_of,
            data={
                "groups": page,
                "error_lines": len(error_lines),
                "scanned": result.scanned,
                "streams": dict(streams.most_common(10)),
                **lookup.usage,
            },
            observations=_signs(error_lines, lookup, result),
            coverage=[lookup.coverage(looked_at, result, LINES), *lookup.gaps, *self._account.gaps()],
            left_out={"groups": len(kinds) - len(page)} if len(kinds) > len(page) else {},
        )


def _signs(
    error_lines: list[tuple[datetime | None, str]], lookup: LogLookup, result: InsightsResult
) -> list[Observation]:
    """Without an error line, `log.no_errors` counts the lines scanned; of nothing scanned it says nothing."""
    if error_lines:
        return signs(error_lines, lookup.subject)[:16]
    if not result.scanned or not result.finished:
        return []
    return [Observation(code="log.no_errors", subject=lookup.subject, attributes={"lines": result.scanned})]


def _errors_among(result: InsightsResult, lookup: LogLookup) -> list[Observation]:
    if not any(row.get("@message") for row in result.rows):
        return []
    return [sign for sign in signs(lines(result.rows), lookup.subject) if sign.code != "log.no_errors"]


def _rows_text(
    rows: list[dict[str, str]], page: list[dict[str, str]], rest: int, result: InsightsResult, lookup: LogLookup
) -> str:
    fields = list(dict.fromkeys(name for row in page for name in row))
    text = f"{len(rows)} rows, {result.scanned} lines scanned. {lookup.estimate.sentence}"
    if page:
        text += "\n\n" + table(
            fields, [[untrusted(excerpt(row.get(name, ""), CELL)) for name in fields] for row in page], CELL + 2
        )
    return text + (f"\n{rest} more rows: ask again with data.cursor." if rest else "")


def _group(group: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": group["logGroupName"],
        "days": group.get("retentionInDays", "ever"),
        "bytes": group.get("storedBytes", 0),
    }


def _kinds(error_lines: list[tuple[datetime | None, str]]) -> list[dict[str, Any]]:
    from mcp_servers.signals.logs.records import join  # noqa: PLC0415 - the list of tools needs none of it
    from mcp_servers.signals.logs.summary import summarized  # noqa: PLC0415

    records = join((at.timestamp() if at else 0.0, "", line) for at, line in error_lines)
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
