"""Threads for clients that block, which nobody has to wait for: a process that is called off ends at once.

Those of `ThreadPoolExecutor` are joined when the process ends, for as long as a silent model keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import BoundedSemaphore, Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(Executor):
    """Each piece of work has a thread of its own; `at_once` of them are at work, and the others wait."""

    def __init__(self, at_once: int, name: str) -> None:
        self._slots, self._name = BoundedSemaphore(at_once), name

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            with self._slots:
                if not future.set_running_or_notify_cancel():
                    return
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as problem:  # noqa: BLE001 - it is the caller's, who gets it by the future
                    future.set_exception(problem)

        Thread(target=work, name=self._name, daemon=True).start()
        return future
