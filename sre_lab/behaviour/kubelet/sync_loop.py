"""When the kubelet works on a pod: one sync at a time, one more if something changed meanwhile, later after failure."""

from __future__ import annotations

from collections.abc import Callable, Generator

from sre_lab.behaviour.kubelet.node import KubeletNode
from sre_lab.clock import ScheduledAction
from sre_lab.world import World

Steps = Generator[float, None, bool]  # yields the seconds that pass, returns whether all went well
RETRY_SECONDS = 10.0  # after a failed sync, and up to half of it more
REACTION_SECONDS = 0.01


class SyncLoop:
    """Runs the steps of one pod in virtual time."""

    def __init__(self, world: World, node: KubeletNode, sync: Callable[[], Steps]) -> None:
        self._world = world
        self._node = node
        self._sync = sync
        self._steps: Steps | None = None
        self._again = False
        self._closed = False
        self._twice = False
        self._halted = False  # there is no kubelet at the moment
        self._pause: ScheduledAction | None = None  # between two steps
        self._retry: ScheduledAction | None = None
        self._look: ScheduledAction | None = None

    def notice(self, *, twice: bool = False) -> None:
        """Something changed in the runtime: sync when the kubelet next looks there.

        With `twice` it syncs once more at the look after that: the readiness probe of a dead container reports too.
        """
        self._twice = self._twice or twice
        if self._look is None and not self._closed and not self._halted:
            self._look = self._world.clock.at(self._node.tick_after(self._world.clock.now()), self._on_look)

    def _on_look(self) -> None:
        self._look = None
        self.sync()
        if self._twice:
            self._twice = False
            self.notice()

    def sync_soon(self) -> None:
        self._world.clock.after(REACTION_SECONDS, self.sync)

    def sync(self) -> None:
        """Work on the pod now, or once more after the work under way."""
        if self._closed or self._halted:
            return
        if self._steps is not None:
            self._again = True
            return
        _cancel(self._retry)
        self._run(self._sync())

    def halt(self) -> None:
        """The kubelet stops: work under way is abandoned, and nothing begins until `resume`."""
        self._halted = True
        self._abandon()

    def resume(self) -> None:
        self._halted = False
        self.sync()

    def close(self, last: Steps | None = None) -> None:
        """No sync any more; the one under way is abandoned for the last steps, if there are any."""
        self._closed = True
        self._abandon()
        if last is not None:
            self._run(last)

    def _abandon(self) -> None:
        self._steps = None
        for scheduled in (self._pause, self._retry, self._look):
            _cancel(scheduled)
        self._look = None

    def _run(self, steps: Steps) -> None:
        self._steps = steps
        self._advance()

    def _advance(self) -> None:
        if self._steps is None:
            return
        steps = self._steps
        try:
            seconds = next(steps)
        except StopIteration as over:
            if self._steps is steps:  # the steps themselves may have led to the end of the work
                self._steps = None
                self._after(bool(over.value))
            return
        if self._steps is steps:
            self._pause = self._world.clock.after(seconds, self._advance)

    def _after(self, succeeded: bool) -> None:
        if self._closed:
            return
        if self._again:
            self._again = False
            self.sync_soon()
        elif not succeeded:
            delay = RETRY_SECONDS * (1 + self._world.random.random() / 2)
            self._retry = self._world.clock.at(self._node.tick_after(self._world.clock.now() + delay), self.sync)


def _cancel(scheduled: ScheduledAction | None) -> None:
    if scheduled is not None:
        scheduled.cancel()
