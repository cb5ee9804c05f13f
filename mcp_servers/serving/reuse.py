"""Answers that cost money and cannot have changed are given again for a while instead of being paid for twice.

Whoever keeps one says for how long, and puts everything into its key that it follows from. It is kept in this process
alone, and no failure is.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
MOST: Final = 100  # answers at once; the oldest goes first


class ReusedAnswers(Generic[T]):
    """Thread-safe. `seconds` is the longest time that one is kept; 0: none is."""

    def __init__(self, seconds: float) -> None:
        self._longest = seconds
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()

    def find(self, key: Hashable) -> T | None:
        with self._lock:
            until, answer = self._answers.get(key, (0.0, None))
            return answer if time.monotonic() < until else None

    def keep(self, key: Hashable, answer: T, seconds: float) -> None:
        seconds = min(seconds, self._longest)
        if seconds <= 0:
            return
        with self._lock:
            self._answers.pop(key, None)
            self._answers[key] = (time.monotonic() + seconds, answer)
            if len(self._answers) > MOST:
                self._answers.popitem(last=False)
