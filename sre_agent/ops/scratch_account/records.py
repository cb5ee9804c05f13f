"""Records of AgentCore Memory, secrets and objects, as a restore writes them and as they are read afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sre_agent.ops.scratch_account.tables import UnknownRequestError

Params = Mapping[str, Any]


class ScratchMemory:
    def __init__(self) -> None:
        self._records: list[dict[str, Any]] = []

    def answer(self, operation: str, params: Params) -> dict[str, Any]:
        """`operation` is what follows the memory in the path. Raises UnknownRequestError."""
        if operation == "memoryRecords/batchCreate":
            return self._create(params)
        if operation == "memoryRecords":
            return self._list(params)
        raise UnknownRequestError(f"{operation} is nothing that a rehearsal does.")

    def _create(self, params: Params) -> dict[str, Any]:
        successes = []
        for one in params["records"]:
            record_id = f"mem-{len(self._records):040}"
            base = {"memoryRecordId": record_id, "memoryStrategyId": "default", "createdAt": one["timestamp"]}
            self._records.append({**base, "content": one["content"], "namespaces": one["namespaces"]})
            successes.append({"memoryRecordId": record_id, "status": "SUCCEEDED"})
        return {"successfulRecords": successes, "failedRecords": []}

    def _list(self, params: Params) -> dict[str, Any]:
        exact, path = params.get("namespace"), f"{params.get('namespacePath', '')}/"
        there = [
            one
            for one in self._records
            if (one["namespaces"] == [exact] if exact else f"{one['namespaces'][0]}/".startswith(path))
        ]
        start, most = int(params.get("nextToken") or 0), int(params["maxResults"])
        more = {"nextToken": str(start + most)} if there[start + most :] else {}
        return {"memoryRecordSummaries": there[start : start + most], **more}


class ScratchSecrets:
    def __init__(self) -> None:
        self._values: dict[str, Params] = {}

    def answer(self, operation: str, params: Params) -> dict[str, Any] | None:
        """None where there is no such secret. Raises UnknownRequestError."""
        if operation == "GetSecretValue":
            name = params["SecretId"]
            there = self._values.get(name)
            return None if there is None else {"Name": name, **there}
        if operation == "CreateSecret":
            value = {key: params[key] for key in ("SecretString", "SecretBinary") if key in params}
            self._values[params["Name"]] = value
            return {"Name": params["Name"]}
        raise UnknownRequestError(f"{operation} is nothing that a rehearsal does.")


class ScratchObjects:
    """Each in a file that is named after the digest of its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    def put(self, key: str, body: bytes) -> None:
        self._path(key).write_bytes(body)

    def get(self, key: str) -> bytes | None:
        path = self._path(key)
        return path.read_bytes() if path.exists() else None

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()
