"""Valid documents, broken in every way in which senders, networks and attackers break them. Seeded."""

# ruff: noqa: E501 - tables

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

ODD: Final[tuple[Any, ...]] = (
    None, "", " ", "\x00", "\ud800", "\u202egnp", "\x1b]8;;http://x\x07", "9" * 5_000, "é" * 3_000, 0, -1, 2**70, -(2**63), 1e308,
    float("nan"), float("inf"), True, [], [[]], [None], {}, {"": ""}, {"a": {"b": [{}]}}, "null", "{}", "[1", "0001-01-01T00:00:00Z",
    "2026-13-45T99:99:99Z", "9999-12-31T23:59:59+14:00", "-1e400", "{{7*7}}", "%s%n", "../../etc/passwd", "'; --", "<script>",
)  # fmt: skip
TOKENS: Final = (
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "\\",
    "\\u",
    "\\ud800",
    "\x00",
    "NaN",
    "Infinity",
    "null",
    "é",
    "\ufeff",
    "1e999",
    "//",
)


def break_payload(valid: Any, random: Random) -> bytes:
    """One broken form of a document, as it may arrive."""
    return random.choice(WAYS)(copy.deepcopy(valid), random)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _cut(valid: Any, random: Random) -> bytes:
    raw = _bytes(_text(valid))
    return raw[: random.randrange(len(raw))]


def _bad_bytes(valid: Any, random: Random) -> bytes:
    raw = bytearray(_bytes(_text(valid)))
    for _ in range(random.randint(1, 6)):
        raw[random.randrange(len(raw))] = random.choice((0, 0x80, 0xC0, 0xED, 0xF5, 0xFE, 0xFF, 0x1B, 0x0A))
    return bytes(raw)


def _splice(valid: Any, random: Random) -> bytes:
    text = _text(valid)
    for _ in range(random.randint(1, 3)):
        start = random.randrange(len(text))
        text = text[:start] + random.choice(TOKENS) + text[start + random.randrange(4) :]
    return _bytes(text)


def _odd_value(valid: Any, random: Random) -> bytes:
    for _ in range(random.randint(1, 4)):
        holder, key = random.choice(list(_places(valid)) or [([valid], 0)])
        holder[key] = copy.deepcopy(random.choice(ODD))
    return _bytes(_text(valid))


def _lose(valid: Any, random: Random) -> bytes:
    holder, key = random.choice(list(_places(valid)))
    del holder[key]
    return _bytes(_text(valid))


def _other_type(valid: Any, random: Random) -> bytes:
    holder, key = random.choice(list(_places(valid)))
    value = holder[key]
    holder[key] = random.choice(
        ([value], {"value": value}, str(value), [value] * 50, {str(n): value for n in range(5)})
    )
    return _bytes(_text(valid))


def _deep(valid: Any, random: Random) -> bytes:
    depth = random.choice((20, 45, 500, 20_000))
    opening, closed = random.choice((("[", "]"), ('{"a":', "}")))
    holder, key = random.choice(list(_places(valid)))
    holder[key] = "@@"
    return _bytes(_text(valid).replace('"@@"', opening * depth + "1" + closed * depth))


def _twice(valid: Any, random: Random) -> bytes:
    text = _text(valid)
    key = random.choice(list(valid)) if isinstance(valid, dict) and valid else "title"
    return _bytes("{" + f"{json.dumps(key)}: {_text(random.choice(ODD[:20]))}, " + text[1:])


def _long(valid: Any, random: Random) -> bytes:
    holder, key = random.choice(list(_places(valid)))
    holder[key] = random.choice(("ERROR '", "sessionid=", "a-", '\\"', "é", " ", "x@y.", "0")) * random.choice(
        (1_000, 20_000)
    )
    return _bytes(_text(valid))


def _wrap(valid: Any, random: Random) -> bytes:
    around: tuple[Callable[[Any], Any], ...] = (
        lambda one: [one],
        lambda one: _text(one),
        lambda one: {"Type": "Notification", "Message": _text(one)},
        lambda one: {"Records": [{"eventSource": "aws:sqs", "body": _text(one)}]},
        lambda one: {"detail": one},
    )
    for _ in range(random.randint(1, 7)):
        valid = random.choice(around)(valid)
    return _bytes(_text(valid))


def _mark(valid: Any, random: Random) -> bytes:
    raw = _text(valid)
    return random.choice(
        (b"\xef\xbb\xbf" + _bytes(raw), raw.encode("utf-16", "replace"), _bytes(raw + raw), b"", b"\x00" * 9)
    )


WAYS: Final = (
    _cut, _bad_bytes, _splice, _odd_value, _odd_value, _lose, _other_type, _deep, _twice, _long, _wrap, _mark,
)  # fmt: skip


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """What holds each part of a document, and under which key."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, item in items:
        yield value, key
        yield from _places(item)
