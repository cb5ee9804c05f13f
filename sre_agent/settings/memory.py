"""How long incidents that have ended are remembered, and how many."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class MemorySettings(Area):
    memory_days: float = Field(
        180.0, ge=0, description="days for which an incident is remembered after its end; 0: nothing is remembered"
    )
    memory_incidents: int = Field(5000, ge=1, description="incidents that are remembered at most; the oldest go first")
    memory_recurrence: bool = Field(
        True,
        description="make the calls first that decided an earlier incident of the same alarm, if a person graded that"
        " one right or its remedy was verified; false: every incident is investigated from the start",
    )
