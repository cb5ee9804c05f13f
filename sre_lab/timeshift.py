"""Moving recorded times to the present, inside any text and in the form in which they were written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

STAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?P<gap>[T ])(?P<time>\d{2}:\d{2}:\d{2})"
    r"(?P<part>[.,]\d{1,9})?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
KNOWN_TIMES = 4096  # neighbouring lines of a log share their seconds


class TimeShift:
    """All times move by `seconds`; fractions, separators and zones stay as they are written."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._delta = timedelta(seconds=round(seconds))
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        """`text` with every time in it moved."""
        return STAMP.sub(self._shift, text) if self._delta and "-" in text else text

    def value(self, value: Any) -> Any:
        """A JSON-like value with every time in its strings moved; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value

    def _shift(self, match: re.Match[str]) -> str:
        day_and_time = match[1] + match[2] + match[3]
        text = self._known.get(day_and_time)
        if text is None:
            try:
                moment = datetime.fromisoformat(day_and_time) + self._delta
            except (ValueError, OverflowError):  # digits that only look like a time
                return match[0]
            text = self._known[day_and_time] = f"{moment:%Y-%m-%d}{match['gap']}{moment:%H:%M:%S}"
        return f"{text}{match['part'] or ''}{match['zone'] or ''}"


def time_in(text: str) -> float | None:
    """Epoch seconds of the first time in `text` (UTC where it names no zone); None when there is none."""
    match = STAMP.search(text)
    return None if match is None else _epoch(match[0])


@lru_cache(KNOWN_TIMES)
def _epoch(stamp: str) -> float | None:
    try:
        moment = datetime.fromisoformat(stamp.replace(",", "."))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
