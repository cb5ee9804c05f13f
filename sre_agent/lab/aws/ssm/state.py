"""What Systems Manager keeps about one world between requests: documents, executions, previews, OpsItems, pings.

The state lives beside the world and ends with it, so the world stays free of the services that read it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sre_agent.lab.aws.beside import Beside
from sre_agent.lab.world import World

if TYPE_CHECKING:
    from sre_agent.lab.aws.ssm.documents import Document
    from sre_agent.lab.aws.ssm.engine import Run

Call = Callable[[str, str, dict[str, Any]], dict[str, Any]]  # service, API name, parameters -> plain result


@dataclass
class Preview:
    """One execution preview; it is computed at once but answers `InProgress` until `ready_at`."""

    id: str
    ready_at: float
    counts: dict[str, int]


@dataclass
class Ssm:
    """Documents by name, runs and previews by id; `tokens` maps a client token to a run and what was asked.

    OpsItems by id in the API's own shape; `pings` is when the agent of an instance reported last.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    previews: dict[str, Preview] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    ops_items: dict[str, dict[str, Any]] = field(default_factory=dict)
    pings: dict[str, float] = field(default_factory=dict)
    call: Call | None = None


_states = Beside(Ssm)


def of(world: World) -> Ssm:
    """The state that belongs to this world, made on first use."""
    return _states.of(world)
