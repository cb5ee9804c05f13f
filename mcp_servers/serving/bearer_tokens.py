"""The bearer tokens that a server accepts over HTTP, exchanged while it runs.

A file may hold several, one a line: the new one is added, the clients change to it, the old one is taken out. Neither
side is started again, and at no moment is a client refused.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from pathlib import Path
from typing import Final

LOG = logging.getLogger(__name__)
TOKEN: Final = "SRE_AGENT_MCP_TOKEN"  # noqa: S105 - the variable's name
LEAST: Final = 16  # characters of a token; a shorter one can be guessed
_Stamp = tuple[int, int, int]


class TokenError(ValueError):
    """There is no token that could be accepted; the text says where one was looked for, and nothing of it."""


class BearerTokens:
    """Those of `file`, read again whenever it changes, or else `word` alone. False for who was given neither."""

    def __init__(self, word: str = "", file: Path | None = None) -> None:
        """Raises TokenError."""
        self._file, self._stamp = file, (0, 0, 0)
        self._digests = tuple(_digest(one.encode()) for one in usable_tokens([word], TOKEN)) if word else ()
        if file is not None:
            self._digests, self._stamp = _read(file), _stamp(file)

    def __bool__(self) -> bool:
        return self._file is not None or bool(self._digests)

    def accepts(self, token: str) -> bool:
        """A file that cannot be read any more accepts nothing: what was taken out of it must not stay good."""
        digest = _digest(token.strip().encode("utf-8", "surrogateescape"))
        matches = [hmac.compare_digest(digest, own) for own in self._current()]  # of one length, and all of them
        return any(matches)

    def _current(self) -> tuple[bytes, ...]:
        if self._file is not None:
            try:
                stamp = _stamp(self._file)
                if stamp != self._stamp:
                    self._digests, self._stamp = _read(self._file), stamp
            except TokenError as problem:
                LOG.warning("No request is accepted: %s.", problem)
                self._digests, self._stamp = (), (0, 0, 0)
        return self._digests


def of_environment() -> BearerTokens:
    """What the variable TOKEN holds; none where it is not set. Raises TokenError."""
    if TOKEN not in os.environ:
        return BearerTokens()
    return BearerTokens(usable_tokens([os.environ[TOKEN]], TOKEN)[0])


def usable_tokens(words: list[str], where: str) -> list[str]:
    """The tokens among these lines, the empty ones left out. Raises TokenError where there is none, or no good one."""
    tokens = [word.strip() for word in words if word.strip()]
    if not tokens:
        raise TokenError(f"{where} is empty; it must hold the bearer token")
    if any(len(one) < LEAST or not one.isascii() or not one.isprintable() or " " in one for one in tokens):
        raise TokenError(f"{where} must hold one word of at least {LEAST} printable ASCII characters")
    return tokens


def _read(file: Path) -> tuple[bytes, ...]:
    where = f"--token-file {file}"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise TokenError(f"{where} cannot be read: {getattr(problem, 'strerror', None) or 'it is not text'}") from None
    return tuple(_digest(one.encode()) for one in usable_tokens(text.splitlines(), where))


def _stamp(file: Path) -> _Stamp:
    """What changes with the file. Raises TokenError."""
    try:
        there = file.stat()
    except OSError as problem:
        raise TokenError(f"--token-file {file} cannot be read: {problem.strerror}") from None
    return there.st_mtime_ns, there.st_size, there.st_ino


def _digest(token: bytes) -> bytes:
    """Of one length for all, so that comparing tells nothing of the token's."""
    return hashlib.sha256(token).digest()
