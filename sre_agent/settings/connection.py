"""Who works for the command line: this process, a service at an address, or an agent in AgentCore Runtime."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from sre_agent.settings.area import Area

HERE: Final = "local"  # as an endpoint: this process
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")  # where nobody else can read a token


class ConnectionSettings(Area):
    endpoint: str = Field(
        "", description="URL of an `sre-agent serve` that does the work; empty or local: this process does"
    )
    endpoint_is_encrypted: bool = Field(
        False,
        description="send the token to an http:// endpoint beyond this machine too, because the way there is encrypted"
        " otherwise, by a service mesh or a VPN",
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

    @property
    def is_remote(self) -> bool:
        """Whether somebody else does the work. An endpoint wins over an agent."""
        return self.endpoint != HERE and bool(self.endpoint or self.agent_runtime_arn)

    @property
    def place(self) -> str:
        """Who else does the work, for people."""
        return self.endpoint.rstrip("/") or self.agent_runtime_arn
