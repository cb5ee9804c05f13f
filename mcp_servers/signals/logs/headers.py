"""What a logger writes before each statement (time, level, host, process, thread, component), told by its form.

Nobody says which fields a log has. In a log of some variety they are the leading columns that nearly all lines have in
one form: the statements after them differ. Where there are too few lines to tell, what is taken off is what every
logger writes: a time, a level, a syslog header, a component.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from mcp_servers.signals.logs import foreign_words

ALIKE: Final = 0.9  # of the lines that have a column in one form
COLUMNS: Final = 12  # that are looked at
LEAST: Final = 20  # lines that differ in more than numbers, to tell a header by
MOST: Final = 2_000  # of them that are looked at
BLANKS: Final = " \t|"

MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LEVELS: Final = rf"TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE|{foreign_words.LEVEL_WORDS}"
_LEVEL = re.compile(rf"[\[(<]*(?:{_LEVELS}|{_LEVELS.lower()})[\])>:,]*$")
_SYSLOG = re.compile(rf"^{MONTH}\s+\d+ \d\d:\d\d:\d\d (?:\S+) (?:[\w./() -]{{1,40}}?(?:\[\d+\])?: )?")
_LEADING = re.compile(
    rf"^(?:\s*[\[(<|-]*(?:\d[\d:.,/TZ+-]*|{DAY}|{MONTH}|{_LEVELS}|{_LEVELS.lower()})[\])>|:,-]*(?=\s|$)\s*)+"
)
_COMPONENT = re.compile(r"^[\w$/-]+(?:\.[\w$/-]+)+(?:\[\d+\])?: ")
_FIELD = re.compile(r"\[[^\]]*+\][^\s|]*|[^\s|]+")
_NUMBER = re.compile(r"\d+")
_WORD: Final = "word"  # the form of what may be a field of the header or the beginning of a statement


def without_headers(lines: Iterable[str]) -> Callable[[str], str]:
    """What takes the header off lines of this log."""
    forms = _forms(lines)
    header = _header(list(islice(forms, MOST)))

    def message(line: str) -> str:
        end = 0
        for form, field in zip(header, _FIELD.finditer(line), strict=False):
            if _form(field[0]) != form:
                break
            end = field.end()
        return without_header(line[end:].lstrip(BLANKS))

    return message


def without_header(line: str) -> str:
    """The message after what every logger writes, of a line by itself."""
    if (syslog := _SYSLOG.match(line)) is not None:
        return line[syslog.end() :]
    rest = line[match.end() :] if (match := _LEADING.match(line)) else line
    return rest[component.end() :] if (component := _COMPONENT.match(rest)) else rest


def _forms(lines: Iterable[str]) -> Iterable[list[str]]:
    """The forms of the first fields of each line, of lines that differ in numbers alone once."""
    outlines: set[str] = set()
    for line in lines:
        outline = _NUMBER.sub("0", line)
        if outline not in outlines:
            outlines.add(outline)
            yield [_form(field[0]) for field in islice(_FIELD.finditer(line), COLUMNS + 1)]


def _header(lines: list[list[str]]) -> list[str]:
    """The forms of the header's columns; empty where no header is told."""
    if len(lines) < LEAST:
        return []
    enough = ALIKE * len(lines)
    forms: list[str] = []
    for column in range(COLUMNS):
        counts = Counter(line[column] for line in lines if len(line) > column)
        form, many = counts.most_common(1)[0] if counts else ("", 0)
        if many < enough:
            break
        forms.append(form)
    while forms and (forms[-1] == _WORD or sum(len(line) > len(forms) for line in lines) < enough):
        forms.pop()
    return forms


def _form(field: str) -> str:
    if _LEVEL.match(field):
        return "level"
    if field[0] == "[":
        return "[]" + field[-1]
    if not any(char.isalnum() for char in field):
        return field
    if not any(char.isalpha() for char in field):
        return "number"
    return "component" if field[-1] == ":" else _WORD
