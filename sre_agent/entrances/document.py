"""Reading foreign JSON without trusting it: every access says what is missing or wrong, and where.

Text from outside is made visible, redacted and bounded here, once, before it becomes part of a signal.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from mcp_servers.contract.bounds import FIELD_CHARACTERS, bounded, within
from mcp_servers.contract.visible import one_line, visible
from mcp_servers.redaction import redacted

INPUT_CHARACTERS: Final = 1_000_000  # a notice of any known sender is below 300 kB
DEPTH: Final = 40
TITLE_CHARACTERS: Final = 300
TEXT_CHARACTERS: Final = 4_000
LABEL_CHARACTERS: Final = 1_024
READ_CHARACTERS: Final = 16_000  # of a text that is cleaned, more than is kept of any
NO_TIME: Final = "0001-01-01"  # how Go writes a time that is not set


class InputMismatch(ValueError):
    """The input has a known form but cannot be read. The text says which form and what is wrong."""


class NoAlarm(InputMismatch):
    """The input is understood and tells of no alarm, so that there is nothing to do."""


class UnknownForm(InputMismatch):
    """The input has no known form at all, so that its text does not say which: whoever unwrapped it does."""


def parsed(raw: Any) -> Any:
    """The JSON value of text or bytes; a value that is no text is checked and returned as plain JSON."""
    if isinstance(raw, (bytes, bytearray)):
        raw = bytes(raw).decode("utf-8", "replace")
    if isinstance(raw, str):
        raw = raw.removeprefix("\ufeff")  # as editors on Windows begin a file
        if len(raw) > INPUT_CHARACTERS:
            raise UnknownForm(f"The input has {len(raw)} characters; at most {INPUT_CHARACTERS} are read.")
        if not raw.strip():
            raise UnknownForm("The input is empty.")
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError) as problem:
            raise UnknownForm(f"The input is not JSON: {problem}.") from problem
    return _plain(raw, 0)


def _plain(value: Any, depth: int) -> Any:
    """JSON types only, with text that can be written as UTF-8 and obeys nobody."""
    if depth > DEPTH:
        raise UnknownForm(f"The input is nested more than {DEPTH} levels deep.")
    if isinstance(value, str):
        return visible(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        if not math.isfinite(value) if isinstance(value, float) else abs(value) > 2**63:
            raise UnknownForm("The input holds a number that is not finite or too large.")
        return value
    if isinstance(value, Mapping):
        return {one_line(str(key)): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    raise UnknownForm(f"The input holds a {type(value).__name__}, which is not JSON.")


class InputDocument:
    """One JSON object of a form called `what`, at `path` in the input."""

    def __init__(self, what: str, data: dict[str, Any], path: str = "") -> None:
        self.what = what
        self.data = data
        self._path = path

    def __contains__(self, key: str) -> bool:
        return self.data.get(key) is not None

    def misfit(self, key: str, wrong: str) -> NoReturn:
        raise InputMismatch(f"This is {self.what}, but {self._at(key)} {wrong}.")

    def text(self, key: str, default: str | None = None, limit: int = FIELD_CHARACTERS) -> str:
        """The text at `key`, of at most `limit` characters; without a default it has to be there and not be empty."""
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if default is None:
                self.misfit(key, "is missing")
            return default
        if isinstance(value, (bool, dict, list)):
            self.misfit(key, f"is {_kind(value)} where text is expected")
        return within(str(value), limit)

    def number(self, key: str) -> float | None:
        value = self.data.get(key)
        if value is None or value == "":
            return None
        try:
            number = float(value) if not isinstance(value, (bool, dict, list)) else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.misfit(key, f"is {_excerpt(value)} where a number is expected")
        return number

    def time(self, key: str) -> datetime | None:
        """In UTC; None where it is missing or says that it is not set."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        when = moment(value)
        if when is None and not str(value).startswith(NO_TIME):
            self.misfit(key, f"is {_excerpt(value)}, which is not a readable time (RFC 3339 is)")
        return when

    def part(self, key: str) -> InputDocument:
        """The object at `key`; an empty one where there is none."""
        value = self.data.get(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.misfit(key, f"is {_kind(value)} where an object is expected")
        return InputDocument(self.what, value, self._at(key))

    def parts(self, key: str) -> list[InputDocument]:
        """The objects of the list at `key`; none where there is no list."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.misfit(key, "is not a list of objects")
        return [InputDocument(self.what, item, f"{self._at(key)}[{index}]") for index, item in enumerate(value)]

    def names(self, key: str) -> dict[str, str]:
        """The object at `key` as names and texts; entries that are no scalar are left out."""
        return {name: scalar(value) for name, value in self.part(key).data.items() if scalar(value)}

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}".lstrip(".")


def scalar(value: Any) -> str:
    """A scalar as text without secrets; empty for anything else."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _clean(text)[:LABEL_CHARACTERS]


def moment(value: Any) -> datetime | None:
    """A time in UTC from RFC 3339 text or from seconds or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(value, str) and value.strip().isdigit():
            value = int(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            when = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        elif isinstance(value, str):
            when = datetime.fromisoformat(value.strip())
            when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return when if when.year > 1 else None


def line(text: str, limit: int = TITLE_CHARACTERS) -> str:
    """One line without secrets."""
    flat = one_line(_clean(text))
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def prose(*texts: str) -> str:
    """What the texts say, each once, without secrets, bounded."""
    unique: list[str] = []
    for text in texts:
        clean = _clean(text).strip()
        if clean and not any(clean in other for other in unique):
            unique.append(clean)
    return bounded("\n".join(unique), TEXT_CHARACTERS)[0]


def _clean(text: str) -> str:
    """Without secrets and without what commands a terminal, of no more than is read of one text."""
    return redacted(visible(within(text, READ_CHARACTERS)))


def content_id(*parts: Any) -> str:
    """The id of a message whose sender gave it none: the same content has the same id."""
    canonical = json.dumps(parts, sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()[:24]}"


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", bool: "true or false"}.get(type(value), f"a {type(value).__name__}")


def _excerpt(value: Any) -> str:
    text = _clean(str(value))
    return repr(text if len(text) <= 60 else text[:60] + "…")
