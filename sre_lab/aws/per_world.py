"""What a service keeps about one world between requests, with the world and for as long as it lives.

The world does not know the services that read it, and two worlds in one process never see each other's state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sre_lab.world import World

T = TypeVar("T")


class PerWorld(Generic[T]):
    """One `T` for each world, made by `factory` on first use.

    It lies in the world's memories: what it holds may hold the world, and both go together.
    """

    def __init__(self, factory: Callable[[], T]) -> None:
        self._factory = factory

    def of(self, world: World) -> T:
        if self not in world.memories:
            world.memories[self] = self._factory()
        memory: T = world.memories[self]
        return memory
