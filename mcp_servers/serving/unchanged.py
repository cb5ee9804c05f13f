"""What follows from content alone is made once for as long as the content stays the same.

A specialist reads one object again and again while an incident lasts, and mostly nothing has changed. It is read each
time; only what is made of it is not made again. The key is a digest of the whole content: a version number says less
than the content itself, and a digest under a key of this process gives nothing away.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final, Generic, TypeVar

T = TypeVar("T")
MOST: Final = 64  # results at once; the one that was not asked for longest goes first
LONGEST: Final = 65_536  # bytes of content whose result is kept


class ContentCache(Generic[T]):
    """Thread-safe. What it gives is shared between calls: nobody may change it."""

    def __init__(self, most: int = MOST, longest: int = LONGEST) -> None:
        self._most, self._longest = most, longest
        self._secret = os.urandom(16)
        self._lock = threading.Lock()
        self._results: OrderedDict[bytes, T] = OrderedDict()

    def of(self, content: bytes, make: Callable[[], T]) -> T:
        """What `make` makes of this content, made now or before. No error is kept."""
        if len(content) > self._longest:
            return make()
        digest = blake2b(content, digest_size=16, key=self._secret).digest()
        with self._lock:
            if digest in self._results:
                self._results.move_to_end(digest)
                return self._results[digest]
        result = make()
        with self._lock:
            self._results[digest] = result
            if len(self._results) > self._most:
                self._results.popitem(last=False)
        return result
