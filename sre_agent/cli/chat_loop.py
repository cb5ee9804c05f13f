"""The turns of the verb `chat`: one question, lines from a pipe, or a person at a prompt until they leave."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sre_agent.cli import exits, keyboard, line_editing
from sre_agent.cli.chat_output import exit_status, show
from sre_agent.cli.drive import leave
from sre_agent.cli.printing import say
from sre_agent.cli.talks import Talk
from sre_agent.cli.view import Approval
from sre_agent.errors import SreAgentError

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply

ENDS = frozenset({"", "exit", "quit", "bye", ":q"})


@dataclass(frozen=True)
class ChatRequest:
    """What the command line asks for. `resume` is the session that goes on, by the start of its id or `last`; empty: a
    new one. `outlasts`: what is kept of it is still there after this process."""

    question: str
    approval: Approval
    as_json: bool
    resume: str = ""
    outlasts: bool = True


async def converse(talk: Talk, request: ChatRequest, history: Path | None = None) -> int:
    """The worst exit status of the answers. `history` is the file of the lines that a person typed."""
    worst = exits.OK
    for text in [request.question] if request.question else _questions(request.as_json, history):
        try:
            worst = max(worst, await _answer(talk, text, request.as_json))
        except SreAgentError as problem:
            say(f"sre-agent: {problem}", err=True)
            worst = max(worst, exits.FAILED)
        if talk.pending is not None and sys.stdin.isatty():
            return exits.WAITING  # a person has left the question open, and the conversation with it
    if request.outlasts and not request.question and sys.stdin.isatty() and talk.turns:
        options = " ".join(talk.connection.options)
        say(f"To continue later: sre-agent chat --resume {talk.session} {options}".rstrip(), err=True)
    return worst


async def _answer(talk: Talk, text: str, as_json: bool) -> int:
    """Shows the answer, and what comes of a model's proposal where the person says yes to it."""
    reply = await talk.ask(line_editing.sentence(text))
    line_editing.learn([*reply.subjects, *reply.choices])
    _show(reply, talk, as_json)
    if reply.proposes and not as_json and _confirm(reply.proposes):
        reply = await talk.ask(reply.choices[0])
        _show(reply, talk, as_json)
    return exit_status(reply)


def _show(reply: ChatReply, talk: Talk, as_json: bool) -> None:
    """A question that was left open is told by the commands that answer it, whole lines to be copied."""
    if as_json or talk.pending is None:
        show(reply, as_json, talk.session)
    else:
        leave(talk.pending, talk.connection)


def _confirm(thing: str) -> bool:
    """Whether the person in this conversation says yes to an incident; nobody does in a pipe."""
    if not sys.stdin.isatty():
        return False
    return (keyboard.line(f"Open an incident for {thing}? [y/N] ") or "").lower() in ("y", "yes")


def _questions(as_json: bool, history: Path | None) -> Iterator[str]:
    """Lines from a pipe, or from a person until an empty line, Ctrl-C or Ctrl-D."""
    at_terminal = sys.stdin.isatty()
    if at_terminal:
        line_editing.begin(history)
    while (text := _next("" if as_json else "› ", at_terminal)) is not None:
        if text.lower() in ENDS and (at_terminal or text):
            return
        if text:
            if at_terminal and history is not None:
                line_editing.keep(history, text)
            yield text


def _next(prompt: str, at_terminal: bool) -> str | None:
    """The next question; None at the end."""
    return keyboard.read_edited(prompt) if at_terminal else keyboard.line()
