"""The service's own token as a secret of AWS: after a rotation the new one counts at once, the old one for minutes."""

from __future__ import annotations

from sre_agent.aws_services.secrets import AGAIN_SECONDS, SecretReader
from sre_agent.errors import SettingsError
from sre_agent.http.tokens import Caller, OwnToken


class SecretToken:
    """`reference` names it; `shortest` is the length from which a token is hard enough to guess."""

    def __init__(self, reference: str, secrets: SecretReader, *, shortest: int) -> None:
        """Reads it, so that what is missing is said at once. Raises SettingsError."""
        self._reference, self._secrets, self._shortest = reference, secrets, shortest
        self._check(secrets.value(reference))

    async def caller(self, token: str) -> Caller | None:
        """A token that is not the known one may be newer than it: then the secret is read again, every few seconds."""
        caller = await OwnToken(self._check(await self._secrets.current(self._reference))).caller(token)
        if caller is not None:
            return caller
        newest = await self._secrets.current(self._reference, younger_than=AGAIN_SECONDS)
        return await OwnToken(self._check(newest)).caller(token)

    def _check(self, token: str) -> str:
        if len(token.strip()) < self._shortest:
            raise SettingsError(f"The token of {self._reference} is too short: at least {self._shortest} characters.")
        return token.strip()
