"""A report as people read it in a terminal: colours where there are some, plain Markdown where there are none."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from sre_agent import reports
from sre_agent.cli.printing import say
from sre_agent.domain.report import Report

COLOURS: Final = {"remediated": "green", "answered": "cyan", "escalated": "red"}
SEVERITIES: Final = {"SEV1": "bold red", "SEV2": "red", "SEV3": "yellow", "SEV4": "dim"}


def show(report: Report, console: Console) -> None:
    """In a pipe or a dumb terminal the report's own Markdown; NO_COLOR keeps the layout and drops the colours."""
    text = reports.markdown(report)
    if not console.is_terminal or console.is_dumb_terminal:
        say(text, end="", file=console.file)
        return
    title = Text.assemble((report.severity, SEVERITIES[report.severity]), "  ", (report.title, "bold"))
    colour = COLOURS.get(report.status, "default")
    console.print(Panel(Text(report.verdict), title=title, title_align="left", border_style=colour))
    console.print(Markdown(_body(text), code_theme="ansi_dark", hyperlinks=False))


def _body(text: str) -> str:
    """Without title and verdict, which the panel shows."""
    return text.split("\n\n", 2)[2]
