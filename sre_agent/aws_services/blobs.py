"""Bodies that are too large for an item, as objects of S3: named by their digest, and believed only if they have it.

Each belongs to an owner, an incident as a rule, and goes with it. The same body of one owner is one object, so that
writing it again, after a crash or by two workers, changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.errors import PermanentError

AT_ONCE: Final = 1000  # objects that one DeleteObjects takes, and one page of ListObjectsV2 holds


class S3Blobs:
    """Bodies in one bucket under one prefix. Raises what `AwsServices.call` raises, and PermanentError for a body that
    is not the one that was stored."""

    def __init__(self, services: AwsServices, bucket: str, *, prefix: str) -> None:
        self._services, self._bucket, self._prefix = services, bucket, prefix

    async def put(self, owner: str, body: bytes) -> str:
        """Store it; the SHA-256 in hex, by which it is read again. It is durable when this returns."""
        digest = hashlib.sha256(body)
        with suppress(ConditionFailedError):  # it is there already
            await self._services.call(
                "s3",
                "put_object",
                Bucket=self._bucket,
                Key=self._key(owner, digest.hexdigest()),
                Body=body,
                ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                IfNoneMatch="*",
            )
        return digest.hexdigest()

    async def get(self, owner: str, digest: str) -> bytes:
        key = self._key(owner, digest)
        body = await self._services.run(self._read, key)
        if hashlib.sha256(body).hexdigest() != digest:
            raise PermanentError(f"The object {key} in {self._bucket} is not what was stored: its digest is another.")
        return body

    async def delete(self, owner: str) -> None:
        """All bodies of this owner."""
        where = {"Bucket": self._bucket, "Prefix": self._key(owner, ""), "MaxKeys": AT_ONCE}
        while contents := (await self._services.call("s3", "list_objects_v2", **where)).get("Contents"):
            objects = [{"Key": one["Key"]} for one in contents]
            answer = await self._services.call("s3", "delete_objects", Bucket=self._bucket, Delete={"Objects": objects})
            if failures := answer.get("Errors"):
                why = ", ".join(sorted({str(failure.get("Code")) for failure in failures}))
                raise PermanentError(f"{len(failures)} objects of {owner} in {self._bucket} were not deleted: {why}.")

    def _read(self, key: str) -> bytes:
        body: bytes = self._services.ask("s3", "get_object", Bucket=self._bucket, Key=key)["Body"].read()
        return body

    def _key(self, owner: str, digest: str) -> str:
        return f"{self._prefix}/{quote(owner, safe='')}/{digest}"
