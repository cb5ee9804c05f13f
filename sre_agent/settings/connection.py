"""Who works for the command line: this process, a service at an address, or an agent in AgentCore Runtime."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class ConnectionSettings(Area):
    endpoint: str = Field(
        "", description="URL of an `sre-agent serve` that does the work; empty or local: this process does"
    )
    agent_runtime_arn: str = Field(
        "",
        description="ARN of an agent in Amazon Bedrock AgentCore Runtime that does the work, also read from"
        " AGENT_RUNTIME_ARN; empty: none",
    )
    agent_runtime_session: str = Field(
        "",
        pattern="^([A-Za-z0-9_-]{33,100})?$",
        description="session there, 33 to 100 letters, digits, - and _; empty: one for each user, machine and agent, so"
        " that the next command finds what this one began",
    )
