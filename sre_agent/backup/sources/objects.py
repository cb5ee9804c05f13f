"""Bodies that are too large for an item, out of the bucket of the state. They are named by their digest and never
change; they are copied after the tables, so that whatever an item names is there."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import code_of
from sre_agent.backup.manifest import BackupPart, PartKind
from sre_agent.backup.sources import PartFile
from sre_agent.errors import BadInputError, SettingsError

PART: Final = "objects.tar.gz"
PREFIXES: Final = ("evidence/", "checkpoints/")
LEVEL: Final = 1


class ObjectSource:
    """`sre_agent.backup.sources.BackupSource`. Objects that are there already are the same: they are no obstacle."""

    kind: PartKind = "objects"

    def __init__(self, bucket: str, services: AwsServices) -> None:
        self._bucket, self._services = bucket, services

    def takes(self, part: BackupPart) -> bool:
        return True

    def write(self, scratch: Path) -> Iterator[PartFile]:
        path, count = scratch / PART, 0
        with tarfile.open(path, "w:gz", compresslevel=LEVEL) as archive:
            for key in self._keys():
                body = self._body(key)
                if body is None:
                    continue
                info = tarfile.TarInfo(key)
                info.size = len(body)
                archive.addfile(info, io.BytesIO(body))
                count += 1
        yield PartFile(path, {"objects": count})

    def obstacles(self) -> list[str]:
        return []

    def restore(self, part: BackupPart, file: Path) -> None:
        with tarfile.open(file, "r|gz") as archive:
            for info in archive:
                if not info.name.startswith(PREFIXES) or ".." in PurePosixPath(info.name).parts:
                    raise BadInputError(f"{PART} holds {info.name!r}, which no backup of this product does.")
                body = cast(IO[bytes], archive.extractfile(info)).read()
                self._services.ask("s3", "put_object", Bucket=self._bucket, Key=info.name, Body=body)

    def _keys(self) -> Iterator[str]:
        for prefix in PREFIXES:
            for page in self._services.pages("s3", "list_objects_v2", Bucket=self._bucket, Prefix=prefix):
                yield from (str(one["Key"]) for one in page.get("Contents", []))

    def _body(self, key: str) -> bytes | None:
        """None where retention removed it meanwhile."""
        try:
            body: bytes = self._services.ask("s3", "get_object", Bucket=self._bucket, Key=key)["Body"].read()
        except SettingsError as problem:
            if code_of(problem) == "NoSuchKey":
                return None
            raise
        return body
