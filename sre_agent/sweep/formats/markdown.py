"""For a page, a ticket or a comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sre_agent.domain.namespace_grade import GRADE_RULE
from sre_agent.domain.sweep import Sweep, Trouble


def text(sweeps: Sequence[Sweep]) -> str:
    return "\n".join(line for sweep in sweeps for line in _section(sweep)) + "\n"


def _section(sweep: Sweep) -> Iterator[str]:
    yield f"## {_plain(sweep.statement.split(chr(10))[0])}"
    yield ""
    if rows := [one for one in sweep.troubles if one.is_news]:
        yield "| | severity | on | what |"
        yield "|---|---|---|---|"
        yield from (_row(one) for one in rows)
        yield ""
    for title, lines in sweep.sections:
        yield f"**{title}**"
        yield ""
        yield from (f"- {_plain(line)}" for line in lines)
        yield ""
    if sweep.grades:
        yield f"**Grades** ({GRADE_RULE})"
        yield ""
        yield ", ".join(f"{one.namespace} {one.grade}" for one in sweep.grades)
        yield ""


def _row(trouble: Trouble) -> str:
    change = "new" if trouble.new else f"worse: {trouble.worse}"
    cells = (change, trouble.severity, trouble.subject.short, trouble.statement)
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(value: str) -> str:
    """Text from a cluster shows as it is, and never as markup."""
    line = " ".join(value.split())
    for mark in "\\`*_[]<>|#":
        line = line.replace(mark, f"\\{mark}")
    return line
