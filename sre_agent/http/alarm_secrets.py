"""The secrets of alarm sources that are named by reference: after a rotation the new one counts within seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sre_agent.aws_services.secrets import AGAIN_SECONDS, KEPT_SECONDS, SecretReader, is_reference
from sre_agent.errors import SettingsError
from sre_agent.http.alarm_sources import SHORTEST, AlarmSource

TOO_SHORT: Final = "The secret {reference} of an alarm source is too short: at least {shortest} characters."


class AlarmSecrets:
    def __init__(self, secrets: SecretReader) -> None:
        self._secrets = secrets

    async def prove(self, source: AlarmSource, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """As `AlarmSource.is_proven`. A delivery that does not prove itself may be made with a newer secret: then that
        is read again, every few seconds. Raises SettingsError, and TemporaryError where it was never read."""
        if not any(map(is_reference, source.secret)):
            return source.is_proven(headers, body, now)
        if (await self._plain(source, KEPT_SECONDS)).is_proven(headers, body, now):
            return True
        return (await self._plain(source, AGAIN_SECONDS)).is_proven(headers, body, now)

    async def _plain(self, source: AlarmSource, age: float) -> AlarmSource:
        secrets = []
        for text in source.secret:
            secrets.append(secret := (await self._secrets.current(text, younger_than=age)).strip())
            if len(secret) < SHORTEST:
                raise SettingsError(TOO_SHORT.format(reference=text, shortest=SHORTEST))
        return source.model_copy(update={"secret": tuple(secrets)})
