"""How secrets are called: a word, what stands before it, what qualifies it, and how the parts are joined."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

TUNED, HELD_OUT = "tuned", "held out"

WORDS: Final[dict[str, tuple[str, ...]]] = {
    TUNED: (
        "password", "token", "api key", "client secret", "passphrase", "private key", "access token",
        "signing key", "webhook secret", "db password", "secret key", "auth token",
    ),
    HELD_OUT: (
        "passwd", "pwd", "secret", "access key", "refresh token", "encryption key", "bearer token",
        "root password", "shared secret", "session token", "master key", "api token",
    ),
}  # fmt: skip
BEFORE: Final[dict[str, tuple[str, ...]]] = {
    TUNED: ("", "demo", "db", "stripe", "my", "payment gateway", "jenkins", "user"),
    HELD_OUT: ("", "test", "grafana", "admin", "our", "order service", "slack bot", "default"),
}
AFTER: Final[dict[str, tuple[str, ...]]] = {
    TUNED: ("", "", "", "", "prod", "2", "old", "value"),
    HELD_OUT: ("", "", "", "", "staging", "1", "new", "plain"),
}


def _camel(parts: list[str]) -> str:
    return parts[0] + "".join(part.capitalize() for part in parts[1:])


def _pascal(parts: list[str]) -> str:
    return "".join(part.capitalize() for part in parts)


STYLES: Final[dict[str, tuple[Callable[[list[str]], str], ...]]] = {
    TUNED: (_camel, "_".join, lambda parts: "_".join(parts).upper(), "".join),
    HELD_OUT: (_pascal, "-".join, lambda parts: "-".join(map(str.capitalize, parts)), lambda parts: _camel(parts)),
}


def name(random: Random, half: str) -> str:
    """A name of a secret, as programmers would write it."""
    parts = f"{random.choice(BEFORE[half])} {random.choice(WORDS[half])} {random.choice(AFTER[half])}".split()
    return random.choice(STYLES[half])(parts)
