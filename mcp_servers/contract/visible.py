"""Text from outside as what a person sees of it: nothing in it commands a terminal, turns the direction of writing,
hides between letters or begins a line of its own.

Applied where text enters, and once more where it is printed.
"""

from __future__ import annotations

import re
from typing import Final

# What a terminal takes as one command, so that nothing of it stays behind as text: colours and cursor (CSI); titles,
# links and other strings up to their end (OSC, DCS, SOS, PM, APC), with their links' text left; single escapes. No part
# of a string may begin another one, so that hostile input is gone through once.
_COMMAND: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# Letters and marks by their class that are drawn as nothing.
_BLANK: Final = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
_BLANKS: Final = re.compile(f"[{_BLANK}]")


def visible(text: str) -> str:
    """Without terminal commands and without characters that nobody sees. Newlines and tabs stay, other spaces become
    plain ones."""
    if _plain(text):
        return text
    return visible_columns(_COMMAND.sub("", text.replace("\r\n", "\n")))


def visible_columns(text: str) -> str:
    """The same character by character, so that what was laid out keeps its columns: of a terminal's command the
    characters that it would not obey are left."""
    if _plain(text):
        return text
    return "".join(c if _is_visible(c) else " " if c.isspace() else "" for c in text)


def one_line(text: str) -> str:
    """Visible, and without line breaks: it cannot look like a line of somebody else."""
    return " ".join(visible(text).split())


def json_text(text: str) -> str:
    """A JSON document as text that means the same, with every character escaped that nobody sees."""
    return "".join(c if _is_visible(c) else _escape(c) for c in text) if not _plain(text) else text


def _plain(text: str) -> bool:
    return text.isprintable() and (text.isascii() or not _BLANKS.search(text))


def _is_visible(character: str) -> bool:
    return character in "\n\t" or (character.isprintable() and character not in _BLANK)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
