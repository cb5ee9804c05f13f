"""What Systems Manager keeps about one world between requests: previews, OpsItems, pings, and the way to other APIs.

Documents and executions are kept by the modules that make them.

The state lives beside the world and ends with it, so the world stays free of the services that read it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World

Call = Callable[[str, str, dict[str, Any]], dict[str, Any]]  # service, API name, parameters -> plain result


@dataclass
class ExecutionPreview:
    """One execution preview; it is computed at once but answers `InProgress` until `ready_at`."""

    id: str
    ready_at: float
    counts: dict[str, int]


@dataclass
class SsmState:
    """Previews by id; OpsItems by id in the API's own shape; `pings` is when the agent of an instance reported last."""

    previews: dict[str, ExecutionPreview] = field(default_factory=dict)
    ops_items: dict[str, dict[str, Any]] = field(default_factory=dict)
    pings: dict[str, float] = field(default_factory=dict)
    call: Call | None = None


_states = PerWorld(SsmState)


def of(world: World) -> SsmState:
    """The state that belongs to this world, made on first use."""
    return _states.of(world)
