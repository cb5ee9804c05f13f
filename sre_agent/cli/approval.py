"""The approval question on a screen: what is to be done and why, in as many lines as there are.

Each part has at least a line, and more where there is room; of the change as much as fits.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.text import Text

from mcp_servers.contract.visible import one_line
from sre_agent.cli import keyboard
from sre_agent.cli.consoles import Terminal
from sre_agent.cli.editing import edit
from sre_agent.domain.question import ApprovalAnswer, Question

LABEL: Final = 14  # columns
LEAST: Final = 4  # lines of the change, however low the screen is
BELOW: Final = 2  # lines for the prompt
COLOURS: Final = {"+": "green", "-": "red"}
PROMPT: Final = "Approve? [y/N] (e: edit, d: full diff, Ctrl-C: later) "


@dataclass(frozen=True)
class ScreenPart:
    """A labelled text with `least` lines, and up to `most` where there is room; its `ending` is never cut off."""

    label: str
    text: str
    least: int
    most: int
    ending: str = ""


def ask(question: Question, now: datetime, console: Console | None = None) -> ApprovalAnswer | None:
    """What the person at the terminal decides; None where nobody is there, or leaves it open (Ctrl-C, Ctrl-D)."""
    if not sys.stdin.isatty():
        return None
    out = console or Terminal(stderr=True)
    text_lines = lines(question, now, width=out.width, height=out.height - BELOW, more="answer d to see everything")
    _print(out, text_lines)
    digest = question.action_digest or question.action.digest
    while True:
        line = keyboard.line(PROMPT)
        if line is None:
            return None
        match line.lower():
            case "d" | "diff":
                _print(out, [_colour(line) for line in question.action.diff])
            case "e" | "edit":
                arguments = edit(question.action.call.arguments)
                if arguments is None:
                    return None
                if arguments:
                    return ApprovalAnswer(choice="edit", arguments=arguments, action_digest=digest)
            case "y" | "yes":
                return ApprovalAnswer(choice="approve", action_digest=digest)
            case _:
                why = keyboard.line("Rejected. Why? (Enter: no reason) ")
                answer = ApprovalAnswer(choice="reject", comment=why or "", action_digest=digest)
                return None if why is None else answer


def show(question: Question, now: datetime, out: Console, *, answers: list[str]) -> None:
    """The question for who reads it: fitted to a terminal, whole in a pipe. `answers` are the commands below it."""
    height = out.height - len(answers) - BELOW if out.is_terminal else None
    _print(out, lines(question, now, width=out.width, height=height, more="all of it: in a pipe, or with --json"))
    for answer in answers:
        out.print(Text(answer), soft_wrap=True)


def lines(question: Question, now: datetime, *, width: int, height: int | None, more: str) -> list[Text]:
    """At most `height` lines (None: all); `more` says how to see the rest of a change that was shortened."""
    title = _short(Text(f"{question.incident}  {one_line(question.title)}", style="bold"), width)
    head, tail = _above(question), _below(question, now)
    rows = [row for text in question.action.diff for row in text.splitlines()]
    if height is None:
        shares: dict[str, int] = {}
    else:
        shares = _share([*head, *tail], width, height - 1 - min(len(rows), LEAST))
    above = [line for part in head for line in _part(part, width, shares.get(part.label))]
    below = [line for part in tail for line in _part(part, width, shares.get(part.label))]
    room = None if height is None else max(LEAST, height - 1 - len(above) - len(below))
    return [title, *above, *_change(rows, width, room, more), *below]


def _above(question: Question) -> list[ScreenPart]:
    """What comes before the change."""
    action, cause = question.action, question.cause
    sure = f" ({cause.confidence:.0%} sure)" if cause else ""
    why = cause.statement or cause.title if cause else "unknown"
    parts = [ScreenPart("Since then", "; ".join(question.changes), 1, 3)] if question.changes else []
    parts.append(ScreenPart("Cause", why, 2, 3, sure))
    for number, text in enumerate(question.evidence):  # a blank label is the label before it, and one of its own
        parts.append(ScreenPart(" " * number or "Evidence", text, 1, 2))
    for one in question.seen_before[:1]:
        parts.append(ScreenPart("Seen before", one.sentence, 1, 3))
    parts.append(ScreenPart("Action", action.asks, 2, 3))
    parts.append(ScreenPart("Blast radius", action.blast_radius or "unknown", 1, 2))
    if action.rehearsal is not None:
        parts.append(ScreenPart("Rehearsal", action.rehearsal.text, 1, 2))
    return parts


def _below(question: Question, now: datetime) -> list[ScreenPart]:
    """What comes after it."""
    parts = [ScreenPart("Expected", "; ".join(question.expectations), 1, 3)] if question.expectations else []
    parts.append(ScreenPart("Undo", question.undo or "there is no undo", 1, 2))
    if question.approvals > 1:
        by = ", ".join(one.by for one in question.sign_offs)
        text = (
            f"{len(question.sign_offs)} of {question.approvals}{f' ({by})' if by else ''}, each from a different person"
        )
        parts.append(ScreenPart("Approvals", text, 1, 1))
    return [*parts, ScreenPart("Expires", _expires(question, now), 1, 2)]


def _share(parts: list[ScreenPart], width: int, room: int) -> dict[str, int]:
    """Lines of each part, by label: first the least of each, then more from the top down."""
    full = {part.label: len(_wrap(one_line(part.text) + part.ending, width - LABEL)) for part in parts}
    shares = {part.label: min(full[part.label], part.least) for part in parts}
    spare = room - sum(shares.values())
    for part in parts:
        extra = max(0, min(spare, min(full[part.label], part.most) - shares[part.label]))
        shares[part.label] += extra
        spare -= extra
    return shares


def _change(rows: list[str], width: int, room: int | None, more: str) -> list[Text]:
    visible_rows = rows if room is None or len(rows) <= room else _telling(rows)[: room - 1]
    texts = [_label("" if n else "Change", _colour(row)) for n, row in enumerate(visible_rows)]
    if len(visible_rows) < len(rows):
        texts.append(_label("", Text(f"… {len(rows) - len(visible_rows)} more lines ({more})", style="dim")))
    return texts if room is None else [_short(line, width) for line in texts]


def _telling(rows: list[str]) -> list[str]:
    """What is taken out and put in; the lines around it say less."""
    return [row for row in rows if row.startswith(("+", "-")) and not row.startswith(("+++ ", "--- "))] or rows


def _part(part: ScreenPart, width: int, most: int | None) -> list[Text]:
    """The part in at most so many lines."""
    body, room = one_line(part.text), width - LABEL
    text_rows = _wrap(body + part.ending, room)
    if most is not None and len(text_rows) > most:
        body = body[: room * most]
        while body and len(text_rows := _wrap(f"{body} …{part.ending}", room)) > most:
            body = body.rpartition(" ")[0] or body[: -len(part.ending) - 2]
    return [_label("" if number else part.label, line) for number, line in enumerate(text_rows)]


def _wrap(text: str, width: int) -> list[Text]:
    return list(Text(text).wrap(Terminal(width=width), max(width, LABEL)))


def _label(label: str, text: Text) -> Text:
    return Text.assemble((label.ljust(LABEL), "dim"), text)


def _short(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line


def _colour(line: str) -> Text:
    return Text(line, style=COLOURS.get(line[:1], ""))


def _expires(question: Question, now: datetime) -> str:
    if question.until is None:
        return "unknown"
    minutes = max(0, round((question.until - now).total_seconds() / 60))
    until = f"{question.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"in {minutes} min ({until}); without an answer the incident escalates"


def _print(out: Console, texts: list[Text]) -> None:
    for text in texts:
        out.print(text, soft_wrap=True)
