"""Tables for people: whole words in every column, or, where the terminal is too narrow for that, one entry below the
other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

READABLE: Final = 16  # characters of a column of prose
FRAME: Final = 3  # of each column, and one more of the table


def show(
    out: Console,
    headers: Sequence[str],
    rows: Sequence[Sequence[str | Text]],
    *,
    apart: bool = False,
    sums: Sequence[str] = (),
    numbers: int = 0,
) -> None:
    """Cells are literal text, with a style where they are `Text`. `apart` draws a line between the rows, `sums` is the
    last row, and the last so many columns are `numbers`."""
    cells = [[_literal(cell) for cell in row] for row in rows]
    last = [[_literal(cell) for cell in sums]] if sums else []
    if _least(headers, [*cells, *last]) > out.width:
        _below(out, headers, [*cells, *last])
        return
    table = Table(show_lines=apart, show_footer=bool(sums))
    for place, header in enumerate(headers):
        justify: Literal["left", "right"] = "right" if place >= len(headers) - numbers else "left"
        table.add_column(header, Text(sums[place]) if sums else "", justify=justify)
    for row in cells:
        table.add_row(*row)
    out.print(table)


def _literal(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def _least(headers: Sequence[str], cells: Sequence[Sequence[Text]]) -> int:
    """The width at which no word is cut and prose still has room for a few words in a line."""
    width = 1
    for place, header in enumerate(headers):
        texts = [header, *(row[place].plain for row in cells)]
        word = max((len(word) for text in texts for word in text.split()), default=0)
        width += FRAME + max(word, min(READABLE, max(len(text) for text in texts)))
    return width


def _below(out: Console, headers: Sequence[str], cells: Sequence[Sequence[Text]]) -> None:
    """Each row as a paragraph: what has no header and the first that has one lead, the others follow by header."""
    first = next((place for place, header in enumerate(headers) if header), 0)
    for number, row in enumerate(cells):
        if number:
            out.print()
        lead = [text for place, text in enumerate(row) if place <= first and text.plain]
        head = Text(" ").join(lead)
        head.stylize("bold")
        out.print(head, overflow="fold")
        for header, text in list(zip(headers, row, strict=True))[first + 1 :]:
            if text.plain:
                line = Text.assemble((f"{header}: " if header else "", "dim"), text)
                line.overflow = "fold"
                out.print(Padding(line, (0, 0, 0, 2)))
