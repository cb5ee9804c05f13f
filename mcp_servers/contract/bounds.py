"""How much a server reads and says at once. Whatever is cut is counted, and the end is kept as well as the beginning.

What comes from outside is brought within FIELD_CHARACTERS where it enters, before any pattern sees it: a line or a
message has no length of its own.
"""

from __future__ import annotations

from typing import Any

FIELD_CHARACTERS = 4_000  # of one log line, one message of an event, one reason of an alarm
WORD_CHARACTERS = 400  # of a field, in which its cut looks for the end of a word
ARGUMENT_CHARACTERS = 20_000  # of one text in a tool's arguments
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


def within(text: str, limit: int = FIELD_CHARACTERS) -> str:
    """A field from outside as it may be read: at most `limit` characters, saying how many of its middle are left out.

    Cut between words where there are any, so that no half of a secret stays that would not be known as one.
    """
    if len(text) <= limit:
        return text
    mark = " [... {} characters left out ...] "
    room = limit - len(mark) - 8
    head, tail = text[: room * 2 // 3], text[-(room - room * 2 // 3) :]
    if (last := max(head.rfind(" "), head.rfind(","), head.rfind("\n"))) > len(head) - WORD_CHARACTERS:
        head = head[:last]
    if 0 <= (first := tail.find(" ")) < WORD_CHARACTERS:
        tail = tail[first + 1 :]
    return head + mark.format(len(text) - len(head) - len(tail)) + tail


def longest(value: Any) -> int:
    """How many characters the longest text of a JSON-like value has, keys included. Any depth."""
    most, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            most = max(most, len(one))
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
    return most


def excerpt(text: str, limit: int = EXCERPT_CHARACTERS) -> str:
    """One line's worth of a source, for an observation."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 2] + " …"


def both_ends(text: str, limit: int = EXCERPT_CHARACTERS) -> str:
    """One line's worth of a source with its end, where a message that was passed on through layers says its reason."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    tail = limit * 3 // 5
    return f"{excerpt(flat, limit - tail)} {flat[-tail:].split(' ', 1)[-1]}"


def untrusted(text: str) -> str:
    """Text from outside as it stands in an answer: on one line between marks, which it cannot close by itself."""
    flat = " ".join(text.split()).replace("«", "<").replace("»", ">")
    return f"«{flat}»" if flat else ""
