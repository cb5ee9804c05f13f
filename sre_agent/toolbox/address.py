"""Where a server is. Apart from the sessions with it, so that who names a server does not load the client for it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sre_agent.toolbox.readers.foreign_source import ForeignSource

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from sre_agent.aws_services.secrets import SecretReader


@dataclass(frozen=True)
class HttpAccess:
    """How requests to a `url` are let in: with the token in the first line of `token_file`, with the one that
    `token_secret` stands for, or signed for `region` with the AWS credentials of `profile` (both empty: those of the
    process)."""

    token_file: Path | None = None
    token_secret: str = ""
    signed: bool = False
    region: str = ""
    profile: str = ""


@dataclass(frozen=True)
class ServerAddress:
    """Where a server is: a `command` to start it over stdio (with exactly this `environment`), a `url`, or a server
    that is `here`, within this process.

    What a started server says on standard error is appended to `log`. A server of others has a `stand_in`. Each tool's
    name stands behind `tool_prefix` there. `secrets` reads what `environment` and `access` only refer to.
    """

    name: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    here: MCPServer[Any] | None = None
    access: HttpAccess = HttpAccess()
    tool_prefix: str = ""
    stand_in: ForeignSource | None = None
    secrets: SecretReader | None = None
    log: Path = Path(os.devnull)
