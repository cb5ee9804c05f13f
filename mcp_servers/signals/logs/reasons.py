"""What a line leaves to the trace below it: the innermost exception, told together with the line that announces it.

`Exception in ASGI application` says nothing; the last line of its traceback does. Runtimes write it in few ways:
behind `Caused by:`, behind `--->`, or as a class of an exception with its text, below frames or indented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from mcp_servers.signals.logs.lines import TIME, level
from mcp_servers.signals.logs.records import ANNOUNCES

Line = tuple[datetime | None, str]

MOST_LINES: Final = 80  # of a trace that are read
_REASON: Final = re.compile(
    r"\s*+(?:[Cc]aused by: ?|---> ?)?(?P<text>(?:[\w$]++(?:\.|::|/))*+[A-Z]\w*(?:Error|Exception)\b[^:]{0,60}: \S.*)"
)
_TRACEBACK: Final = re.compile(r"Traceback \(most recent call last\)|During handling of|The above exception was")
_STAMP: Final = re.compile(TIME)
_INDENT: Final = re.compile(r"\s+\S|at \S|Caused by: |\.\.\. \d+ more")


def with_reasons(
    lines: Iterable[Line], tells: Callable[[str], bool], is_clear: Callable[[str], bool]
) -> Iterator[Line]:
    """Each line; one that `tells` of trouble with the innermost exception of the trace below it, unless this `is_clear`
    by itself. The exceptions of a trace that is told so are left out: nothing is told twice."""
    block: list[Line] = []
    for at, line in lines:
        if block and len(block) < MOST_LINES and _belongs(line, block):
            block.append((at, line))
            continue
        yield from _joined_with_reason(block, is_clear)
        block = [(at, line)] if tells(line) else []
        if not block:
            yield at, line
    yield from _joined_with_reason(block, is_clear)


def _belongs(line: str, block: list[Line]) -> bool:
    text = _without_time(line)
    if _INDENT.match(text) or _TRACEBACK.match(text):
        return not level(text)
    return _is_in_trace(block) and _REASON.match(text) is not None


def _without_time(line: str) -> str:
    """Behind the time that a runtime puts before every line, and one space."""
    stamp = _STAMP.match(line)
    return line[stamp.end() :].removeprefix(" ") if stamp else line


def _is_in_trace(block: list[Line]) -> bool:
    """Whether the line before is one of a trace: what stands at the margin behind it is what was raised."""
    return len(block) > 1 and _without_time(block[-1][1])[:1].isspace()


def _joined_with_reason(block: list[Line], is_clear: Callable[[str], bool]) -> Iterator[Line]:
    if not block:
        return
    (at, head), *rest = block
    reasons = [(number, match["text"].strip()) for number, (_, line) in enumerate(rest)
               if (match := _REASON.match(_without_time(line)))]  # fmt: skip
    if not reasons or reasons[-1][1] in head or is_clear(reasons[-1][1]):
        yield from block
        return
    numbers = {number for number, _ in reasons}
    if ANNOUNCES.search(head) and 0 not in numbers:  # what happened stands in the next line
        head = f"{head} {_without_time(rest[0][1]).strip()}"
        numbers.add(0)
    yield at, f"{head.rstrip(': .')}: {reasons[-1][1]}"
    yield from (line for number, line in enumerate(rest) if number not in numbers)
