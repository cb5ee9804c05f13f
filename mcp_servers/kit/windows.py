"""Windows of time as arguments: absolute, RFC 3339, checked before anything is asked."""

from __future__ import annotations

from datetime import UTC, datetime

from mcp_servers.kit.errors import TeachingError


def instant(text: str, name: str) -> datetime:
    """One RFC 3339 time in UTC; a time without a zone is refused, because nobody can know which one was meant."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as problem:
        raise _wrong(text, name) from problem
    if parsed.tzinfo is None:
        raise _wrong(text, name)
    return parsed.astimezone(UTC)


def window(start: str, end: str) -> tuple[datetime, datetime]:
    """Start and end in UTC, start before end."""
    since, until = instant(start, "start"), instant(end, "end")
    if since >= until:
        raise TeachingError("bad_request", f"window {start} to {end}", "it has no length: start has to be before end.")
    return since, until


def rfc3339(moment: datetime | float) -> str:
    """`2026-01-02T03:04:05Z`; a number is seconds since 1970."""
    when = datetime.fromtimestamp(moment, UTC) if isinstance(moment, int | float) else moment.astimezone(UTC)
    return when.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _wrong(text: str, name: str) -> TeachingError:
    return TeachingError(
        "bad_request", f"{name}={text!r}", "is no RFC 3339 time with a zone.", "Write it like 2026-01-02T03:04:05Z."
    )
