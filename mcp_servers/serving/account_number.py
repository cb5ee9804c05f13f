"""The number of the account, which names every subject of an AWS server, and what is told while nobody knows it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mcp_servers.serving import cancellation as called_off
from mcp_servers.serving.errors import TeachingError

NumberOrError = tuple[str, TeachingError | None]


class AccountNumber:
    """`ask` asks STS, raising TeachingError. A number that is known stays known, and so does a missing permission.

    Within one call the answer is always the same. Were it asked for again at each use, an answer could name its
    subjects by an unknown account, and then tell no gap because the number came a moment later.
    """

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._cached: NumberOrError = "", None

    def number(self) -> NumberOrError:
        """The number and None; or an empty text, and why it cannot be told in this call."""
        call, key = called_off.values_of_call(), f"account number {id(self)}"
        with self._lock:
            if key not in call:
                call[key] = self._look_up()
            result: NumberOrError = call[key]
            return result

    def _look_up(self) -> NumberOrError:
        number, why = self._cached
        if not number and not (why is not None and why.kind == "denied"):
            try:
                self._cached = self._ask(), None
            except TeachingError as problem:
                self._cached = "", problem
        return self._cached
