"""The keys that permits and the record are signed with, as one encrypted part. A key of KMS never leaves it: of that
one only the name is in the settings."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mcp_servers.contract import private_files
from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import code_of
from sre_agent.backup.manifest import BackupPart, PartKind
from sre_agent.backup.sealing import Sealing
from sre_agent.backup.sources import PartFile
from sre_agent.errors import BadInputError, PermanentError, SettingsError
from sre_agent.settings import StateAccess

PART: Final = "keys.sealed.json"
FILES: Final = {"permit": "permit.key", "record": "record.key"}  # in the state folder
NO_VALUE: Final = "ResourceNotFoundException"
EXISTS: Final = "ResourceExistsException"


class KeySource:
    """`sre_agent.backup.sources.BackupSource`. `bound_to` is set when all other parts are known."""

    kind: PartKind = "keys"
    bound_to = b""

    def __init__(self, access: StateAccess, services: AwsServices, sealing: Sealing) -> None:
        self._folder, self._services, self._sealing = access.state_dir, services, sealing
        secrets = {"record": access.record_secret} if access.store == "dynamodb" else {}
        self._secrets = secrets | ({"permit": access.permit_secret} if access.permit_keys == "secretsmanager" else {})
        local = {"record": access.store == "sqlite", "permit": access.permit_keys == "folder"}
        self._files = {key: self._folder / name for key, name in FILES.items() if local[key]}

    def takes(self, part: BackupPart) -> bool:
        return True

    def write(self, scratch: Path) -> Iterator[PartFile]:
        keys = {key: base64.b64encode(path.read_bytes()).decode() for key, path in self._files.items() if path.exists()}
        for key, secret in self._secrets.items():
            if (value := self._secret(secret)) is not None:
                keys[key] = base64.b64encode(value).decode()
        path = scratch / PART
        private_files.write(path, self._sealing.seal(json.dumps(keys).encode(), self.bound_to))
        yield PartFile(path, {"keys": len(keys)})

    def obstacles(self) -> list[str]:
        files = [f"the key {path}" for path in self._files.values() if path.exists()]
        return files + [f"the secret {one}" for one in self._secrets.values() if self._secret(one) is not None]

    def check(self, file: Path) -> None:
        """Raises BadInputError where the keys cannot be opened, or a part was exchanged."""
        self._keys(file)

    def restore(self, part: BackupPart, file: Path) -> None:
        for key, raw in self._keys(file).items():
            if key in self._files:
                private_files.write(self._files[key], raw)
            elif key in self._secrets:
                self._give(self._secrets[key], raw, is_text=key == "record")

    def _keys(self, file: Path) -> dict[str, bytes]:
        keys = json.loads(self._sealing.unseal(file.read_bytes(), self.bound_to))
        if not isinstance(keys, dict) or not keys.keys() <= FILES.keys():
            raise BadInputError(f"{PART} holds something that is no key of this product.")
        return {key: base64.b64decode(text) for key, text in keys.items()}

    def _secret(self, name: str) -> bytes | None:
        """None where there is no secret, or none with a value."""
        try:
            answer = self._services.ask("secretsmanager", "get_secret_value", SecretId=name)
        except SettingsError as problem:
            if code_of(problem) != NO_VALUE:
                raise
            return None
        raw: bytes = answer["SecretBinary"] if "SecretBinary" in answer else base64.b64decode(answer["SecretString"])
        return raw

    def _give(self, name: str, raw: bytes, *, is_text: bool) -> None:
        """The record's key is kept as base64, the permits' as bytes."""
        value = {"SecretString": base64.b64encode(raw).decode()} if is_text else {"SecretBinary": raw}
        try:
            self._services.ask("secretsmanager", "create_secret", Name=name, **value)
        except PermanentError as problem:
            if code_of(problem) != EXISTS:
                raise
            self._services.ask("secretsmanager", "put_secret_value", SecretId=name, **value)
