"""Secrets in tables, where the name stands above them: in files, documents, queries and what a database prints."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from string import ascii_letters, digits
from typing import Final

from mcp_servers.redaction.mentions import kind_of_field
from mcp_servers.redaction.names import SecretName
from mcp_servers.redaction.value_checks import (
    has_digit_or_sign,
    holds_secret,
    looks_chosen,
    looks_drawn,
    looks_named,
    says_no_secret,
)

Span = tuple[int, int]
ROWS: Final = 500  # of one table
WIDE: Final = 2000  # characters of a row
NEXT: Final = 3  # characters between a name and what divides it from the next
_IDENTIFIER: Final = ascii_letters + digits + "_.-"
_FILL: Final = " \t\r\"'`*"
_HEADING: Final = re.compile(r"[^\W\d][\w.-]*(?: [\w.()-]+){0,3}")
_RULE: Final = re.compile(r"[\s|+:=-]*")  # a line that only divides
_ENDS_A_CELL: Final = re.compile(r"[\"'`*)]{0,3}(?:[ \t]{0,60}+[|,;\r\n]|\t|[ ]{2}|\))|\Z")
_COLUMNS: Final = re.compile(r"[^()]{1,2000}+\)\s{0,20}VALUES\s{0,20}(?=\()", re.I)
_ROW: Final = re.compile(r"\s{0,20},?\s{0,20}\((?P<cells>(?:'(?:[^'\\]|\\.|'')*+'|[^'()]|\([^()]*\))*+)\)")


@dataclass(frozen=True)
class TableKind:
    """How cells are divided, and whether what is in one may be told by its column alone or must look like a secret."""

    divides: str
    cell: re.Pattern[str]
    sure: bool


def _divided_by(sign: str) -> re.Pattern[str]:
    return re.compile(rf"\"(?:[^\"]|\"\")*+\"(?=[ \t]*(?:{sign}|\r?\Z))|[^{sign}]*+")


KINDS: Final = (
    TableKind("|", re.compile(r"[^|]*+"), True),
    TableKind("\t", _divided_by("\t"), True),
    TableKind(";", _divided_by(";"), True),
    TableKind(",", _divided_by(","), True),
    TableKind("  ", re.compile(r"\S+(?: \S+)*"), False),
)
_QUERY: Final = TableKind(",", re.compile(r"(?:'(?:[^'\\]|\\.)*+'?|[^,'])++"), True)


class Columns:
    """The tables of one text. Each line is looked at once, whether it is a heading or a row."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def below(self, name: SecretName) -> list[Span]:
        """Where the secrets stand in the table in whose heading the name is, of every column of it."""
        if name.begin < self._position or not _ENDS_A_CELL.match(self._text, name.end):
            return []
        end = self._end_of_line(name.end)
        begin = self._text.rfind("\n", 0, name.begin) + 1
        self._position = end
        if end - begin > WIDE:
            return []
        heading = self._text[begin:end]
        if "(" in heading and "insert" in heading.lower():
            return self._in_inserts(self._text.find("(", begin, name.begin) + 1)
        kind = _kind_around(heading, name.begin - begin, name.end - begin)
        if kind and kind.divides == "," and ", " in heading:  # a sentence may be divided so, too
            kind = replace(kind, sure=False)
        return self._in_rows(kind, _cells(kind, heading), end + 1) if kind else []

    def _end_of_line(self, place: int) -> int:
        end = self._text.find("\n", place)
        return len(self._text) if end < 0 else end

    def _in_rows(self, kind: TableKind, heading: list[tuple[str, Span]], place: int) -> list[Span]:
        before, first = _split_prefix(kind, heading[0][0]) if heading else ("", "")
        if before:  # what a log puts before each line: a heading is less certain there
            kind, heading = replace(kind, sure=False), [(first, heading[0][1]), *heading[1:]]
        kinds = _kinds(heading)
        spans: list[Span] = []
        for _ in range(ROWS if kinds else 0):
            end = self._end_of_line(place)
            if place >= len(self._text) or end - place > WIDE:
                break
            line = self._text[place:end]
            if not _RULE.fullmatch(line):
                cells = _cells(kind, line)
                if len(cells) != len(heading):
                    break
                spans += _secrets(kind, kinds, cells, place)
            elif not line.strip():
                break
            self._position = end
            place = end + 1
        return spans

    def _in_inserts(self, begin: int) -> list[Span]:
        """The secrets in `INSERT INTO t (user, password) VALUES ('a', 'b'), …` of which the columns begin there."""
        columns = _COLUMNS.match(self._text, begin, begin + WIDE) if begin else None
        if columns is None:
            return []
        heading = _cells(_QUERY, columns[0][: columns[0].index(")")])
        kinds, spans, place = _kinds(heading), [], columns.end()
        for _ in range(ROWS if kinds else 0):
            row = _ROW.match(self._text, place, place + WIDE)
            if row is None or len(cells := _cells(_QUERY, row["cells"])) != len(heading):
                break
            spans += _secrets(_QUERY, kinds, cells, row.start("cells"))
            self._position = place = row.end()
        return spans


