"""The line that a person types in a conversation: short commands, completion of names, and its history.

Names are those that answers were about; a short command is a sentence that is asked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

COMMANDS: Final = {
    "/incidents": "which incidents are there",
    "/approve": "approve {}",
    "/reject": "reject {}",
    "/cost": "what did {} cost",
    "/evidence": "show me the evidence of {}",
    "/help": "help",
}
MOST: Final = 500  # names that are kept
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


def begin() -> None:
    """Gives `input` editing, the history of this conversation, and completion by the tab key."""
    import readline  # noqa: PLC0415 - only a person at a terminal needs it

    def complete(word: str, state: int) -> str | None:
        matches = completions(word)
        return matches[state] if state < len(matches) else None

    readline.set_completer_delims(" \t\n,;:?!")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
