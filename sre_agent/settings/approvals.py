"""How long people are asked for an approval, and under which name decisions are recorded."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class ApprovalSettings(Area):
    approval_seconds: float = Field(1800.0, gt=0, description="how long an approval question stays open")
    operator: str = Field("", description="name recorded for decisions made here; empty: the login name")
