"""Whether a remedy is tried in a copy of its namespace before anybody is asked about it or it is written unattended."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sre_agent.settings.area import Area


class RehearsalSettings(Area):
    rehearsal: Literal["on", "off"] = Field(
        "on",
        description="try a remedy in a copy of its namespace before a person is asked about it, or before it is written"
        " unattended; only reads reach the live cluster",
    )
