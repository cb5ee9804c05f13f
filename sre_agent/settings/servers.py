"""The MCP servers: which are somebody else's, which are not started, and how long one is waited for."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field, field_validator, model_validator

from sre_agent.settings.area import Area


class ForeignServer(Area):
    """An MCP server that is not ours, in the place of one of ours; it only ever reads.

    Either a `command` that starts it over stdio or a `url` of its streamable HTTP endpoint.
    """

    reader: str = Field(description="the module in sre_agent/toolbox/readers that reads its results")
    scope: str = Field(description="what it reads: the cluster's name, or account/region")
    command: tuple[str, ...] = Field((), description="command line that starts it; empty: it is reached by url")
    url: str = Field("", description="its address; empty: it is started by command")
    environment: dict[str, str] = Field(
        default_factory=dict,
        repr=False,  # where a server is given its password
        description="its own environment variables, besides region, credentials and kubeconfig",
    )

    @model_validator(mode="after")
    def _reachable(self) -> ForeignServer:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either a command or a url")
        return self


class ServerSettings(Area):
    foreign_servers: dict[str, ForeignServer] = Field(
        default_factory=dict,
        description="third-party servers by the name of the one they replace, e.g. cloudwatch; none: the shipped ones",
    )
    left_out: dict[str, str] = Field(
        default_factory=dict,
        description="servers not to start, with the reason; none: what is reachable decides when a run begins",
    )
    call_seconds: float = Field(30.0, gt=0, description="longest wait for one tool call")
    connect_seconds: float = Field(
        60.0, gt=0, description="longest wait for a server to start; about two seconds on an idle machine"
    )
    insights_reuse_seconds: float = Field(
        300.0,
        ge=0,
        description="how long the result of a Logs Insights query is given again for the same query, log groups and"
        " window, since each is paid by the GB; a window that reaches to now is reused for 5 s at most; 0: never",
    )

    @field_validator("foreign_servers", "left_out", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable they are JSON."""
        return json.loads(value) if isinstance(value, str) else value
