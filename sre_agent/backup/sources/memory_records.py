"""Past incidents in a memory of Amazon Bedrock AgentCore, record by record, in the namespaces that they have there.

A memory may outlive the tables beside it, and what is remembered of an incident that has ended changes seldom: what is
there already stays, so it is no obstacle, and a restore that was interrupted goes on with what is missing.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.manifest import BackupPart, PartKind
from sre_agent.backup.sources import PartFile
from sre_agent.errors import BadInputError, TemporaryError
from sre_agent.past_incidents.agentcore_memory import PAGE, ROOT, SERVICE
from sre_agent.settings import StateAccess

PART: Final = "memory.jsonl.gz"
LEVEL: Final = 1
Record = dict[str, Any]


class MemoryRecordSource:
    """`sre_agent.backup.sources.BackupSource`."""

    kind: PartKind = "memory"

    def __init__(self, access: StateAccess, services: AwsServices) -> None:
        self._memory, self._services = access.memory_id, services

    def takes(self, part: BackupPart) -> bool:
        return True

    def write(self, scratch: Path) -> Iterator[PartFile]:
        newest = self._by_namespace()
        path = scratch / PART
        with gzip.open(path, "wt", compresslevel=LEVEL, encoding="utf-8") as file:
            for namespace, one in sorted(newest.items()):
                at = one.get("timestamp") or one["createdAt"]
                line = {"namespace": namespace, "text": one["content"]["text"], "at": at.astimezone(UTC).isoformat()}
                file.write(f"{json.dumps(line, ensure_ascii=False)}\n")
        yield PartFile(path, {"memory_records": len(newest)})

    def obstacles(self) -> list[str]:
        return []

    def restore(self, part: BackupPart, file: Path) -> None:
        there = self._by_namespace()
        missing = (one for one in read_records(file) if one["namespace"] not in there)
        while batch := list(islice(missing, PAGE)):
            self._create(batch)

    def _create(self, batch: Iterable[Record]) -> None:
        records = [
            {
                "requestIdentifier": str(number),
                "namespaces": [one["namespace"]],
                "content": {"text": one["text"]},
                "timestamp": datetime.fromisoformat(one["at"]),
            }
            for number, one in enumerate(batch)
        ]
        answer = self._services.ask(SERVICE, "batch_create_memory_records", memoryId=self._memory, records=records)
        if failures := answer["failedRecords"]:
            why = failures[0].get("errorMessage", "no reason is given")
            raise TemporaryError(f"AgentCore Memory did not keep {len(failures)} records: {why} Restore again.")

    def _by_namespace(self) -> dict[str, Record]:
        """The newest record of each: a changed incident is written anew before its old records go."""
        newest: dict[str, Record] = {}
        for one in self._records():
            (namespace,) = one["namespaces"]
            if namespace not in newest or newest[namespace]["createdAt"] <= one["createdAt"]:
                newest[namespace] = one
        return newest

    def _records(self) -> Iterator[Record]:
        request: dict[str, Any] = {"memoryId": self._memory, "namespacePath": ROOT, "maxResults": PAGE}
        while True:
            answer = self._services.ask(SERVICE, "list_memory_records", **request)
            yield from answer["memoryRecordSummaries"]
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]


def read_records(file: Path) -> Iterator[Record]:
    """`{"namespace", "text", "at"}` each. Raises BadInputError for a namespace that is not one of past incidents."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if not str(record["namespace"]).startswith(f"{ROOT}/"):
                raise BadInputError(f"{PART} holds {record['namespace']!r}, which no backup of this product does.")
            yield record
