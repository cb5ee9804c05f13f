"""How a text with a secret is written so that a plain search does not see its words: colours, escapes, other signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from tests.redaction.made.names import HELD_OUT, TUNED

Disguise = Callable[[str, str], str]  # the text, the name in it


def _coloured_name(text: str, name: str) -> str:
    return text.replace(name, f"\x1b[32m{name}\x1b[0m")


def _coloured_within(text: str, name: str) -> str:
    return text.replace(name, f"{name[:3]}\x1b[1;31m{name[3:]}\x1b[0m")


def _split(mark: str) -> Disguise:
    return lambda text, name: text.replace(name, f"{name[:2]}{mark}{name[2:]}")


def _wide(text: str, name: str) -> str:
    return text.replace(name, "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in name))


def _percent(text: str, name: str) -> str:
    return f"GET /cb?state={quote(text, safe='')}&ok=1"


def _percent_twice(text: str, name: str) -> str:
    return f"GET /cb?state={quote(quote(text, safe=''), safe='')}&ok=1"


def _escape(text: str, name: str) -> str:
    return text.replace(name, "".join(f"\\u{ord(sign):04x}" for sign in name[:4]) + name[4:])


def _entities(text: str, name: str) -> str:
    return text.replace('"', "&quot;").replace("'", "&#39;")


def _bold(text: str, name: str) -> str:
    def sign(char: str) -> str:
        return chr(0x1D41A + ord(char) - 97) if "a" <= char <= "z" else char

    return text.replace(name, "".join(map(sign, name)))


DISGUISES: Final[dict[str, tuple[Disguise, ...]]] = {
    TUNED: (_coloured_name, _split("\u200b"), _wide, _percent),
    HELD_OUT: (_coloured_within, _split("\u2060"), _split("\u00ad"), _bold, _percent_twice, _escape, _entities),
}
