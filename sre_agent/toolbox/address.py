"""Where a server is. Apart from the sessions with it, so that who names a server does not load the client for it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from sre_agent.toolbox.readers.foreign_source import ForeignSource


@dataclass(frozen=True)
class ServerAddress:
    """Where a server is: a `command` to start it over stdio (with exactly this `environment`), or a `url`.

    What a started server says on standard error is appended to `log`. A server of others has a `stand_in`.
    """

    name: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    stand_in: ForeignSource | None = None
    log: Path = Path(os.devnull)
