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

    reader: str = Field(description="who reads its results: the name of a module in sre_agent/toolbox/readers")
    scope: str = Field(description="what it looks at: the cluster's name, or account/region")
    command: tuple[str, ...] = Field((), description="command line that starts it; empty: it is reached by url")
    url: str = Field("", description="where it listens; empty: it is started by command")
    environment: dict[str, str] = Field(
        default_factory=dict,
        repr=False,  # where a server is given its password
        description="variables of its own, beside region, credentials and kubeconfig",
    )

    @model_validator(mode="after")
    def _reachable(self) -> ForeignServer:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either a command or a url")
        return self


class ServerSettings(Area):
    foreign_servers: dict[str, ForeignServer] = Field(
        default_factory=dict,
        description="servers of others by the name of ours that they stand in for, as cloudwatch; none: all are ours",
    )
    left_out: dict[str, str] = Field(
        default_factory=dict,
        description="servers that are not started, with why; none: what is there decides when a run begins",
    )
    call_seconds: float = Field(30.0, gt=0, description="longest wait for one tool call")
    connect_seconds: float = Field(
        60.0, gt=0, description="longest wait for a server to start; two seconds where nothing else is at work"
    )

    @field_validator("foreign_servers", "left_out", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable they are JSON."""
        return json.loads(value) if isinstance(value, str) else value
