"""Which policies decide whether an action is permitted, and what limits them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from sre_agent.settings.area import Area


class PolicySettings(Area):
    policies: str = Field("default", description="shipped policy set by name, or a folder of .cedar files")
    limits: Path | None = Field(
        None, description="file of levels and limits; none: limits.yaml beside the policies, if it is there"
    )
    level: Literal["", "observe", "recommend", "approve", "autonomous"] = Field(
        "", description="level of namespaces that no rule of the limits names; empty: as the limits say, else approve"
    )
