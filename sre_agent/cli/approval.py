"""The approval question on a screen: what is to be done and why, in as many lines as there are.

The cause, how sure it is, its strongest evidence and the action are always there; of the change as much as has room.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.text import Text

from mcp_servers.contract.visible import one_line
from sre_agent.cli import keyboard
from sre_agent.cli.consoles import Terminal
from sre_agent.domain.action import Choice
from sre_agent.domain.question import Question

LABEL: Final = 11  # columns
CAUSE, EVIDENCE, ACTION, EXPIRY = 3, 2, 3, 2  # lines of a screen, at most; of the evidence each
LEAST: Final = 3  # lines of the change, however low the screen is
BELOW: Final = 2  # lines for the prompt
COLOURS: Final = {"+": "green", "-": "red"}


def ask(question: Question, now: datetime, console: Console | None = None) -> Choice | None:
    """What the person at the terminal decides; None where nobody is there, or leaves it open (Ctrl-C, Ctrl-D)."""
    if not sys.stdin.isatty():
        return None
    out = console or Terminal(stderr=True)
    shown = lines(question, now, width=out.width, height=out.height - BELOW, more="answer d to see everything")
    _print(out, shown)
    while True:
        answer = keyboard.line("Approve? [y/N] (d: full diff, Ctrl-C: later) ")
        if answer is None:
            return None
        if answer.lower() not in ("d", "diff"):
            return "approve" if answer.lower() in ("y", "yes") else "reject"
        _print(out, [_coloured(line) for line in question.action.diff])


def show(question: Question, now: datetime, out: Console, *, answers: list[str]) -> None:
    """The question for who reads it: fitted to a terminal, whole in a pipe. `answers` are the commands below it."""
    height = out.height - len(answers) - BELOW if out.is_terminal else None
    _print(out, lines(question, now, width=out.width, height=height, more="all of it: in a pipe, or with --json"))
    for answer in answers:
        out.print(Text(answer), soft_wrap=True)


def lines(question: Question, now: datetime, *, width: int, height: int | None, more: str) -> list[Text]:
    """At most `height` lines (None: all); `more` says how to see the rest of a change that was shortened."""
    cut = height is not None
    action, cause = question.action, question.cause
    sure = f" ({cause.confidence:.0%} sure)" if cause else ""
    why = cause.statement or cause.title if cause else "unknown"
    head = [_short(Text(f"{question.incident}  {one_line(question.title)}", style="bold"), width)]
    head += _part("Cause", why, width, CAUSE if cut else None, ending=sure)
    for number, text in enumerate(question.evidence):
        head += _part("" if number else "Evidence", text, width, EVIDENCE if cut else None)
    head += _part("Action", f"{action.asks}. {action.blast_radius}".strip(), width, ACTION if cut else None)
    tail = _part("Expires", _expires(question, now), width, EXPIRY if cut else None)
    room = None if height is None else max(LEAST, height - len(head) - len(tail))
    return [*head, *_change(action.diff, width, room, more), *tail]


def _change(diff: list[str], width: int, room: int | None, more: str) -> list[Text]:
    rows = [row for text in diff for row in text.splitlines()]
    kept = rows if room is None or len(rows) <= room else rows[: room - 1]
    shown = [_labelled("" if n else "Change", _coloured(row)) for n, row in enumerate(kept)]
    if len(kept) < len(rows):
        shown.append(_labelled("", Text(f"… {len(rows) - len(kept)} more lines ({more})", style="dim")))
    return shown if room is None else [_short(line, width) for line in shown]


def _part(label: str, text: str, width: int, most: int | None, ending: str = "") -> list[Text]:
    """A labelled text in at most so many lines; its `ending` stays when it is shortened."""
    body, room = one_line(text), width - LABEL
    wrapped = _wrapped(body + ending, room)
    if most is not None and len(wrapped) > most:
        body = body[: room * most]
        while body and len(wrapped := _wrapped(f"{body} …{ending}", room)) > most:
            body = body.rpartition(" ")[0] or body[: -len(ending) - 2]
    return [_labelled("" if number else label, line) for number, line in enumerate(wrapped)]


def _wrapped(text: str, width: int) -> list[Text]:
    return list(Text(text).wrap(Terminal(width=width), max(width, LABEL)))


def _labelled(label: str, text: Text) -> Text:
    return Text.assemble((label.ljust(LABEL), "dim"), text)


def _short(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line


def _coloured(line: str) -> Text:
    return Text(line, style=COLOURS.get(line[:1], ""))


def _expires(question: Question, now: datetime) -> str:
    if question.until is None:
        return "unknown"
    minutes = max(0, round((question.until - now).total_seconds() / 60))
    return (
        f"{question.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC, in {minutes} min; without an answer the incident "
        "escalates"
    )


def _print(out: Console, shown: list[Text]) -> None:
    for text in shown:
        out.print(text, soft_wrap=True)
