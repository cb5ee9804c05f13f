"""What DynamoDB would bill for requests to moto: units by the sizes of the items; moto's own figures are made up.

A read unit is 4 kB read consistently, of every item that a query looks at; a write unit is 1 kB written, twice that in
a transaction, and once more for each copy in the index that is written or taken away.
"""

from __future__ import annotations

import copy
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

READ, WRITE = 4096, 1024  # bytes of a unit
RECORD: Final = "record"
WRITES: Final = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
Row = Mapping[str, Any]


class ConsumedUnits:
    """A WSGI application before moto; `units` are those of all requests until now, by `read` and `write`. `shared` are
    write units of partitions that incidents share: the record's, and the lists of the index."""

    def __init__(self, application: Any, region: str) -> None:
        self._application, self._region = application, region
        self.units, self.shared = Counter[str](), Counter[str]()

    def __call__(self, environ: dict[str, Any], begin: Any) -> Any:
        service, _, operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).partition(".")
        if not service.startswith("DynamoDB"):
            return self._application(environ, begin)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        request = json.loads(body)
        writes = list(_writes(operation, request))
        before = [self._row(write) for _, write in writes]
        answer = list(self._application(environ, begin))
        self.units["read"] += sum(map(_read_units, self._rows_read(operation, request, json.loads(b"".join(answer)))))
        factor = 2 if operation == "TransactWriteItems" else 1
        for (_, write), old in zip(writes, before, strict=True):
            self._add_write(old, self._row(write), factor)
        return answer

    def _add_write(self, old: Row | None, new: Row | None, factor: int) -> None:
        amount = max(1, math.ceil(max(_size(old), _size(new)) / WRITE))
        self.units["write"] += amount * factor
        partition = str((new or old or {}).get("pk", {}).get("S", ""))
        if partition.partition("#")[0] == RECORD:
            self.shared[RECORD] += amount * factor
        for list_ in _index_writes(old, new):
            self.units["write"] += amount
            self.shared[f"list {list_}"] += amount

    def _rows_read(self, operation: str, request: dict[str, Any], answer: dict[str, Any]) -> Iterator[list[Row]]:
        if operation == "GetItem":
            yield [answer.get("Item", {})]
        elif operation == "BatchGetItem":
            yield from ([row] for rows in answer.get("Responses", {}).values() for row in rows)
        elif operation == "Query":
            yield answer.get("Items", []) if "IndexName" in request else self._examined(request, answer)

    def _examined(self, request: dict[str, Any], answer: dict[str, Any]) -> list[Row]:
        """What a query looked at before its filter; without bounds that are named as ours, what it returned."""
        bounds = request.get("ExpressionAttributeValues", {})
        if not {":pk", ":low", ":high"} <= bounds.keys():
            return list(answer.get("Items", []))
        low, high = bounds[":low"]["S"], bounds[":high"]["S"]
        partition: Any = self._tables()[request["TableName"]].items.get(DynamoType(bounds[":pk"]), {})
        return [row.to_json()["Attributes"] for key, row in partition.items() if low <= key.value <= high]

    def _row(self, write: dict[str, Any]) -> Row | None:
        table = self._tables()[write["TableName"]]
        key = write.get("Key") or write["Item"]
        place = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
        row = table.get_item(DynamoType(key[table.hash_key_attr]), place)
        return None if row is None else copy.deepcopy(row.to_json()["Attributes"])

    def _tables(self) -> Any:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][self._region].tables


def _writes(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if operation in WRITES:
        yield WRITES[operation], request
    for part in request.get("TransactItems", []):
        yield from part.items()
    for table, parts in request.get("RequestItems", {}).items() if operation == "BatchWriteItem" else ():
        for part in parts:
            for action, write in part.items():
                yield action, {"TableName": table, **write}


def _read_units(rows: list[Row]) -> int:
    return max(1, math.ceil(sum(map(_size, rows)) / READ))


def _index_writes(old: Row | None, new: Row | None) -> Iterator[str]:
    """The lists in which something is written: where an item stays at its place, its copy there is written once."""
    places = [(row["list"]["S"], row["place"]) if row and "list" in row else None for row in (old, new)]
    if old != new:
        yield from (place[0] for place in dict.fromkeys(map(_hashable, places)) if place)


def _hashable(place: tuple[str, Any] | None) -> tuple[str, str] | None:
    return None if place is None else (place[0], str(place[1]))


def _size(row: Row | None) -> int:
    """In bytes, about as DynamoDB counts them: names and values, binary ones without their encoding."""
    return sum(len(name) + _value_size(value) for name, value in (row or {}).items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if isinstance(content, bytes):
        return len(content)
    return len(content) * 3 // 4 if kind == "B" else len(str(content).encode())
