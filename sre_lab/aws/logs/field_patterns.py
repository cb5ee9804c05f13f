"""Filter patterns over space-delimited events: `[ip, user, ..., status = 4*, bytes > 1000]`.

What stands between brackets or double quotes in an event is one field.
"""

from __future__ import annotations

import re

from sre_lab.aws.logs.conditions import EventTest, Holds, PatternWords, boolean_expression, condition, wrong

_FIELD = re.compile(r'\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)')
_SEPARATOR = re.compile(r',(?=(?:[^"%]*"[^"]*")*[^"]*$)')
_NAME = re.compile(r"[A-Za-z_]\w*")
ELLIPSIS = "..."

Column = tuple[str, Holds | None]  # name, and what is asked of the value


class FieldPattern:
    """`fields` gives the values of an event by their names, None when the pattern does not take it."""

    def __init__(self, pattern: str, inside: str) -> None:
        self._pattern = pattern
        parts = [part.strip() for part in _SEPARATOR.split(inside)]
        if parts.count(ELLIPSIS) + parts.count("…") > 1:
            raise wrong(pattern, "it has more than one ...")
        self._open = next((place for place, part in enumerate(parts) if part in (ELLIPSIS, "…")), None)
        self._columns = [self._column(part) for part in parts if part not in (ELLIPSIS, "…")]

    def _column(self, part: str) -> Column:
        if not part:
            return "", None
        words = PatternWords(self._pattern, part)
        kind, name = words.next
        if kind not in ("word", "sign") or (kind == "word" and not _NAME.fullmatch(name)):
            raise wrong(self._pattern, f"{part!r} is neither a field's name nor a condition on one")
        if kind == "word":
            only = PatternWords(self._pattern, part)
            only.take()
            if only.next[0] == "end":
                return name, None
        test = boolean_expression(words, _name_test)
        if words.next[0] != "end":
            raise wrong(self._pattern, f"{part!r} is no condition on a field")
        first = re.search(_NAME, part)
        return (first.group() if first else ""), test

    def fields(self, message: str) -> dict[str, str] | None:
        values = [match[1] or match[2] or match[3] or "" for match in _FIELD.finditer(message)]
        columns = self._columns
        if self._open is None:
            if len(values) != len(columns):
                return None
            numbers = list(range(len(values)))
        else:
            behind = len(columns) - self._open
            if len(values) < len(columns):
                return None
            numbers = [*range(self._open), *range(len(values) - behind, len(values))]
        fields = {f"${number + 1}": value for number, value in enumerate(values)}
        for (name, test), number in zip(columns, numbers, strict=True):
            value = values[number]
            if test is not None and not test(value):
                return None
            if name:
                fields[f"${name}"] = fields.pop(f"${number + 1}")
        return fields


def _name_test(words: PatternWords) -> EventTest:
    """`name = value`: the name is the column's own."""
    kind, name = words.take()
    if kind != "word" or not _NAME.fullmatch(name):
        raise wrong(words.pattern, f"{name!r} is no field's name")
    return condition(words)
