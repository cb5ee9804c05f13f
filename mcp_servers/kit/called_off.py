"""A call that its client gave up reaches the thread that works for it: no further request, no further wait.

A request under way cannot be taken back; it ends by its own time limit. Only reading calls are called off, because a
write that was begun is finished and recorded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TypeVar

import anyio

T = TypeVar("T")
R = TypeVar("R")

_mark: ContextVar[threading.Event | None] = ContextVar("called_off", default=None)


class CalledOffError(Exception):
    """Nobody waits for the answer any more."""


async def on_thread(work: Callable[[], T]) -> T:
    """The result of `work`, done on a thread that is told when this call is cancelled."""
    mark = threading.Event()
    token = _mark.set(mark)
    try:
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    finally:
        mark.set()
        _mark.reset(token)


def at_once(work: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """`work` of each item, in their order, by so many threads, which are told too when the call is given up."""
    context = copy_context()
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda item: context.copy().run(work, item), items))


def check() -> None:
    """Raises CalledOffError when the call was given up; before each request."""
    mark = _mark.get()
    if mark is not None and mark.is_set():
        raise CalledOffError


def pause(seconds: float) -> None:
    """Wait so long; raises CalledOffError at once when the call is given up meanwhile."""
    mark = _mark.get()
    if mark is None:
        time.sleep(seconds)
    elif mark.wait(seconds):
        raise CalledOffError


@contextmanager
def tidying_up() -> Iterator[None]:
    """Inside, requests are made although the call was given up: those that stop what it began."""
    token = _mark.set(None)
    try:
        yield
    finally:
        _mark.reset(token)
