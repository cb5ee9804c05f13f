"""What our own vocabulary is called in front of a reader: codes of observations and ids of classes become words."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.contract.observations import OBSERVATIONS

_CODE: Final = re.compile(r"\b[a-z][a-z_0-9]*\.[a-z][a-z_0-9]*\b")
_SNAKE: Final = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_KIND: Final = re.compile(r"^\[[a-z_]+\] ")  # how a server's error leads, for clients to tell its kind


def in_words(text: str, ids: frozenset[str] | set[str] = frozenset()) -> str:
    """The text without a leading kind of error, its codes in words; `ids` are the class and remedy ids to spell out."""

    def code(match: re.Match[str]) -> str:
        return match[0].replace(".", " ").replace("_", " ") if match[0] in OBSERVATIONS else match[0]

    def spelt(match: re.Match[str]) -> str:
        return match[0].replace("_", " ") if match[0] in ids else match[0]

    return _SNAKE.sub(spelt, _CODE.sub(code, _KIND.sub("", text)))
