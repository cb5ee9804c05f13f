"""Where people hear of incidents: the contract of a channel; one file per technology beside it.

A channel is named TECHNOLOGY or TECHNOLOGY:DESTINATION, as in `slack:#sre`. What it needs to get in (a token, a key, an
address that is a secret) is the setting `notify_secrets` under that name, or under the technology alone.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Protocol

from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import SettingsError, did_you_mean
from sre_agent.notify.escalation import load_escalation
from sre_agent.settings import AwsSettings, NotificationSettings


class Channel(Protocol):
    """Raises NotifyError where people were not told."""

    @property
    def edits(self) -> bool:
        """Whether it keeps one message for an incident and changes it."""

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        """Send the notice, or put it in the place of the message that `handle` finds (empty: there is none); what finds
        it again."""


def technologies() -> list[str]:
    return sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name not in NO_TECHNOLOGY)


NO_TECHNOLOGY = ("wording", "escalation", "posting", "rotation")


def open_channel(name: str, settings: NotificationSettings, aws: AwsSettings, secret: str | None = None) -> Channel:
    """Nothing is sent by it. `secret` is that of the settings, unless it is given. Raises SettingsError, which says
    what is missing."""
    technology, _, destination = name.partition(":")
    names = technologies()
    if technology not in names:
        near = did_you_mean(technology, names)
        raise SettingsError(f"There is no way to notify {technology!r}.{near} There are: {', '.join(names)}.")
    secret = secret_of(name, settings) if secret is None else secret
    open_technology = import_module(f"sre_agent.notify.{technology}").open_channel
    channel: Channel = open_technology(destination, secret, settings, aws)
    return channel


def secret_of(name: str, settings: NotificationSettings) -> str:
    """What this channel gets in with, or a reference to it; empty where none is set."""
    return settings.notify_secrets.get(name) or settings.notify_secrets.get(name.partition(":")[0], "")


def channels(settings: NotificationSettings) -> list[str]:
    """Every channel that may be told anything. Raises SettingsError."""
    policy = load_escalation(settings.escalation)
    return list(dict.fromkeys(name for one in policy.levels for name in policy.channels(one.level, settings.notify)))


def missing(name: str, what: str) -> SettingsError:
    """The error for a channel that lacks its secret."""
    return SettingsError(f'The channel {name} needs {what}: notify_secrets = {{"{name}": "…"}}.')
