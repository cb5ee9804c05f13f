"""Secrets taken out of a text or a JSON-like value. Most text holds none: a rule is tried only where one of the words
is found without which it cannot match."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.redaction import addresses, commands, headers, keys, positions, providers, structures, values
from mcp_servers.redaction.mentions import NAMES, kind_of_field
from mcp_servers.redaction.normalization import NormalizedText, reads_otherwise
from mcp_servers.redaction.passages import secret_edits, without_named
from mcp_servers.redaction.rules import Rules
from mcp_servers.redaction.search_text import Anchors, SearchText
from mcp_servers.redaction.value_checks import holds_secret

_BY_FORM: Final = Rules(  # told by their own form, wherever they stand
    (
        *keys.RULES,
        *addresses.CREDENTIALS,
        *providers.RULES,
        *headers.RULES,
        *commands.RULES,
        *positions.RULES,
        *values.RULES,
    )
)
_PEOPLE: Final = Rules(addresses.PEOPLE)
_EVERY: Final = (_BY_FORM.anchors, _PEOPLE.anchors, NAMES)
_ANYTHING: Final = Anchors(
    (word for anchors in _EVERY for word in anchors.anywhere), (word for anchors in _EVERY for word in anchors.begins)
)
LINE: Final = 2000  # characters of a text for which all is asked at once
SHORT: Final = 200  # characters; kinds, names and states come again and again
CACHE_SIZE: Final = 8192
_harmless: set[str] = set()  # short texts that hold nothing; never one that does


def redacted(text: str) -> str:
    """The text without what must not leave. Idempotent."""
    if text in _harmless:
        return text
    clean = _clean(text)
    if reads_otherwise(clean):
        clean = _cleaned_as_read(clean)
    if len(text) <= SHORT and clean == text:
        if len(_harmless) >= CACHE_SIZE:
            _harmless.clear()
        _harmless.add(text)
    return clean


def _clean(text: str) -> str:
    search_text = SearchText(text)
    if len(text) <= LINE and search_text.casefolded.isascii() and _ANYTHING.nothing_in(search_text):
        return text
    for step in (_BY_FORM.apply, without_named, _PEOPLE.apply):
        clean = step(search_text)
        if clean != search_text.text:
            search_text = SearchText(clean)
    return search_text.text


def _cleaned_as_read(text: str) -> str:
    """The text without what shows only where its escapes are resolved and its signs are the plain ones."""
    reading = NormalizedText(text)
    reading.resolve()
    if _clean(reading.text) == reading.text:
        return text
    _BY_FORM.cut_out_of(reading)
    reading.cut(list(secret_edits(SearchText(reading.text))))
    _PEOPLE.cut_out_of(reading)
    return reading.as_written()


def redacted_value(value: Any) -> Any:
    """The same for a JSON-like value: every string in it, keys kept; what a key calls a secret is taken for one."""
    return _value(value, "")


def _value(value: Any, kind: str) -> Any:
    """A value of which the field that holds it is of a kind (`kind_of_field`)."""
    if isinstance(value, str):
        return structures.MASK if kind and holds_secret(kind, value) else redacted(value)
    if isinstance(value, dict):
        fields = structures.without_columns(structures.without_pairs(value))
        return {key: _value(item, _kind(key, kind)) for key, item in fields.items()}
    if isinstance(value, list):
        return [_value(item, kind) for item in structures.without_arguments(value)]
    return structures.MASK if kind and holds_secret(kind, value) else value


def _kind(key: Any, outer: str) -> str:
    own = kind_of_field(key) if isinstance(key, str) else ""
    return own or (structures.kind_within(outer, key) if outer else "")
