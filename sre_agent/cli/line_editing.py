"""The line that a person types in a conversation: short commands, completion of names, and its history,
which lasts over processes.

Names are those that answers were about; a short command is a sentence that is asked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mcp_servers.contract import private_files

COMMANDS: Final = {
    "/incidents": "which incidents are there",
    "/approve": "approve {}",
    "/reject": "reject {}",
    "/cost": "what did {} cost",
    "/evidence": "show me the evidence of {}",
    "/help": "help",
}
MOST: Final = 500  # names that are kept
HISTORY: Final = "chat-history"  # in the state folder
LINES: Final = 1000  # of the history that are taken up; a file of twice as many is cut to these
_names: Final[dict[str, None]] = {}  # in the order of their mention


def sentence(text: str) -> str:
    """What a short command asks; any other text is itself. Behind it stands an incident or the name of what it is
    about; none: the one that was spoken of, or the newest."""
    command, _, rest = text.partition(" ")
    return COMMANDS[command].format(rest.strip() or "it") if command in COMMANDS else text


def learn(subjects: Iterable[str]) -> None:
    """Names to complete from now on: `Deployment/shop/web` brings the whole, `shop` and `web`."""
    for subject in subjects:
        for name in (subject, *subject.split("/")[1:]):
            _names.pop(name, None)
            _names[name] = None
    for name in list(_names)[:-MOST]:
        del _names[name]


def completions(word: str) -> list[str]:
    """The commands and names that begin so, the latest names first."""
    pool = COMMANDS if word.startswith("/") else reversed(_names)
    return [name for name in pool if name and name.startswith(word)]


def begin(history: Path | None) -> None:
    """Gives `input` editing, completion by the tab key, and the lines that were typed before, in this file; without one
    those of this process alone."""
    import readline  # noqa: PLC0415 - only a person at a terminal needs it

    def complete(word: str, state: int) -> str | None:
        matches = completions(word)
        return matches[state] if state < len(matches) else None

    readline.set_completer_delims(" \t\n,;:?!")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    for line in earlier(history) if history is not None else ():
        readline.add_history(line)


def earlier(history: Path) -> list[str]:
    """The last lines of a history, oldest first."""
    if not history.is_file():
        return []
    lines = history.read_text(encoding="utf-8", errors="replace").splitlines()
    if len(lines) > 2 * LINES:
        private_files.write(history, "".join(f"{line}\n" for line in lines[-LINES:]))
    return lines[-LINES:]


def keep(history: Path, text: str) -> None:
    """One more line, at once: the process may be killed, and others may write to it too."""
    with private_files.appended(history) as file:
        file.write(f"{text}\n")
