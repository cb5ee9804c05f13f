"""Secrets in structures, where a name and its value are not one text: fields, pairs of name and value, arguments."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from mcp_servers.redaction.names import marks_a_place, means_the_same
from mcp_servers.redaction.passages import names_in, without_named
from mcp_servers.redaction.seen import Seen
from mcp_servers.redaction.standing import looks_drawn, says_no_secret

MASK: Final = "[redacted:secret]"
_CALLED: Final = re.compile(
    r"(?:\w*[a-z])?(?:name|key|id|field|variable|header|option|setting|parameter)|[A-Z]\w*(?:Name|Key)", re.I
)
_HELD: Final = re.compile(r"(?:\w*[a-z_])?(?:value|val|content|default)|(?:string|secure)_?value", re.I)
_DIGITS: Final = {"password": 4, "digits": 4, "key": 6, "many": 7, "weak": 20}  # of a number that is a secret
_LETTERS: Final = {"key": 8, "many": 8, "weak": 12}  # of a text that is one if it looks drawn


@lru_cache(maxsize=4096)
def kind_of(key: str) -> str:
    """What a field is called like, as `Name.kind` says it; empty where it is not called like a secret."""
    if len(key) > 200 or marks_a_place(key):
        return ""
    return next((name.kind for name in names_in(Seen(key)) if name.end == len(key)), "")


def holds_secret(kind: str, value: Any) -> bool:
    """Whether a field of that kind holds a secret: of a password any text, else what looks drawn."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not kind:
        return False
    text = str(value)
    if not text or says_no_secret(text):
        return False
    if text.isdigit():
        return len(text) >= _DIGITS[kind]
    return kind == "password" or (kind in _LETTERS and looks_drawn(text, _LETTERS[kind]))


def kind_within(kind: str, key: Any) -> str:
    """What a field is of whose outer field is of a kind: the same where its own name says no more than `value`."""
    return kind if isinstance(key, str) and means_the_same(key) else ""


def without_pairs(fields: dict[Any, Any]) -> dict[Any, Any]:
    """The fields, without the value where another field beside it names it."""
    values = [key for key in fields if isinstance(key, str) and _HELD.fullmatch(key)]
    if not values:
        return fields
    kinds = [kind_of(fields[key]) for key in fields if isinstance(key, str) and _CALLED.fullmatch(key)
             and isinstance(fields[key], str)]  # fmt: skip
    kind = next((kind for kind in kinds if kind), "")
    hidden = {key: MASK for key in values if _is_value_of(kind, fields[key])}
    return {**fields, **hidden}


def _is_value_of(kind: str, value: Any) -> bool:
    """Whether a pair gives a secret away: there a name is meant for its value, so that any text is one."""
    if isinstance(value, str) and kind in ("password", "key") and not value.isdigit():
        return len(value) >= 4 and not says_no_secret(value)
    return holds_secret(kind, value)


def without_arguments(items: list[Any]) -> list[Any]:
    """The items of a list, without those that follow an option for a secret."""
    kept = list(items)
    for place, (option, item) in enumerate(pairwise(items)):
        if (
            isinstance(option, str)
            and isinstance(item, str)
            and option.startswith("-")
            and not {" ", "="} & set(option)
        ):
            line = f"{option} {item}"
            if without_named(Seen(line)) != line:
                kept[place + 1] = MASK
    return kept
