"""Where a process keeps incidents and what belongs to them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class StateSettings(Area):
    state_dir: Path = Field(
        Path(".sre-agent"),
        description="folder for incidents, checkpoints, reports and the permit key; below the working directory, so"
        " that each checkout or deployment has its own; only its user may have write access to it, its files and the"
        " folders above it (0700 and 0600), because it names commands to start",
    )
    state_dir_trusted: bool = Field(
        False,
        description="use the state folder without checking who else can write to it; for a container volume that"
        " belongs to root or to a group (emptyDir, fsGroup) and that no other workload mounts; off, because whoever can"
        " write to the folder can have commands run",
    )
    store: str = Field("sqlite", description="backend for incidents and evidence")
    past_incidents: str = Field(
        "store", description="where past incidents are remembered: store, or agentcore_memory (with memory_id)"
    )
    queue: str = Field("sqlite", description="backend for the message queue")
    checkpoint: str = Field("sqlite", description="backend for the graph's checkpoints")
    permit_keys: str = Field("folder", description="where the keys are that permits are signed with")
    used_permits: str = Field("sqlite", description="backend in which executing servers record used permits")
    lease_seconds: float = Field(60.0, gt=0, description="how long a worker that no longer responds keeps an incident")

    @property
    def is_on_this_machine(self) -> bool:
        """Whether incidents are in the state folder, and not in a service that other machines share."""
        return self.store == "sqlite"
