"""A controller's work queue: keys that changed and will be looked at soon.

A key that changes many times before it is looked at is looked at once. Nothing is polled: a controller that needs to
come back later (deadlines, retries) says when.
"""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.clock import ScheduledAction, VirtualClock

REACTION_SECONDS = 0.02  # from a change until its controller acts, as measured on a real control plane
FIRST_RETRY_SECONDS = 0.005
LONGEST_RETRY_SECONDS = 1000.0

Name = tuple[str, str]  # namespace, name


class WorkQueue:
    """Runs `reconcile(namespace, name)` for each key that was added, in the order of their due times."""

    def __init__(self, clock: VirtualClock, reconcile: Callable[[str, str], None]) -> None:
        self._clock = clock
        self._reconcile = reconcile
        self._due: dict[Name, ScheduledAction] = {}
        self._failures: dict[Name, int] = {}

    def add(self, namespace: str, name: str, *, delay: float = REACTION_SECONDS) -> None:
        """Look at the key after `delay` seconds, or earlier if that was planned already."""
        key = (namespace, name)
        when = self._clock.now() + delay
        action = self._due.get(key)
        if action is not None and action.at <= when:
            return
        if action is not None:
            action.cancel()
        self._due[key] = self._clock.at(when, lambda: self._run(key))

    def retry(self, namespace: str, name: str) -> None:
        """Look again after a failure, each time after twice the time."""
        key = (namespace, name)
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.add(namespace, name, delay=min(FIRST_RETRY_SECONDS * 2**failures, LONGEST_RETRY_SECONDS))

    def forget(self, namespace: str, name: str) -> None:
        """The key succeeded: the next failure starts with the shortest delay again."""
        self._failures.pop((namespace, name), None)

    def _run(self, key: Name) -> None:
        self._due.pop(key, None)
        self._reconcile(*key)
