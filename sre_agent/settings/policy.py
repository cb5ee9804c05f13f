"""Which policies decide whether an action is permitted."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class PolicySettings(Area):
    policies: str = Field("default", description="shipped policy set by name, or a folder of .cedar files")
