"""Times and windows of time as arguments, in one grammar for every tool, checked before anything is asked.

A time is ISO 8601 with a zone, seconds since 1970, `now`, or so long before now: `-30s`, `-15m`, `-1h`, `-7d`. What
"now" is, the service tells that is asked, not this machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from mcp_servers.serving.errors import TeachingError

Now = Callable[[], datetime]

NOW: Final = "now"
FORMS: Final = (
    "Write it as 2026-01-02T03:04:05Z (ISO 8601 with a zone), 1767323045 (seconds since 1970), now,"
    " or -30s, -15m, -1h, -7d (before now)."
)
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BACK: Final = re.compile(r"-(\d{1,7})([smhd])", re.ASCII)
_EPOCH: Final = re.compile(r"\d{9,10}(?:\.\d{1,9})?", re.ASCII)
_LONGEST: Final = timedelta(days=20 * 366)


def instant(text: str, name: str, now: Now) -> datetime:
    """One time in UTC; `now` is asked only where the time is relative. Raises TeachingError `bad_request`.

    A time without a zone is refused, because nobody can know which one was meant.
    """
    time_text = text.strip()
    if time_text == NOW:
        return now().astimezone(UTC)
    if back := _BACK.fullmatch(time_text):
        before = timedelta(seconds=int(back[1]) * _UNITS[back[2]])
        if before > _LONGEST:
            raise TeachingError("bad_request", f"{name}={time_text!r}", "is more than 20 years ago.", FORMS)
        return now().astimezone(UTC) - before
    if _EPOCH.fullmatch(time_text):
        return datetime.fromtimestamp(float(time_text), UTC)
    return _absolute(time_text, name)


def window(start: str, end: str, now: Now) -> tuple[datetime, datetime]:
    """Start and end in UTC, start before end; both are told against the same moment. Raises TeachingError."""
    moments: list[datetime] = []

    def once() -> datetime:
        if not moments:
            moments.append(now())
        return moments[0]

    since, until = instant(start, "start", once), instant(end, "end", once)
    if since >= until:
        raise TeachingError("bad_request", f"window {start} to {end}", "start must be before end.")
    return since, until


def rfc3339(moment: datetime | float) -> str:
    """`2026-01-02T03:04:05Z`; a number is seconds since 1970."""
    when = datetime.fromtimestamp(moment, UTC) if isinstance(moment, int | float) else moment.astimezone(UTC)
    return when.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _absolute(time_text: str, name: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(time_text)
    except ValueError as problem:
        wrong = "looks like milliseconds." if re.fullmatch(r"\d{12,13}", time_text) else "is not a time."
        raise TeachingError("bad_request", f"{name}={time_text[:60]!r}", wrong, FORMS) from problem
    if parsed.tzinfo is None:
        raise TeachingError("bad_request", f"{name}={time_text[:60]!r}", "has no time zone.", FORMS)
    try:
        return parsed.astimezone(UTC)
    except OverflowError as problem:
        raise TeachingError("bad_request", f"{name}={time_text[:60]!r}", "is not a plausible time.", FORMS) from problem
