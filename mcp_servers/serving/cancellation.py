"""How long a call may still work: one that its client gave up reaches its thread, no further request, no further wait;
one whose service fell silent ends soon after.

A request under way cannot be taken back; it ends by its own time limit. Only reading calls are called off, because a
write that was begun is finished and recorded.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

import anyio

from mcp_servers.serving import progress

LOG = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")


class _Call(threading.Event):
    """Set when nobody waits for the answer any more. `ends`: by the monotonic clock, once the service fell silent."""

    ends: float | None = None
    requests = 0

    def __init__(self) -> None:
        super().__init__()
        self.cache: dict[str, Any] = {}


_mark: ContextVar[_Call | None] = ContextVar("called_off", default=None)


class CallCancelledError(Exception):
    """Nobody waits for the answer any more."""


async def on_thread(work: Callable[[], T], name: str = "call") -> T:
    """The result of `work`, done on a thread that is told when this call is cancelled; `name` is what the log calls it.

    A client that asked for progress is told of it meanwhile.
    """
    mark = _Call()
    token = _mark.set(mark)
    tell = progress.progress_listener()
    try:
        if tell is None:
            return await _run_work(work, mark, name)
        return await _run_with_progress(work, mark, name, tell)
    finally:
        mark.set()
        _mark.reset(token)


async def _run_work(work: Callable[[], T], mark: _Call, name: str) -> T:
    def working() -> T:
        try:
            return work()
        finally:
            if mark.is_set():
                LOG.warning("%s was cancelled by its client and has stopped; requests made: %d.", name, mark.requests)

    return await anyio.to_thread.run_sync(working, abandon_on_cancel=True)


async def _run_with_progress(work: Callable[[], T], mark: _Call, name: str, tell: progress.Tell) -> T:
    """Progress is told beside the work once it has lasted; most work is done before."""
    telling: list[asyncio.Task[None]] = []

    def begin() -> None:
        telling.append(asyncio.ensure_future(progress.telling(tell, lambda: mark.requests)))

    timer = asyncio.get_running_loop().call_later(progress.INTERVAL, begin)
    try:
        return await _run_work(work, mark, name)
    finally:
        timer.cancel()
        for task in telling:
            task.cancel()
        if telling:
            await asyncio.gather(*telling, return_exceptions=True)


def at_once(work: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """`work` of each item, in their order, by so many threads, which are told too when the call is given up."""
    context = copy_context()
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda item: context.copy().run(work, item), items))


def check() -> None:
    """Raises CallCancelledError when the call was given up; before each request."""
    mark = _mark.get()
    if mark is None:
        return
    if mark.is_set():
        raise CallCancelledError
    mark.requests += 1


def values_of_call() -> dict[str, Any]:
    """What this call keeps for as long as it works, on all of its threads; nothing is kept outside of a call."""
    mark = _mark.get()
    return {} if mark is None else mark.cache


def fell_silent(grace: float) -> None:
    """A request of this call stayed without an answer: all its others, also those under way, get `grace` seconds."""
    mark = _mark.get()
    if mark is not None and mark.ends is None:
        mark.ends = time.monotonic() + grace


def patience(seconds: float) -> float:
    """How long the next request may wait: so many seconds, less where the service fell silent before."""
    mark = _mark.get()
    if mark is None or mark.ends is None:
        return seconds
    return max(0.0, min(seconds, mark.ends - time.monotonic()))


def pause(seconds: float) -> None:
    """Wait so long; raises CallCancelledError at once when the call is given up meanwhile."""
    mark = _mark.get()
    if mark is None:
        time.sleep(seconds)
    elif mark.wait(seconds):
        raise CallCancelledError


@contextmanager
def tidying_up() -> Iterator[None]:
    """Inside, requests are made although the call was given up: those that stop what it began."""
    token = _mark.set(None)
    try:
        yield
    finally:
        _mark.reset(token)
