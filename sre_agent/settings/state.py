"""Where a process keeps incidents and what belongs to them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class StateSettings(Area):
    state_dir: Path = Field(
        Path(".sre-agent"),
        description="folder for incidents, checkpoints, reports and the permit key; below the working directory, so"
        " that each checkout or deployment keeps its own; only its user may be able to write it, its files and the"
        " folders above it (0700 and 0600), because what it holds names commands to start",
    )
    state_dir_trusted: bool = Field(
        False,
        description="use the state folder without looking who else may write it; for a volume of a container that"
        " belongs to root or to a group (emptyDir, fsGroup) and that no other workload mounts; off, because whoever can"
        " write the folder can have commands run",
    )
    store: str = Field("sqlite", description="where incidents and evidence are kept")
    queue: str = Field("sqlite", description="where messages wait")
    checkpoint: str = Field("sqlite", description="where the graph's steps are kept")
    lease_seconds: float = Field(60.0, gt=0, description="how long a silent worker keeps an incident")
