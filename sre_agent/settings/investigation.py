"""How far an investigation goes."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class InvestigationSettings(Area):
    tool_calls: int = Field(40, ge=1, description="calls per incident before it escalates; a typical one needs 12")
    rounds: int = Field(
        6, ge=1, description="rounds of questions to the specialists; each round follows up the previous one"
    )
    past_only: bool = Field(
        False,
        description="read only what logs and metrics still hold of the time of the signal, as a backtest does; what"
        " holds now is left out",
    )
    look_back_seconds: float = Field(3600.0, gt=0, description="how far back before the signal specialists look")
