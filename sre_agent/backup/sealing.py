"""The keys of a backup are encrypted (AES-256-GCM), under a passphrase or under a key of KMS, and bound to the digests
of all other parts: who can write where backups are can neither read the keys nor exchange a part unnoticed."""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.manifest import Seal
from sre_agent.errors import BadInputError, PermanentError, SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
LEAST_PASSPHRASE: Final = 16  # characters
COST: Final = 2**16  # n of scrypt with r = 8: 64 MB and about a quarter of a second for each guess
HIGHEST_COST: Final = 2**20  # of a backup that another version made; more would be there to use up the memory
CONTEXT: Final = {"purpose": "sre-agent-backup"}  # which CloudTrail shows, and a policy can demand
WRONG: Final = (
    "The keys of this backup cannot be opened: this is another passphrase or KMS key than the one it was made with, or"
    " a part of the backup was exchanged."
)
OTHER_SEAL: Final = (
    "The keys of this backup are sealed by {there}, and what was given is for {given}: give --passphrase-file or"
    " --kms-key accordingly."
)


@dataclass(frozen=True)
class Sealing:
    """With one of `passphrase` and `kms_key`; with neither there is nothing to seal with."""

    passphrase: str = ""
    kms_key: str = ""
    services: AwsServices | None = None

    @property
    def kind(self) -> Seal:
        if self.passphrase:
            return "passphrase"
        return "kms" if self.kms_key else "none"

    def seal(self, content: bytes, bound_to: bytes) -> bytes:
        """Raises SettingsError and TemporaryError of KMS."""
        header, key = self._new_key()
        nonce = os.urandom(NONCE_BYTES)
        body = _cipher(key).encrypt(nonce, content, bound_to)
        return json.dumps({**header, "nonce": _text(nonce), "body": _text(body)}, indent=1).encode()

    def unseal(self, text: bytes, bound_to: bytes) -> bytes:
        """Raises BadInputError where the passphrase or the key is another, or what it is bound to."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - for who has a backup alone

        try:
            fields = json.loads(text)
            key = self._key_again(fields)
            return _cipher(key).decrypt(_bytes(fields["nonce"]), _bytes(fields["body"]), bound_to)
        except (InvalidTag, KeyError, TypeError, ValueError, binascii.Error) as problem:
            raise BadInputError(WRONG) from problem

    def _new_key(self) -> tuple[dict[str, str], bytes]:
        if self.passphrase:
            salt = os.urandom(SALT_BYTES)
            header = {"seal": "passphrase", "salt": _text(salt), "cost": str(COST)}
            return header, _of_passphrase(self.passphrase, salt, COST)
        answer = self._ask("generate_data_key", KeyId=self.kms_key, KeySpec="AES_256", EncryptionContext=CONTEXT)
        return {"seal": "kms", "data_key": _text(answer["CiphertextBlob"])}, answer["Plaintext"]

    def _key_again(self, fields: dict[str, str]) -> bytes:
        """By what was given alone: a backup that could say what opens it could be sealed by anybody."""
        if fields["seal"] != self.kind:
            raise BadInputError(OTHER_SEAL.format(there=fields["seal"], given=self.kind))
        if self.passphrase:
            return _of_passphrase(self.passphrase, _bytes(fields["salt"]), min(int(fields["cost"]), HIGHEST_COST))
        blob = _bytes(fields["data_key"])
        try:
            answer = self._ask("decrypt", KeyId=self.kms_key, CiphertextBlob=blob, EncryptionContext=CONTEXT)
        except SettingsError:
            raise
        except PermanentError as problem:
            raise BadInputError(f"{WRONG} KMS says: {problem}") from problem
        return answer["Plaintext"]

    def _ask(self, operation: str, **params: object) -> dict[str, bytes]:
        if self.services is None:
            raise SettingsError("The keys of this backup are encrypted with KMS: give --kms-key.")
        return self.services.ask_in(_region_of(self.kms_key), "kms", operation, **params)


def read_passphrase(path: Path) -> str:
    """The first line of the file. Raises SettingsError where it is no passphrase."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"The passphrase file {path} cannot be read: {problem}") from problem
    passphrase = lines[0].strip() if lines else ""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise SettingsError(
            f"The passphrase in {path} has {len(passphrase)} characters; it needs {LEAST_PASSPHRASE}. Make one with:"
            f" openssl rand -base64 32 > {path}"
        )
    return passphrase


def _of_passphrase(passphrase: str, salt: bytes, cost: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415

    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)


def _region_of(key: str) -> str:
    """Of an ARN: the key may be in another region than the state, which then can be lost without it. Empty for an
    alias."""
    return key.split(":")[3] if key.startswith("arn:") else ""


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
