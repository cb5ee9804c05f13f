"""How an answer of a conversation is printed, and what its exit status is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sre_agent.cli import exits
from sre_agent.cli.printing import say_json

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply

UNANSWERED = 5
CALL = 140  # characters of a call's arguments


def exit_status(reply: ChatReply) -> int:
    """The exit status of an answer."""
    statuses = {"answered": exits.OK, "escalated": exits.ESCALATED, "waiting": exits.WAITING}
    return statuses.get(reply.outcome, UNANSWERED)


def show(reply: ChatReply, as_json: bool, session: str) -> None:
    """The answer, and below it what its marks stand for."""
    if as_json:
        say_json({**_plain(reply), "session": session}, indent=None)
        return
    from rich.text import Text  # noqa: PLC0415 - `--help` does not need it

    from mcp_servers.contract.bounds import excerpt  # noqa: PLC0415
    from sre_agent.chat.reply import IN_DOUBT, printable  # noqa: PLC0415
    from sre_agent.cli.consoles import Terminal, columns_given  # noqa: PLC0415
    from sre_agent.language.narrative import UNVERIFIED  # noqa: PLC0415

    out = Terminal()
    out.soft_wrap = not (out.is_terminal or columns_given())  # a terminal gets whole words, a pipe whole lines
    answer = Text(reply.text)
    answer.highlight_regex(r"^(?:Yes|No|None|There is no[^.]*)\b", "bold")
    answer.highlight_regex(rf"{re.escape(IN_DOUBT)}[\s\S]*", "dim")
    if reply.words:
        answer.append(f"\n{UNVERIFIED}:\n", "dim").append(reply.words)
    answer.highlight_regex(r"\[E\d+\]", "dim cyan")
    out.print(answer)
    for line in reply.evidence:
        arguments = ", ".join(f"{name}={value}" for name, value in line.arguments.items() if value)
        out.print(Text(f"  {line.number} {line.tool}({printable(excerpt(arguments, CALL))})", style="dim"))
    for note in reply.notes:
        out.print(Text(f"  {note}", style="dim"))
    if out.is_terminal:
        out.print()


def _plain(reply: ChatReply) -> dict[str, Any]:
    plain = reply.model_dump(mode="json", exclude={"report"})
    of_a_model = ("words", "proposes", "model", "notes")  # fields that are not there where none was asked
    fields = {name: value for name, value in plain.items() if value or name not in of_a_model}
    return fields | {"incident": reply.report and reply.report.incident}
