"""Amazon Bedrock AgentCore Memory: memories, and records that a caller writes itself, with a search over their words.

The service's own model checks each request. Left out: events, strategies that extract records from them, filters by
metadata, and the seconds until a new record is shown. Records come in no order that anybody may count on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import UUID

from sre_lab.aws import rest
from sre_lab.aws.agentcore_control.account import new_suffix
from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]
CONTROL: Final = "agentcore"
DATA: Final = "agentcore-memory"
PAGE: Final = 20  # where nothing is asked for
NEAREST: Final = 10
STRATEGY: Final = "default"
LEFT_OUT: Final = ("metadataFilters", "memoryStrategyId")
WORD: Final = re.compile(r"\w+")


@dataclass
class LabMemory:
    """`records` by their id, as they are shown."""

    details: dict[str, Any]
    records: dict[str, dict[str, Any]] = field(default_factory=dict)


MEMORIES: PerWorld[dict[str, LabMemory]] = PerWorld(dict)


def _create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    memories, name, now = MEMORIES.of(world), params["name"], world.clock.now()
    if any(one.details["name"] == name for one in memories.values()):
        raise AwsError("ConflictException", f"Memory with name {name} already exists.", status=409)
    memory_id = f"{name}-{new_suffix(world)}"
    details = {
        "arn": f"arn:aws:bedrock-agentcore:{world.cluster.region}:{world.cluster.account}:memory/{memory_id}",
        "id": memory_id,
        "name": name,
        "eventExpiryDuration": params["eventExpiryDuration"],
        "status": "ACTIVE",
        "createdAt": now,
        "updatedAt": now,
    }
    memories[memory_id] = LabMemory(details)
    return {"memory": details}


def _get(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"memory": _memory(world, params).details}


def _memory(world: World, params: dict[str, Any]) -> LabMemory:
    memory_id = params["memoryId"].rpartition("/")[2]
    memory = MEMORIES.of(world).get(memory_id)
    if memory is None:
        raise AwsError("ResourceNotFoundException", f"Memory not found: {memory_id}", status=404)
    return memory


def _batch_create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    records, successes = _memory(world, params).records, []
    for one in params["records"]:
        record_id = f"mem-{UUID(int=world.random.getrandbits(128), version=4)}"
        records[record_id] = {
            "memoryRecordId": record_id,
            "content": one["content"],
            "namespaces": one["namespaces"],
            "memoryStrategyId": STRATEGY,
            "createdAt": world.clock.now(),
            "timestamp": one["timestamp"],
        }
        successes.append(
            {"memoryRecordId": record_id, "status": "SUCCEEDED", "requestIdentifier": one["requestIdentifier"]}
        )
    return {"successfulRecords": successes, "failedRecords": []}


def _batch_delete(world: World, params: dict[str, Any]) -> dict[str, Any]:
    records = _memory(world, params).records
    outcome: dict[str, list[dict[str, Any]]] = {"successfulRecords": [], "failedRecords": []}
    for one in params["records"]:
        record_id = one["memoryRecordId"]
        if records.pop(record_id, None) is not None:
            outcome["successfulRecords"].append({"memoryRecordId": record_id, "status": "SUCCEEDED"})
        else:
            outcome["failedRecords"].append(
                {"memoryRecordId": record_id, "status": "FAILED", "errorCode": 404, "errorMessage": "Not found"}
            )
    return outcome


def _list(world: World, params: dict[str, Any]) -> dict[str, Any]:
    records = sorted(_within(_memory(world, params), params), key=lambda record: str(record["memoryRecordId"]))
    return _page(records, params)


def _retrieve(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The nearest come first, and however far it is, something always comes."""
    criteria = params["searchCriteria"]
    words = _words(criteria["searchQuery"])

    def score(record: dict[str, Any]) -> float:
        return len(words & _words(record["content"]["text"])) / max(len(words), 1)

    records = [{**record, "score": score(record)} for record in _within(_memory(world, params), params)]
    records.sort(key=lambda record: (-record["score"], record["memoryRecordId"]))
    return _page(records[: criteria.get("topK", NEAREST)], params)


def _within(memory: LabMemory, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of the namespace itself, or of a path and everything below it."""
    if present := [name for name in LEFT_OUT if name in params or name in params.get("searchCriteria", {})]:
        raise AwsError("ValidationException", f"The lab does not filter by {', '.join(present)}.")
    exact, path = params.get("namespace"), params.get("namespacePath")
    if (exact is None) is (path is None):
        raise AwsError("ValidationException", "Either namespace or namespacePath is required.")
    for record in memory.records.values():
        (namespace,) = record["namespaces"] or [""]
        below = path is not None and f"{namespace.rstrip('/')}/".startswith(f"{path.rstrip('/')}/")
        if namespace == exact or below:
            yield record


def _page(records: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
    start, size = int(params.get("nextToken", 0)), params.get("maxResults", PAGE)
    page: dict[str, Any] = {"memoryRecordSummaries": records[start : start + size]}
    return page | ({"nextToken": str(start + size)} if records[start + size :] else {})


def _words(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


def _serve(service: str, name: str, operation: Operation, world: World, params: dict[str, Any]) -> dict[str, Any]:
    rest.check(service, name, params)
    return operation(world, params)


def _operations(service: str, **operations: Operation) -> dict[str, Operation]:
    return {name: partial(_serve, service, name, operation) for name, operation in operations.items()}


CONTROL_OPERATIONS: Final = _operations(CONTROL, CreateMemory=_create, GetMemory=_get)
OPERATIONS: Final = _operations(
    DATA,
    BatchCreateMemoryRecords=_batch_create,
    BatchDeleteMemoryRecords=_batch_delete,
    ListMemoryRecords=_list,
    RetrieveMemoryRecords=_retrieve,
)
