"""The permit key as an Ed25519 key of AWS KMS: it never leaves KMS, and every signature is in CloudTrail.

The setting names an alias. To rotate, the alias moves to a new key, by `sre-agent keys rotate` or by whoever looks
after keys; the responder notices with the next permit.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from mcp_servers.contract.permit_keys import PermitKeySet, key_id
from sre_agent.aws_services.clients import AwsServices
from sre_agent.errors import SettingsError
from sre_agent.permits.keys import NextKey
from sre_agent.permits.keys.published import PublishedKeys
from sre_agent.settings import StateAccess

ALGORITHM: Final = "ED25519_SHA_512"  # Ed25519 of RFC 8032; the other one, ED25519_PH_SHA_512, signs a digest
SPEC: Final = "ECC_NIST_EDWARDS25519"
ALIAS: Final = "alias/"


class KmsSigner:
    """One KMS key. It is named by its ARN: an alias could move between the look at the key and the signature."""

    def __init__(self, services: AwsServices, key: str) -> None:
        """Asks KMS for the public key of this key or alias. Raises SettingsError."""
        answer = services.ask("kms", "get_public_key", KeyId=key)
        loaded = load_der_public_key(answer["PublicKey"])
        if not isinstance(loaded, Ed25519PublicKey):
            raise SettingsError(f"The KMS key {key} is a {answer.get('KeySpec')} key, and permits need {SPEC}.")
        self._services, self._arn = services, str(answer["KeyId"])
        self.public = base64.b64encode(loaded.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    @property
    def id(self) -> str:
        return key_id(self.public)

    def sign(self, content: bytes) -> bytes:
        answer = self._services.ask(
            "kms", "sign", KeyId=self._arn, Message=content, MessageType="RAW", SigningAlgorithm=ALGORITHM
        )
        signature: bytes = answer["Signature"]
        return signature


class KmsKey:
    """`sre_agent.permits.keys.KeyHolder`."""

    is_local = False

    def __init__(self, services: AwsServices, settings: StateAccess) -> None:
        if not settings.permit_kms_key:
            raise SettingsError(f"permit_keys = kms needs permit_kms_key, the alias of a KMS key of type {SPEC}.")
        self._services, self._key = services, settings.permit_kms_key
        self._public_set = PublishedKeys(services, settings.used_permits_table)
        self.address = settings.table_of_permits

    def active(self) -> KmsSigner:
        return KmsSigner(self._services, self._key)

    def prepare(self) -> NextKey:
        """A new key of KMS. Raises SettingsError where the setting names a key and no alias: a key cannot be moved."""
        if not self._key.startswith(ALIAS):
            raise SettingsError(f"permit_kms_key is {self._key}: only an alias (alias/NAME) can move to a new key.")
        answer = self._services.ask("kms", "create_key", KeySpec=SPEC, KeyUsage="SIGN_VERIFY", Description="permits")
        arn = str(answer["KeyMetadata"]["Arn"])
        return NextKey(KmsSigner(self._services, arn).public, partial(self._move_alias, arn))

    def _move_alias(self, arn: str) -> None:
        self._services.ask("kms", "update_alias", AliasName=self._key, TargetKeyId=arn)

    def keys(self) -> PermitKeySet:
        return self._public_set.read()[0]

    def change(self, edit: Callable[[PermitKeySet], PermitKeySet]) -> PermitKeySet:
        return self._public_set.change(edit)


def from_settings(settings: StateAccess) -> KmsKey:
    """Raises SettingsError where no key is named."""
    return KmsKey(AwsServices(settings), settings)
