"""How much a server says at once. Whatever is cut is counted, and the end is kept as well as the beginning."""

from __future__ import annotations

ANSWER_CHARACTERS = 8_000
STRUCTURE_CHARACTERS = 24_000  # of JSON beside the text: data, observations, relations and coverage
ERROR_CHARACTERS = 2_000
EXCERPT_CHARACTERS = 400


def bounded(text: str, limit: int = ANSWER_CHARACTERS) -> tuple[str, int]:
    """The text within `limit` characters and how many characters were left out; head and tail are kept."""
    if len(text) <= limit:
        return text, 0
    mark = "\n[... {} characters left out ...]\n"
    room = limit - len(mark) - 8
    head, tail = room * 2 // 3, room - room * 2 // 3
    cut = len(text) - head - tail
    return text[:head] + mark.format(cut) + text[-tail:], cut


def excerpt(text: str, limit: int = EXCERPT_CHARACTERS) -> str:
    """One line's worth of a source, for an observation."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 2] + " …"


def untrusted(text: str) -> str:
    """Text from outside as it stands in an answer: on one line between marks, which it cannot close by itself."""
    flat = " ".join(text.split()).replace("«", "<").replace("»", ">")
    return f"«{flat}»" if flat else ""
