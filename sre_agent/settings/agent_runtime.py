"""The service as the container of Amazon Bedrock AgentCore Runtime: whom it trusts, and what a session may cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sre_agent.settings.area import Area


class AgentRuntimeSettings(Area):
    runtime_role: Literal["", "viewer", "operator", "approver", "admin"] = Field(
        "",
        description="role of callers of /invocations without a token; set it only where AgentCore Runtime alone can"
        " reach the service, because their AWS credentials end there; empty: they need a token like everyone else",
    )
    runtime_session_dollars: float = Field(
        10.0,
        ge=0,
        description="what one session of AgentCore Runtime may cost, compute and models together, before it accepts"
        " nothing more and ends; compute alone costs about $2 for eight busy hours; 0: no limit",
    )
