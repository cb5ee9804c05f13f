"""Telling a client that a long call is still under way, where it asked to be told.

A call that takes longer than INTERVAL seconds tells once in that time how long it has worked and how many requests it
has made. The client's wish and its address belong to the request at hand, so they travel beside the tool's arguments.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import anyio

INTERVAL: Final = 1.0  # seconds

Tell = Callable[[float, str], Awaitable[None]]

_tell: ContextVar[Tell | None] = ContextVar("progress", default=None)


@contextmanager
def told_by(tell: Tell | None) -> Iterator[None]:
    """Inside, calls tell their progress this way: seconds so far, and a sentence."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def progress_listener() -> Tell | None:
    """How the client of this call is told; None outside of a request."""
    return _tell.get()


async def telling(tell: Tell, requests: Callable[[], int]) -> None:
    """Tell until cancelled, of a call that has lasted INTERVAL already. `requests` counts those made so far."""
    started = time.monotonic() - INTERVAL
    while True:
        seconds = time.monotonic() - started
        await tell(round(seconds, 1), f"running for {seconds:.0f} s; requests made: {requests()}")
        await anyio.sleep(INTERVAL)
