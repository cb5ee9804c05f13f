"""Ids of executions, steps and previews; from the world's randomness, so that a history repeats."""

from __future__ import annotations

import uuid

from sre_lab.world import World


def new_id(world: World) -> str:
    return str(uuid.UUID(int=world.random.getrandbits(128), version=4))
