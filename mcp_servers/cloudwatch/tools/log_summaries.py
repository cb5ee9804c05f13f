"""What log groups said over a window, against how they spoke before: the tool `summarize_logs`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.reads.log_groups import LogLookup, look
from mcp_servers.cloudwatch.reads.log_reading import Line, LogLines, read
from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Answer, Observation, Subject
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import Now, instant, rfc3339, window
from mcp_servers.signals.logs.signs import signs

if TYPE_CHECKING:
    from mcp_servers.signals.logs.records import LogRecord
    from mcp_servers.signals.logs.summary import LogSummary, RecordKind

MOST_LINES: Final = 1_000_000
ROOM: Final = 4_800  # characters of kinds in one answer
FIRST_ERROR: Final = 1_600  # characters of the record that came first
OBSERVED: Final = 8  # kinds that are told as observations
SIGNED: Final = 12
CELL: Final = 160


class LogSummaries:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Summarize logs")
    def summarize_logs(
        self,
        log_groups: inputs.LogGroups,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        baseline_start: inputs.BaselineStart = "",
        baseline_end: inputs.BaselineEnd = "",
        stream_prefix: inputs.StreamPrefix = "",
        most_lines: inputs.MostLines = 100_000,
        max_gb: inputs.MaxGb = 10.0,
        seconds: inputs.Seconds = 30.0,
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """Summarize log groups: kinds of lines with counts, first and last seen, severity, one example of each, which
        of them are new or changed, and the first error or stack trace.

        The baseline is the window of the same length just before, or `baseline_start` to `baseline_end`; a baseline
        of zero length (`baseline_start` = `baseline_end`) turns the comparison off. Stack traces and JSON over several
        lines count as one. `most_lines` up to 1,000,000; `max_gb` is what may be read (estimated before anything
        runs), `seconds` what the queries may take together; `cursor` goes on with the next kinds.
        """
        from mcp_servers.signals.logs.summary import summarized  # noqa: PLC0415 - the list of tools needs none of it

        since, until = window(start, end, self._account.now)
        usual = _baseline(since, until, baseline_start, baseline_end, self._account.now)
        offset = cursors.offset(cursor)
        most = max(1, min(most_lines, MOST_LINES))
        lookup = look(self._account, log_groups, [(since, until), *([usual] if usual else [])], seconds, max_gb)
        reading = read(lookup, since, until, most, stream_prefix)
        before = read(lookup, *usual, most, stream_prefix) if usual else None
        summary = summarized(_records(reading), _records(before) if before else None, _scale(reading, before))
        return _answer(lookup, reading, before, summary, offset, stream_prefix)


def _answer(
    lookup: LogLookup, reading: LogLines, before: LogLines | None, summary: LogSummary, offset: int, stream_prefix: str
) -> Answer:
    kinds = [_plain(kind) for kind in summary.kinds]
    page = within(kinds[offset:], ROOM)
    rest = len(kinds) - offset - len(page)
    first = _first_error(summary.first_error)
    data: dict[str, Any] = {"kinds": page, "lines": len(reading.lines), "records": summary.records, **lookup.usage}
    data |= {"first_error": first} if first else {}
    data |= {"cursor": cursors.encode(offset=offset + len(page))} if rest and page else {}
    where = f"{lookup.name}" + (f" in streams {stream_prefix}*" if stream_prefix else "")
    coverage = [reading.coverage(f"lines of {where}")]
    coverage += [before.coverage(f"baseline lines of {where}")] if before else []
    return Answer(
        text=_text(summary, page, rest, reading, before, lookup),
        as_of=reading.as_of,
        data=data,
        observations=_observations(summary, reading, lookup.subject),
        coverage=[*coverage, *lookup.gaps, *lookup.account.gaps()],
        left_out={"kinds": rest} if rest else {},
    )


def _observations(summary: LogSummary, reading: LogLines, subject: Subject) -> list[Observation]:
    """New and changed kinds, the first error, the signs of all errors, and what the log shows as a whole; nothing read
    says nothing."""
    from mcp_servers.signals.logs.log_shape import shape  # noqa: PLC0415 - see summarize_logs
    from mcp_servers.signals.logs.outlines import digested  # noqa: PLC0415

    if not reading.lines:
        return []
    observations = [_change(kind, subject) for kind in summary.kinds if kind.news in ("new", "more") and kind.severity]
    observations += [_change(kind, subject) for kind in summary.kinds if kind.news in ("fewer", "gone")]
    if summary.first_error is not None:
        record = summary.first_error
        observations.insert(
            0,
            Observation(
                code="log.first_error",
                subject=subject,
                at=_time(record.at),
                attributes={
                    "message": excerpt(record.head, 300),
                    "stream": record.stream,
                    "stack_trace": record.traced,
                },
                excerpt=excerpt(record.text),
            ),
        )
    error_signs = signs(_errors(summary), subject)
    if reading.why:
        error_signs = [observation for observation in error_signs if observation.code != "log.no_errors"]
    elif error_signs and error_signs[0].code == "log.no_errors":
        error_signs = [error_signs[0].model_copy(update={"attributes": {"lines": len(reading.lines)}})]
    whole = shape(digested((_time(at), text) for at, _, text in reading.lines), subject)
    return [*observations[:OBSERVED], *error_signs[:SIGNED], *whole]


def _errors(summary: LogSummary) -> list[tuple[datetime | None, str]]:
    return [(_time(record.at), record.headed_text) for record in summary.errors]


def _change(kind: RecordKind, subject: Subject) -> Observation:
    code = "log.kind_appeared" if kind.news == "new" else "log.kind_changed"
    attributes: dict[str, Any] = {
        "pattern": excerpt(kind.pattern, 300),
        "severity": kind.severity or "unknown",
        "count": kind.count,
    }
    attributes |= {"before": kind.before} if kind.news != "new" else {}
    attributes |= {"first": rfc3339(kind.first)} if kind.count else {}
    return Observation(
        code=code,
        subject=subject,
        at=_time(kind.first) if kind.count else None,
        attributes=attributes,
        excerpt=excerpt(kind.example),
    )


def _plain(kind: RecordKind) -> dict[str, Any]:
    fields = {
        "pattern": excerpt(kind.pattern, 240),
        "severity": kind.severity,
        "news": kind.news,
        "count": kind.count,
        "before": kind.before,
        "first": rfc3339(kind.first) if kind.count else "",
        "last": rfc3339(kind.last) if kind.count else "",
        "streams": len(kind.streams),
        "example": excerpt(kind.example, 300),
    }
    return {name: value for name, value in fields.items() if value != ""}


def _first_error(record: LogRecord | None) -> dict[str, Any]:
    if record is None:
        return {}
    text = record.text
    return {
        "at": rfc3339(record.at),
        "stream": record.stream,
        "text": text if len(text) <= FIRST_ERROR else text[: FIRST_ERROR - 2] + " …",
    }


def _text(
    summary: LogSummary,
    page: list[dict[str, Any]],
    rest: int,
    reading: LogLines,
    before: LogLines | None,
    lookup: LogLookup,
) -> str:
    against = f", against {len(before.lines)} lines of the baseline" if before else ""
    lines = [f"{len(reading.lines)} lines in {len(summary.kinds)} kinds{against}. {lookup.estimate.sentence}"]
    rows = [
        [
            k["count"],
            k.get("news", ""),
            k.get("severity", ""),
            k.get("first", ""),
            k.get("last", ""),
            untrusted(excerpt(k["pattern"], CELL)),
        ]
        for k in page
    ]
    lines += ["", table(["count", "news", "severity", "first", "last", "kind"], rows, CELL + 2)]
    lines += [f"{rest} more kinds: call again with data.cursor."] if rest else []
    if first := _first_error(summary.first_error):
        first_lines = [untrusted(line) if line.strip() else "" for line in first["text"].splitlines()]
        lines += ["", f"First error, {first['at']} in {first['stream']}:", *first_lines]
    return "\n".join(lines)


def _records(reading: LogLines) -> list[LogRecord]:
    from mcp_servers.signals.logs.records import join  # noqa: PLC0415 - see summarize_logs

    lines: Sequence[Line] = reading.lines
    return join(lines)


def _baseline(
    since: datetime, until: datetime, baseline_start: str, baseline_end: str, now: Now
) -> tuple[datetime, datetime] | None:
    if not baseline_start and not baseline_end:
        return since - (until - since), since
    begins, ends = instant(baseline_start, "baseline_start", now), instant(baseline_end, "baseline_end", now)
    if begins == ends:
        return None
    if begins > ends or ends > since:
        request = f"baseline {baseline_start} to {baseline_end}"
        raise TeachingError(
            "bad_request", request, "the baseline must start before it ends, and end before the window begins."
        )
    return begins, ends


def _scale(reading: LogLines, before: LogLines | None) -> float:
    """How many times more lines the window would have, had it been as the baseline was."""
    if before is None:
        return 1.0
    longer = (reading.end - reading.start) / (before.end - before.start)
    return longer * _share(reading) / _share(before)


def _share(reading: LogLines) -> float:
    """The share of the lines that was read."""
    return len(reading.lines) / reading.records_matched if reading.records_matched and reading.lines else 1.0


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
