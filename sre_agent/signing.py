"""Ed25519 keys in files, and signatures over typed content: what one kind of thing signs proves nothing as another."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mcp_servers.contract import private_files
from mcp_servers.contract.permit_keys import key_id
from sre_agent.errors import SettingsError


class SigningKey:
    """A private key, which never leaves this process, and what others know of it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def of(cls, raw: bytes) -> SigningKey:
        """The key of these 32 bytes. Raises ValueError."""
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    @property
    def public(self) -> str:
        """Base64 of the 32 bytes of the public key."""
        return base64.b64encode(self._raw).decode()

    @property
    def id(self) -> str:
        return key_id(self.public)

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)

    def sign_typed(self, kind: str, content: bytes) -> str:
        """Base64 of the signature over the content as one of this kind."""
        return base64.b64encode(self._key.sign(typed(kind, content))).decode()

    def has_signed(self, kind: str, content: bytes, signature: str) -> bool:
        return is_signed(kind, content, signature, self.public)


def typed(kind: str, content: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding of the kind and the content."""
    name = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(content), content)


def is_signed(kind: str, content: bytes, signature: str, public: str) -> bool:
    """Whether this key signed this content as one of this kind. What is no base64, or no key, signed nothing."""
    try:
        raw, key = base64.b64decode(signature, validate=True), base64.b64decode(public, validate=True)
        if base64.b64encode(raw).decode() != signature or base64.b64encode(key).decode() != public:
            return False  # a second spelling of the same bytes
        Ed25519PublicKey.from_public_bytes(key).verify(raw, typed(kind, content))
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def fresh_key() -> bytes:
    """The 32 bytes of a new private key."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def open_key(path: Path) -> SigningKey:
    """The key in this file, made at the first use, readable by the owner alone. Raises SettingsError."""
    if not path.exists():
        private_files.write_once(path, fresh_key())  # where another process was first, its key counts
    try:
        return SigningKey.of(path.read_bytes())
    except ValueError as problem:
        raise SettingsError(f"The key {path} is damaged: {problem} Remove it, and a new one is made.") from problem
