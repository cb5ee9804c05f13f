"""What a service keeps about one world between requests, beside the world and for as long as it lives.

The world stays free of the services that read it, and two worlds in one process never see each other's state.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from sre_agent.lab.world import World

T = TypeVar("T")


class Beside(Generic[T]):
    """One `T` for each world, made by `factory` on first use."""

    def __init__(self, factory: Callable[[], T]) -> None:
        self._factory = factory
        self._kept: dict[int, T] = {}

    def of(self, world: World) -> T:
        if id(world) not in self._kept:
            self._kept[id(world)] = self._factory()
            weakref.finalize(world, self._kept.pop, id(world), None)
        return self._kept[id(world)]
