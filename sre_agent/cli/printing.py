"""The one place where the command line prints lines: nothing that came from outside commands the terminal.

Tables and pictures go through `consoles`, which is as careful. No other module of this folder prints.
"""

from __future__ import annotations

import codecs
import json
import sys
from typing import IO, Any, Final

from mcp_servers.contract.visible import json_text, visible

PLAINLY: Final = "sre-agent-plainly"  # the name of what happens to a character that the terminal's encoding lacks
LIKE: Final = {
    **{"…": "...", "→": "->", "×": "x", "›": ">", "–": "-", "—": "-", "−": "-", "·": "-", "•": "*", "●": "*"},
    **{"✓": "+", "✗": "x", "━": "=", "─": "-", "│": "|", "‘": "'", "’": "'", "“": '"', "”": '"', "≥": ">=", "≤": "<="},
}


def say(text: object = "", *, err: bool = False, file: IO[str] | None = None, end: str = "\n") -> None:
    """A line of text, on standard output or standard error."""
    stream = file or (sys.stderr if err else sys.stdout)
    print(visible(str(text)), end=end, file=stream, flush=err or file is not None)


def say_json(value: Any, indent: int | None = 2) -> None:
    """JSON for a program on standard output: text that is JSON already, or what is to become it."""
    text = value if isinstance(value, str) else json.dumps(value, indent=indent)
    print(json_text(text), flush=True)


def prepare() -> None:
    """A terminal that has not all characters gets the nearest ones instead of an error."""
    codecs.register_error(PLAINLY, _nearest)
    for stream in (sys.stdout, sys.stderr):
        if codecs.lookup(stream.encoding or "ascii").name != "utf-8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=PLAINLY)


def _nearest(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    lacking = problem.object[problem.start : problem.end]
    return "".join(LIKE.get(character, "?") for character in lacking), problem.end
