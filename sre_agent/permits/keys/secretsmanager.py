"""The permit key as a secret of AWS Secrets Manager: read for each permit, so that a rotation counts at once.

The secret is there already, without a value or with the 32 bytes of an Ed25519 key; the first process that signs gives
it one. Who rotates it writes a new version, which becomes AWSCURRENT.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from functools import partial
from typing import Final

from mcp_servers.contract.permit_keys import PermitKeySet
from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import code_of
from sre_agent.errors import PermanentError, SettingsError
from sre_agent.permits.keys import NextKey
from sre_agent.permits.keys.published import PublishedKeys
from sre_agent.settings import StateAccess
from sre_agent.signing import SigningKey, fresh_key

NO_VALUE: Final = "ResourceNotFoundException"
WRITTEN: Final = "ResourceExistsException"  # there is a version of this token, and it holds something else


class SecretKey:
    """`sre_agent.permits.keys.KeyHolder`."""

    is_local = False

    def __init__(self, services: AwsServices, settings: StateAccess) -> None:
        self._services, self._secret = services, settings.permit_secret
        self._public_set = PublishedKeys(services, settings.used_permits_table)
        self.address = settings.table_of_permits

    def active(self) -> SigningKey:
        raw = self._read()
        if raw is None:
            self._write(fresh_key(), first=True)  # where another process was first, its key counts
            raw = self._read()
        try:
            return SigningKey.of(raw or b"")
        except ValueError as problem:
            raise SettingsError(f"The secret {self._secret} is no Ed25519 key of 32 bytes.") from problem

    def prepare(self) -> NextKey:
        raw = fresh_key()
        return NextKey(SigningKey.of(raw).public, partial(self._write, raw, first=False))

    def keys(self) -> PermitKeySet:
        return self._public_set.read()[0]

    def change(self, edit: Callable[[PermitKeySet], PermitKeySet]) -> PermitKeySet:
        return self._public_set.change(edit)

    def _read(self) -> bytes | None:
        """None where the secret is there and has no value yet."""
        try:
            answer = self._services.ask("secretsmanager", "get_secret_value", SecretId=self._secret)
        except SettingsError as problem:
            if code_of(problem) != NO_VALUE:
                raise
            self._services.ask("secretsmanager", "describe_secret", SecretId=self._secret)  # raises where it is not
            return None
        raw: bytes | None = answer.get("SecretBinary")
        if raw is None:
            raise SettingsError(f"The secret {self._secret} holds text, and a permit key is 32 bytes.")
        return raw

    def _write(self, raw: bytes, *, first: bool) -> None:
        """The same token for every first value: of two processes at a time the second is refused."""
        token = str(uuid.UUID(bytes=hashlib.sha256(self._secret.encode()).digest()[:16])) if first else None
        params = {"ClientRequestToken": token} if token else {}
        try:
            self._services.ask("secretsmanager", "put_secret_value", SecretId=self._secret, SecretBinary=raw, **params)
        except PermanentError as problem:
            if not first or code_of(problem) != WRITTEN:
                raise


def from_settings(settings: StateAccess) -> SecretKey:
    return SecretKey(AwsServices(settings), settings)
