"""The head of a report: what whoever is woken up reads first, short enough for one screen of 80 columns and 24 lines.

Nothing new is said here: each line is one that the report tells in full below, cut after a whole word.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sre_agent.domain.report import Report
from sre_agent.reports.actions import permitted
from sre_agent.reports.owners import ON_CALL
from sre_agent.reports.plain import in_words
from sre_agent.reports.verdict import percent, target

WHY: Final = "Why"
COLUMNS: Final = 76  # of 80, without the frame of a panel
LINES: Final = 18  # of 24, without a frame, the names of the report's files and the prompt; the verdict's included
LABEL: Final = 12
QUOTE: Final = 160  # characters of the strongest evidence
STEPS: Final = 3


@dataclass(frozen=True)
class HeadRow:
    """`lines` is how many it may take; a command (`whole`) is never cut."""

    label: str
    text: str
    lines: int
    whole: bool = False


def head(report: Report) -> list[HeadRow]:
    """The rows in reading order, those that have something to say."""
    rows = [
        HeadRow(WHY, _why(report), 4),
        HeadRow("Evidence", _strongest(report), 2),
        HeadRow("Impact", _impact(report), 3),
        HeadRow("Done", _writes_text(report), 3),
        HeadRow("Not done", " ".join(claim.text for claim in report.actions_not_taken), 3),
        HeadRow("To do", _to_do(report), 4),
        HeadRow("Look", report.look, 3, whole=True),
        HeadRow("By hand", report.by_hand, 3, whole=True),
        HeadRow("Undo", report.undo, 3, whole=True),
        HeadRow("Allow it", report.allow, 5, whole=True),
    ]
    return [row for row in rows if row.text]


def text(report: Report) -> str:
    """The head as plain lines, labels in a column of their own."""
    lines: list[str] = []
    rows = head(report)
    for row, row_lines in zip(rows, fitted(rows, _room(report)), strict=True):
        lines += [f"{row.label if not number else '':<{LABEL}}{line}" for number, line in enumerate(row_lines)]
    return "\n".join(lines)


def short(report: Report) -> list[HeadRow]:
    """The head with its texts cut to what one screen holds."""
    rows = head(report)
    cut = [" ".join(lines) for lines in fitted(rows, _room(report))]
    return [row if row.whole else replace(row, text=text) for row, text in zip(rows, cut, strict=True)]


def _room(report: Report) -> int:
    """Lines that the verdict above leaves."""
    return LINES - len(textwrap.wrap(report.verdict, COLUMNS))


def fitted(rows: Sequence[HeadRow], lines: int) -> list[list[str]]:
    """Each row's lines. Where all together are too many, the longest row that may be cut gives one up at a time."""
    allowed = [row.lines for row in rows]
    row_lines = [_lines(row, most) for row, most in zip(rows, allowed, strict=True)]
    while sum(map(len, row_lines)) > lines:
        cuttable = [place for place, row in enumerate(rows) if not row.whole and len(row_lines[place]) > 1]
        if not cuttable:
            break
        longest = max(cuttable, key=lambda place: len(row_lines[place]))
        row_lines[longest] = _lines(rows[longest], len(row_lines[longest]) - 1)
    return row_lines


def _lines(row: HeadRow, most: int) -> list[str]:
    """A command is broken with a backslash, as a shell takes it."""
    if row.whole:
        return _break_lines(shlex.split(row.text), COLUMNS - LABEL - 2)
    flat = " ".join(row.text.split())
    return textwrap.wrap(
        flat, COLUMNS - LABEL, max_lines=most, placeholder=" …", break_long_words=True, break_on_hyphens=False
    )


def _break_lines(words: Sequence[str], columns: int) -> list[str]:
    lines: list[str] = []
    for word in map(shlex.quote, words):
        if lines and len(lines[-1]) + 1 + len(word) <= columns:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [*(f"{line} \\" for line in lines[:-1]), *lines[-1:]]


def _why(report: Report) -> str:
    """The cause as the statement has it; a model's account stands in its place where there is one."""
    if report.summary:
        return " ".join(claim.text for claim in report.summary)
    hypothesis = report.diagnosis.leading
    sure = (
        f" ({percent(hypothesis.confidence)} sure)"
        if hypothesis is not None and report.diagnosis.verdict == "cause"
        else ""
    )
    return f"{report.statement}{sure}{_cite(report.statement_evidence)}" if report.statement else ""


def _strongest(report: Report) -> str:
    """The source's own words for what weighs most."""
    hypothesis = report.diagnosis.hypothesis
    numbers = {line.id: line for line in report.evidence}
    for term in sorted(hypothesis.terms if hypothesis else [], key=lambda term: -term.weight):
        line = numbers.get(term.evidence) if term.evidence else None
        if line is None or term.weight <= 0:
            continue
        quoted = " ".join((term.excerpt or line.excerpt.partition("\n")[0]).split())
        if quoted:
            return f'{line.number}: "{textwrap.shorten(quoted, QUOTE, placeholder=" …")}"'
    return ""


def _impact(report: Report) -> str:
    return " ".join(
        [*(f"{claim.text}{_cite(claim.evidence)}" for claim in report.impact[:2]), report.impact_unknown]
    ).strip()


def _cite(numbers: Sequence[str]) -> str:
    return f" ({', '.join(numbers)})" if numbers else ""


def _writes_text(report: Report) -> str:
    """What was written, on whose word, and whether the checks pass since."""
    parts = []
    for write in report.remediations:
        if write.outcome in ("done", "in_doubt"):
            doubt = "; whether it took effect is not known" if write.outcome == "in_doubt" else ""
            parts.append(
                f"{write.call.tool} on {target(write)}{', the undo' * write.is_undo}, {permitted(write)}{doubt}."
            )
    if parts and report.verification is not None:
        checks = report.verification.checks
        passes = sum(check.ok is True for check in checks)
        parts.append(f"{passes} of {len(checks)} checks pass since.")
    return " ".join(parts)


def _to_do(report: Report) -> str:
    left = [step for step in report.next_steps if not (report.allow and report.allow in step.what)]  # a row of its own
    steps = left[:STEPS]
    more = len(left) - len(steps)
    step_lines = [f"{number}. {in_words(step.what)} ({_who(step.owner)})" for number, step in enumerate(steps, 1)]
    return " ".join([*step_lines, *([f"And {more} more below."] if more > 0 else [])])


def _who(owner: str) -> str:
    """A name without what it is the owner of."""
    return owner.partition(" (")[0] or ON_CALL
