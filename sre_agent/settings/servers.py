"""The MCP servers: which are somebody else's, which are not started, and how long one is waited for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from sre_agent.settings.area import Area

REFERENCE: Final = r"^((secret|parameter):\S+)?$"  # a token itself would be stored with each incident


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
        description="its own environment variables, besides region, credentials and kubeconfig; what is a secret best"
        " as secret:NAME, secret:NAME#FIELD or parameter:NAME: it is started anew after a rotation",
    )
    token_secret: str = Field(
        "", pattern=REFERENCE, description="bearer token to send to its url, in the same form; empty: none"
    )

    @model_validator(mode="after")
    def _reachable(self) -> ForeignServer:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either a command or a url")
        if self.token_secret and not self.url:
            raise ValueError("token_secret goes with a url; a command is told its token by environment")
        return self


class RemoteServer(Area):
    """One of our servers that runs elsewhere, as a deployment of its own or behind an AgentCore Gateway."""

    url: str = Field(description="its streamable HTTP endpoint, e.g. https://tools.example.com/mcp; no secret in it")
    token_file: Path | None = Field(
        None, description="file with the bearer token to send, read for each request; its first line counts; none: none"
    )
    token_secret: str = Field(
        "",
        pattern=REFERENCE,
        description="the same as secret:NAME, secret:NAME#FIELD or parameter:NAME; read again where it is refused;"
        " empty: none",
    )
    sign_requests: bool = Field(
        False, description="sign requests with AWS credentials (SigV4), as a Gateway with IAM authorization asks for"
    )
    gateway_target: str = Field(
        "", description="the target's name in an AgentCore Gateway, where tools are called TARGET___TOOL; empty: none"
    )
    plain_http_is_trusted: bool = Field(
        False, description="send the token over http:// beyond loopback; only where a mesh or tunnel encrypts it"
    )

    @field_validator("token_file")
    @classmethod
    def _from_anywhere(cls, value: Path | None) -> Path | None:
        """An incident keeps it, and may be resumed from another folder."""
        return value.absolute() if value is not None else None

    @model_validator(mode="after")
    def _safe(self) -> RemoteServer:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("the url has to be http(s)://HOST[:PORT]/PATH, without user, password or query")
        if sum([self.token_file is not None, bool(self.token_secret), self.sign_requests]) > 1:
            raise ValueError("give one of token_file, token_secret and sign_requests")
        is_local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if parts.scheme == "http" and not is_local and not self.plain_http_is_trusted:
            raise ValueError("over http:// what is read and any token could be read on the way; use https://")
        return self


class ServerSettings(Area):
    remote_servers: dict[str, RemoteServer] = Field(
        default_factory=dict,
        description="our servers that run as deployments of their own and only read, by name; none: started here",
    )
    remote_writers: dict[str, RemoteServer] = Field(
        default_factory=dict,
        description="the same that write (--writes), with another token than the ones that read; none: started here",
    )
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

    @field_validator("foreign_servers", "left_out", "remote_servers", "remote_writers", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable they are JSON."""
        return json.loads(value) if isinstance(value, str) else value
