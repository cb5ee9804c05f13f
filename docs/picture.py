"""Makes docs/demo.svg, the picture in the README, from a real run of the demo: `python docs/picture.py`.

What the run printed is shown line by line and coloured; a step that is too long for it ends in `…`. Left out are
the single calls, the waterfall of the trace and the paths of the reports.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

COMMAND = ("demo", "--plain")
PICTURE = Path(__file__).with_name("demo.svg")
WIDTH = 118  # columns
STEP = re.compile(r"^(\d\d:\d\d:\d\d| {8})")  # a step, or what belongs to one
CALL = re.compile(r"^\d\d:\d\d:\d\d {4}\w+ \w+: ")  # one call of one agent
STYLES = {
    r"^\d\d:\d\d:\d\d": "grey58",
    r"^ {8,}\+ .*": "green",
    r"^ {8,}- .*": "red",
    r"^ {8,}@@ .*": "cyan",
    r"^ {8,}\+\d+ .*": "grey78",
    r"^ {8,}-\d+ .*": "grey78",
    r"(?<=\d {2})(diagnosis|proposes|policy|writes|verification)(?=: )": "bold cyan",
    r"\(\d+%\)": "bold yellow",
    r": allow(?=,)": "bold green",
    r"^remediated/\w+": "bold green",
    r"^(Remediated|Verdict):?": "bold green",
}


def run() -> str:
    """What the demo prints, its folder named `demo`. CalledProcessError where it did not end remediated."""
    with tempfile.TemporaryDirectory(prefix="sre-agent-picture-") as folder:
        command = [sys.executable, "-m", "sre_agent", *COMMAND, "--folder", folder]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=True
        )
    return done.stdout.replace(folder, "demo")


def shown(printed: str) -> Iterator[str]:
    for line in printed.splitlines():
        if line.strip() == "trace":
            return
        if not CALL.match(line) and not line.startswith("Report: "):
            yield line.rstrip()


def coloured(line: str) -> Text:
    text = Text(line)
    for pattern, style in STYLES.items():
        text.highlight_regex(pattern, style)
    if STEP.match(line):
        text.truncate(WIDTH, overflow="ellipsis")
    return text


def drawn(lines: list[str]) -> str:
    """The picture as SVG. It names no font from elsewhere: who looks at it fetches nothing."""
    said = " ".join(("sre-agent", *COMMAND))
    with tempfile.TemporaryFile("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.assemble(("$ ", "bold green"), said))
        for line in lines:
            console.print(coloured(line))
        svg = console.export_svg(title=said, theme=MONOKAI, unique_id="demo")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn(list(shown(run()))), encoding="utf-8")
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")
