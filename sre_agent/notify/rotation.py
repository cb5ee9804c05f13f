"""A channel whose secret is named by a reference: before each notice it is the one of now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sre_agent.aws_services.secrets import SecretReader, is_reference
from sre_agent.domain.notice import IncidentNotice
from sre_agent.notify import Channel, open_channel, secret_of
from sre_agent.settings import AwsSettings, NotificationSettings


class RotatingChannel:
    """`open_with` opens the channel with a secret; it is opened anew where that has changed."""

    def __init__(self, reference: str, secrets: SecretReader, open_with: Callable[[str], Channel]) -> None:
        """Reads the secret, so that what is missing is said at once. Raises SettingsError."""
        self._reference, self._secrets, self._open_with = reference, secrets, open_with
        self._secret = secrets.value(reference)
        self._channel = open_with(self._secret)

    @property
    def edits(self) -> bool:
        return self._channel.edits

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        secret = await self._secrets.current(self._reference)
        if secret != self._secret:
            self._secret, self._channel = secret, self._open_with(secret)
        return await self._channel.tell(notice, handle)


def open_by_reference(name: str, settings: NotificationSettings, aws: AwsSettings, secrets: SecretReader) -> Channel:
    """As `open_channel`, also where the channel's secret is a reference."""
    reference = secret_of(name, settings)
    if not is_reference(reference):
        return open_channel(name, settings, aws)
    return RotatingChannel(reference, secrets, partial(open_channel, name, settings, aws))
