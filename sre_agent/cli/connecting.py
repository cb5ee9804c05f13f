"""Which verbs can have somebody else do the work: a service at an address, or an agent in AgentCore Runtime."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent.cli.options import flag
from sre_agent.errors import WrongOptionError
from sre_agent.settings import Settings, load
from sre_agent.settings.connection import HERE

if TYPE_CHECKING:
    from sre_agent.connections.remote import RemoteConnection

Endpoint = Annotated[
    str | None, typer.Option(help=f"URL of an `sre-agent serve` that does the work; {HERE}: this process does")
]


def elsewhere(profile: str, endpoint: str | None, **options: Any) -> Settings | None:
    """The settings where somebody else does the work; None where this process does.

    `options` are the options, by their parameters, that say how this process works: raises WrongOptionError where any
    was, because nobody would follow them.
    """
    settings = load(profile, endpoint=endpoint)
    if not settings.connection.is_remote:
        return None
    local = [flag(name) for name, value in options.items() if value]
    if local:
        raise WrongOptionError(
            f"{', '.join(local)} would be for this process, but {settings.connection.place} does the work. Leave that"
            f" out, or work here: --endpoint {HERE}."
        )
    return settings


def open_elsewhere(settings: Settings) -> AbstractAsyncContextManager[RemoteConnection]:
    """The way to who does the work. Raises SettingsError."""
    from sre_agent.connections.opening import open_remote  # noqa: PLC0415 - the HTTP client

    return open_remote(settings)