def _kind_around(heading: str, begin: int, end: int) -> TableKind | None:
    """How the heading is divided: by the sign next to the name, else by the first kind of which it has a sign."""
    near = heading[:begin].rstrip(_IDENTIFIER)[-NEXT:], heading[end : end + NEXT]
    there = [kind for kind in KINDS if kind.divides in heading.strip()]
    return next((kind for kind in there if any(kind.divides in part for part in near)), there[0] if there else None)


def _split_prefix(kind: TableKind, cell: str) -> tuple[str, str]:
    """What stands before the first cell of a line, and that cell."""
    if kind.divides in ("|", "  ") or _HEADING.fullmatch(cell):
        return "", cell
    before, _, first = cell.rpartition(" ")
    return before, first


def _cells(kind: TableKind, line: str) -> list[tuple[str, Span]]:
    """What is in the cells of a line, and where that begins and ends in it."""
    begin, end = 0, len(line)
    if kind.divides == "|":
        begin = len(line) - len(line.lstrip(" \t|"))
        end = max(begin, len(line.rstrip(" \t\r|")))
    cells: list[tuple[str, Span]] = []
    while begin <= end and (match := kind.cell.match(line, begin, end)):
        left = len(match[0]) - len(match[0].lstrip(_FILL))
        cell = match[0].strip(_FILL)
        cells.append((cell, (begin + left, begin + left + len(cell))))
        begin = match.end() + 1
        if kind.divides == "  ":
            begin += len(line[begin:]) - len(line[begin:].lstrip())
    return cells


def _kinds(heading: list[tuple[str, Span]]) -> dict[int, str]:
    """Which columns are called like a secret, and how; none where the cells are no headings."""
    if len(heading) < 2 or not all(_HEADING.fullmatch(cell) for cell, _ in heading):
        return {}
    kinds = {place: kind_of_field(cell) for place, (cell, _) in enumerate(heading)}
    return {place: kind for place, kind in kinds.items() if kind}


def _is_secret(kind: TableKind, kind_name: str, cell: str) -> bool:
    if len(cell) < 4 or says_no_secret(cell):
        return False
    if not kind.sure:
        if kind_name == "password" and " " not in cell and looks_chosen(cell):
            return True
        if (
            kind_name == "password"
            and " " not in cell
            and (has_digit_or_sign(cell) or (len(cell) >= 8 and cell[-1].isdigit()))
        ):
            return True
        return holds_secret(kind_name, cell) and looks_drawn(cell)
    is_key = kind_name == "key" and looks_chosen(cell) and not looks_named(cell)
    return is_key or holds_secret(kind_name, cell)


def _secrets(kind: TableKind, kinds: dict[int, str], cells: list[tuple[str, Span]], at: int) -> list[Span]:
    spans = []
    for place, kind_name in kinds.items():
        cell, (begin, end) = cells[place]
        if _is_secret(kind, kind_name, cell):
            spans.append((at + begin, at + end))
    return spans
