"""Consoles for tables, panels and pictures: text is literal (no markup), and no character of it commands the terminal.

Apart from `printing`, because rich takes its time to load.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO, Any, Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from mcp_servers.contract.visible import visible_columns

IN_A_PIPE: Final = 160  # columns where nobody says how many there are: room for whole rows


class Terminal(Console):
    """What is styled is styled by us: colours come from `Text` and `style`, never from words in brackets."""

    def __init__(
        self, *, stderr: bool = False, file: IO[str] | None = None, markup: bool = False, **options: Any
    ) -> None:
        super().__init__(stderr=stderr, file=file, markup=markup, emoji=False, highlight=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            text = segment.text
            yield segment if segment.control or (text.isascii() and text.isprintable()) else _clean(segment)


def console(pipe: int = IN_A_PIPE, *, stderr: bool = False) -> Terminal:
    """For tables: COLUMNS, or the terminal's width, or room enough for whole rows in a pipe."""
    terminal = Terminal(stderr=stderr)
    return terminal if terminal.is_terminal or columns_given() else Terminal(stderr=stderr, width=pipe)


def columns_given() -> bool:
    """Whether somebody says how wide a pipe is."""
    return os.environ.get("COLUMNS", "").isdigit()


def _clean(segment: Segment) -> Segment:
    return Segment(visible_columns(segment.text), segment.style)
