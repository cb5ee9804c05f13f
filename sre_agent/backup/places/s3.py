"""Backups below a prefix of a bucket. The manifest is put last and deleted first."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.manifest import FILE
from sre_agent.backup.places import NAME, S3
from sre_agent.errors import BadInputError, PermanentError, SettingsError

AT_ONCE: Final = 1000  # keys that one DeleteObjects takes


class S3Place:
    """`sre_agent.backup.places.BackupPlace`. `kms_key` encrypts the objects; empty: the bucket's own default."""

    def __init__(self, services: AwsServices, address: str, *, kms_key: str = "") -> None:
        self._services, self._kms_key = services, kms_key
        self._bucket, _, prefix = address.removeprefix(S3).partition("/")
        if not self._bucket:
            raise SettingsError(f"{address} names no bucket: s3://BUCKET/PREFIX.")
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._scratch: dict[str, tempfile.TemporaryDirectory[str]] = {}

    @property
    def address(self) -> str:
        return f"{S3}{self._bucket}/{self._prefix}".rstrip("/")

    def backups(self) -> list[str]:
        return sorted(name for name, is_whole in self._names().items() if is_whole)

    def scratch(self, name: str) -> Path:
        self._scratch[name] = tempfile.TemporaryDirectory(prefix="sre-agent-backup-")
        return Path(self._scratch[name].name)

    def keep(self, name: str, part: Path) -> None:
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._kms_key} if self._kms_key else {}
        with part.open("rb") as file:
            self._services.transfer("upload_fileobj", file, self._bucket, self._key(name, part.name), encryption)
        part.unlink()

    def publish(self, name: str, manifest: str) -> None:
        self._services.ask("s3", "put_object", Bucket=self._bucket, Key=self._key(name, FILE), Body=manifest.encode())
        self._scratch.pop(name).cleanup()

    def abandon(self, name: str) -> None:
        if name in self._scratch:
            self._scratch.pop(name).cleanup()
        self.remove(name)

    def manifest(self, name: str) -> str:
        if name not in self.backups():
            raise BadInputError(f"There is no whole backup {name} in {self.address}.")
        answer = self._services.ask("s3", "get_object", Bucket=self._bucket, Key=self._key(name, FILE))
        text: bytes = answer["Body"].read()
        return text.decode()

    def fetch(self, name: str, part: str, scratch: Path) -> Path:
        key, path = self._key(name, part), scratch / part
        if not any(key == one for one in self._keys(key)):
            raise BadInputError(f"The part {part} of {name} is missing in {self.address}.")
        with path.open("wb") as file:
            self._services.transfer("download_fileobj", self._bucket, key, file)
        return path

    def remove(self, name: str) -> None:
        manifest = self._key(name, FILE)
        self._delete([manifest])
        keys = [key for key in self._keys(self._key(name, "")) if key != manifest]
        for start in range(0, len(keys), AT_ONCE):
            self._delete(keys[start : start + AT_ONCE])

    def interrupted(self) -> list[str]:
        return sorted(name for name, is_whole in self._names().items() if not is_whole)

    def _names(self) -> dict[str, bool]:
        """Every backup, and whether it has its manifest."""
        names: dict[str, bool] = {}
        for key in self._keys(f"{self._prefix}backup-"):
            name, _, part = key.removeprefix(self._prefix).partition("/")
            if NAME.fullmatch(name):
                names[name] = names.get(name, False) or part == FILE
        return names

    def _keys(self, prefix: str) -> Iterator[str]:
        for page in self._services.pages("s3", "list_objects_v2", Bucket=self._bucket, Prefix=prefix):
            yield from (str(one["Key"]) for one in page.get("Contents", []))

    def _delete(self, keys: list[str]) -> None:
        objects = {"Objects": [{"Key": key} for key in keys]}
        answer = self._services.ask("s3", "delete_objects", Bucket=self._bucket, Delete=objects)
        if failures := answer.get("Errors"):
            raise PermanentError(f"{len(failures)} objects in {self.address} were not deleted: {failures[0]['Code']}.")

    def _key(self, name: str, part: str) -> str:
        return f"{self._prefix}{name}/{part}"
