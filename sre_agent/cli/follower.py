"""How an answer comes about, on a terminal: what is looked at stays, what the model writes is dim until it is checked.

Nothing of the model's own text stays standing: the checked answer is printed in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from mcp_servers.contract.bounds import excerpt
from sre_agent.chat.reply import printable

ARGUMENTS: Final = 120  # characters of a call's arguments
BELOW: Final = 3  # lines of the terminal that are left free
A_SECOND: Final = 8  # pictures


class Follower:
    """Owns the terminal while a question is being answered."""

    def __init__(self, console: Console, *, refresh: bool = True) -> None:
        self._console, self._refresh = console, refresh
        self._spinner = Spinner("dots", Text("the model is working", style="dim"))
        self._text = ""
        self._live: Live | None = None

    def question_sent(self) -> None:
        self._text = ""
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=A_SECOND,
            auto_refresh=self._refresh,
            transient=True,
        )
        self._live.start(refresh=True)

    def on_text(self, part: str | None) -> None:
        self._text = self._text + part if part is not None else ""
        if self._live is not None and not self._refresh:
            self._live.refresh()

    def looks(self, tool: str, arguments: Mapping[str, Any]) -> None:
        self._text = ""
        argument_text = ", ".join(f"{name}={value}" for name, value in arguments.items() if value not in (None, "", []))
        line = Text(printable(f"calling {tool} {excerpt(argument_text, ARGUMENTS)}".rstrip()), style="dim")
        self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)

    def answer_complete(self) -> None:
        self._text = ""
        if self._live is not None:
            self._live.stop()
        self._live = None

    def _render(self) -> RenderableType:
        """The end of what was written, as much as the terminal is high."""
        if not self._text.strip():
            return self._spinner
        lines = Text(printable(self._text).strip(), style="dim italic").wrap(self._console, self._console.width)
        return Group(*lines[-max(1, self._console.height - BELOW) :], self._spinner)
