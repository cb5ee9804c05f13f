"""Texts with secrets and texts without, as logs, events, manifests and configuration hold them.

A sample is a line of a file beside this one: `⏎` breaks it, `⇥` is a tab, lines with `##` are headings. `«…»` is a
secret, `‹…›` something drawn that is none. What stands in them is named (`password`, `uuid`) or put together from parts
between `|`: a letter for the alphabet with a length, or the text itself. No secret is written down anywhere: each is
drawn, so that none looks like anybody's.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Final

TUNED, HELD_OUT = "tuned", "held_out"  # the second half was written before any rule had seen it
SEEDS: Final = (1, 2)  # each text is made so often, with other secrets
_FOLDER: Final = Path(__file__).parent
_PLACE: Final = re.compile(r"«(?P<secret>[^»]+)»|‹(?P<other>[^›]+)›")
_PART: Final = re.compile(r"([hUlwdbA]?)(\d+)")
_ALPHABETS: Final = {
    "": ascii_letters + digits,
    "h": "0123456789abcdef",
    "U": ascii_uppercase + "234567",
    "l": ascii_lowercase + digits,
    "w": ascii_letters + digits + "-_",
    "d": digits,
    "b": ascii_letters + digits + "+/",
    "A": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}


def draw(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choice(_ALPHABETS[alphabet]) for _ in range(length))


def password(random: Random) -> str:
    """Letters and digits, sometimes with signs."""
    return draw(random, "", random.randint(8, 20)) + random.choice(("", "!", "#7", "%x"))


def web_token(random: Random) -> str:
    parts = [json.dumps({"alg": "HS256", "n": random.random()}), json.dumps({"sub": draw(random, "", 12)})]
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, draw(random, "w", 43)])


def private_key(random: Random) -> str:
    return "\n".join(draw(random, "b", 64) for _ in range(4))


def uuid(random: Random) -> str:
    return "-".join(draw(random, "h", length) for length in (8, 4, 4, 4, 12))


def address(random: Random) -> str:
    name = f"{draw(random, 'l', 6)}.{draw(random, 'l', 8)}"
    return f"{name}@example.{random.choice(('com', 'org', 'co.uk'))}"


_NAMED: Final[dict[str, Callable[[Random], str]]] = {
    "password": password,
    "base64": lambda random: base64.b64encode(random.randbytes(24)).decode(),
    "jwt": web_token,
    "pem": private_key,
    "uuid": uuid,
    "email": address,
    "n": lambda random: str(random.randint(1, 28)),
}


def make(random: Random, text: str) -> str:
    return "".join(_part(random, part) for part in text.split("|"))


def _part(random: Random, part: str) -> str:
    if part in _NAMED:
        return _NAMED[part](random)
    match = _PART.fullmatch(part)
    return draw(random, match[1], int(match[2])) if match else part


def texts(name: str) -> list[str]:
    """The lines of a file, as they are written there."""
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("## ")]


def samples(name: str) -> Iterator[tuple[str, list[str]]]:
    """Text, and the secrets in it."""
    for seed in SEEDS:
        random = Random(seed)
        for line in texts(name):
            secrets: list[str] = []
            yield fill_in(random, line.replace("⏎", "\n").replace("⇥", "\t"), secrets), secrets


def fill_in(random: Random, line: str, secrets: list[str]) -> str:
    def fill(match: re.Match[str]) -> str:
        value = make(random, match["secret"] or match["other"])
        if match["secret"]:
            secrets.append(value)
        return value

    return _PLACE.sub(fill, line)
