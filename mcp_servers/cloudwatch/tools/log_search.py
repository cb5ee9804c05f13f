"""Looking for something in log groups, and how often it was said when: the tools `find_in_logs` and `log_timeline`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.reads.insights import InsightsResult
from mcp_servers.cloudwatch.reads.log_groups import LogLookup, lines, look, of_streams, quote, time
from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Answer
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import rfc3339, window
from mcp_servers.signals.logs.signs import signs
from mcp_servers.signals.series.level_facts import sentence, thinned
from mcp_servers.signals.series.levels import Level, Point, filled, level

LINE_LIMIT: Final = 1_000  # newest lines of one search
ROOM: Final = 6_000  # characters of lines in one answer
BINS: Final = 60
CELL: Final = 300
WIDTHS: Final = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21600, 86400)  # seconds of a bin


class LogSearch:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Find in logs")
    def find_in_logs(
        self,
        log_groups: inputs.LogGroups,
        text: inputs.Text,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        regex: inputs.Regex = False,
        stream_prefix: inputs.StreamPrefix = "",
        max_gb: inputs.MaxGb = 10.0,
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """Find lines that contain a text (case-insensitive), newest first: the count, and the newest 1,000 lines.

        With `regex`, `text` is a regular expression. `stream_prefix` narrows to streams with that name prefix; `cursor`
        continues with older lines of the same search.
        """
        lookup = look(self._account, log_groups, [window(start, end, self._account.now)], 20.0, max_gb)
        query = "fields @timestamp, @logStream, @message" + of_streams(stream_prefix)
        query += f" | filter @message like {_matching(text, regex)} | sort @timestamp desc"
        result = lookup.ask(query, LINE_LIMIT)
        offset = cursors.offset(cursor)
        rows = [_line(row, several=len(log_groups) > 1) for row in result.rows]
        page = within(rows[offset:], ROOM)
        rest = len(rows) - offset - len(page)
        data: dict[str, Any] = {
            "lines": page,
            "matched": result.records_matched,
            "scanned": result.scanned,
            **lookup.usage,
        }
        data |= {"cursor": cursors.encode(offset=offset + len(page))} if rest and page else {}
        observations = [sign for sign in signs(lines(result.rows), lookup.subject) if sign.code != "log.no_errors"]
        head = f"{result.records_matched} of {result.scanned} lines contain {text!r}. {lookup.estimate.sentence}"
        shown_rows = [[line["at"], line["stream"], untrusted(excerpt(line["text"], CELL))] for line in page]
        return Answer(
            text=f"{head}\n\n"
            + (table(["at", "stream", "line"], shown_rows, CELL + 2) if page else "")
            + (f"\n{rest} more: call again with data.cursor." if rest else ""),
            as_of=result.as_of,
            data=data,
            observations=observations[:12],
            coverage=[
                lookup.coverage(f"lines of {lookup.name} that contain {text!r}", result, LINE_LIMIT),
                *lookup.gaps,
                *self._account.gaps(),
            ],
            left_out={"lines": rest} if rest else {},
        )

    @read_tool("Timeline of logs")
    def log_timeline(
        self,
        log_groups: inputs.LogGroups,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        text: inputs.CountedText = "",
        regex: inputs.Regex = False,
        stream_prefix: inputs.StreamPrefix = "",
        max_gb: inputs.MaxGb = 10.0,
    ) -> Answer:
        """Count lines, and error lines (or lines that contain `text`), over equal parts of the window.

        Reports when the rate changed; logs that go silent are reported too.
        """
        from mcp_servers.signals.logs.lines import WRONG  # noqa: PLC0415 - the list of tools needs none of it
        from mcp_servers.signals.logs.log_shape import CHANGED, rate_changed  # noqa: PLC0415

        since, until = window(start, end, self._account.now)
        lookup = look(self._account, log_groups, [(since, until), (since, until)], 20.0, max_gb)
        width = next((w for w in WIDTHS if (until - since).total_seconds() / w <= BINS), WIDTHS[-1])
        condition = _matching(text, regex) if text else f"/(?i)({WRONG})/"
        streams = of_streams(stream_prefix)
        tally = f"| stats count(*) as lines by bin({width}s) as at | sort at asc"
        every = lookup.ask(f"fields @message{streams} {tally}", BINS * 2)
        some = lookup.ask(f"fields @message{streams} | filter @message like {condition} {tally}", BINS * 2)
        what = "matching" if text else "errors"
        series = {"all": _series(every, since, until, width), what: _series(some, since, until, width)}
        levels = {kind: level(points) for kind, points in series.items()}
        return Answer(
            text=_timeline_text(series, levels, width, lookup),
            as_of=every.as_of,
            data={
                "seconds": width,
                "series": {kind: thinned(points, "Sum", BINS) for kind, points in series.items()},
                **lookup.usage,
            },
            observations=[
                rate_changed(kind, levels[kind], width, lookup.subject)
                for kind in series
                if levels[kind].kind in CHANGED
            ],
            coverage=[
                lookup.coverage(f"number of lines of {lookup.name}", every, BINS * 2),
                lookup.coverage(f"number of lines of {lookup.name} like {condition}", some, BINS * 2),
                *lookup.gaps,
                *self._account.gaps(),
            ],
        )


def _matching(text: str, regex: bool) -> str:
    """The condition as Insights reads it."""
    if not text:
        raise TeachingError("bad_request", "find_in_logs", "`text` is empty.", "Give text.")
    if not regex:
        return f"/(?i){quote(text)}/"
    try:
        re.compile(text)
    except re.error as problem:
        wrong = f"is not a regular expression: {problem}."
        raise TeachingError(
            "bad_request", f"text={text!r}", wrong, "Leave out regex to search for it literally."
        ) from (problem)
    return "/" + re.sub(r"(\\.)|/", lambda match: match[1] or r"\/", text, flags=re.DOTALL) + "/"


def _line(row: dict[str, str], *, several: bool) -> dict[str, str]:
    at = time(row.get("@timestamp", ""))
    group = row.get("@log", "").partition(":")[2] if several else ""
    return {
        "at": rfc3339(at) if at else "",
        "stream": f"{group} {row.get('@logStream', '')}".strip(),
        "text": excerpt(row.get("@message", ""), 500),
    }


def _series(result: InsightsResult, since: datetime, until: datetime, width: int) -> list[Point]:
    """Lines in each part of the window, parts without a line as zero; parts that the window cuts are left out."""
    points = [
        (at.timestamp(), float(row.get("lines", 0)))
        for row in result.rows
        if (at := time(row.get("at", ""))) is not None
    ]
    begin = -(-since.timestamp() // width) * width
    end = min(until.timestamp(), result.as_of.timestamp()) // width * width
    inside = [point for point in points if begin <= point[0] < end]
    return filled(inside, begin, end, width)


def _timeline_text(series: dict[str, list[Point]], levels: dict[str, Level], width: int, lookup: LogLookup) -> str:
    heads = [f"{kind}: {sentence(levels[kind])}" for kind in series]
    rows = [[rfc3339(at), *(f"{series[kind][i][1]:.0f}" for kind in series)] for i, (at, _) in enumerate(series["all"])]
    return (
        f"Lines per {width} s of {lookup.name}. {lookup.estimate.sentence}\n"
        + "\n".join(f"- {head}" for head in heads)
        + "\n\n"
        + table(["at", *series], rows)
    )
