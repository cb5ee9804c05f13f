"""Tables of DynamoDB in one SQLite file: batches are put, items are read by key, by partition and page by page."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sre_agent.aws_services.definitions import Table

PAGE: Final = 500  # items of an answer, at most
SCHEMA: Final = """
    CREATE TABLE item (
        place TEXT, pk TEXT, sk TEXT, own TEXT, body TEXT, PRIMARY KEY (place, pk, sk, own)
    ) WITHOUT ROWID
"""
LAST: Final = "\U0010ffff"  # sorts after whatever a sort key goes on with
Params = Mapping[str, Any]


class UnknownRequestError(Exception):
    """A request that a restore or a read of what was restored never makes."""


class ScratchTables:
    """Thread-safe. A table's own items and those of each of its indexes are a place of the file; items are kept as
    JSON, as they are on the wire."""

    def __init__(self, path: Path, tables: Mapping[str, Table]) -> None:
        self._tables = {table.name: table for table in tables.values()}
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {SCHEMA}")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def answer(self, operation: str, params: Params) -> dict[str, Any]:
        """Of one operation by its name in the API. Raises UnknownRequestError."""
        match operation:
            case "BatchWriteItem":
                return self._put(params)
            case "BatchGetItem":
                return self._get_many(params)
            case "GetItem":
                item = self._item(self._table(params), params["Key"])
                return {} if item is None else {"Item": item}
            case "Scan":
                return self._page(params, self._table(params).name, "1 = 1", {}, self._table(params).keys)
            case "Query":
                return self._query(params)
        raise UnknownRequestError(f"{operation} is nothing that a rehearsal does.")

    def _put(self, params: Params) -> dict[str, Any]:
        rows = []
        for name, requests in params["RequestItems"].items():
            table = self._tables[name]
            for item in (one["PutRequest"]["Item"] for one in requests):
                body, own = json.dumps(item), "\0".join(_values(item, table.keys))
                rows.append((name, *_pair(item, table.keys), own, body))
                rows += [
                    (f"{name}/{index}", *_pair(item, keys), own, body)
                    for index, keys in table.indexes.items()
                    if all(key in item for key, _ in keys)
                ]
        with self._lock:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)", rows)
            self._db.execute("COMMIT")
        return {"UnprocessedItems": {}}

    def _get_many(self, params: Params) -> dict[str, Any]:
        answers = {
            name: [item for key in request["Keys"] if (item := self._item(self._tables[name], key)) is not None]
            for name, request in params["RequestItems"].items()
        }
        return {"Responses": answers, "UnprocessedKeys": {}}

    def _item(self, table: Table, key: Params) -> dict[str, Any] | None:
        values = (table.name, *_pair(key, table.keys))
        rows = self._rows("SELECT body FROM item WHERE place = ? AND pk = ? AND sk = ?", values)
        return json.loads(rows[0][0]) if rows else None

    def _query(self, params: Params) -> dict[str, Any]:
        if "FilterExpression" in params:
            raise UnknownRequestError("A rehearsal does not filter what it reads.")
        table, index = self._table(params), params.get("IndexName")
        keys = table.indexes[index] if index else table.keys
        values = {name: one["S"] for name, one in params["ExpressionAttributeValues"].items()}
        bounds = _bounds(params["KeyConditionExpression"], values)
        place = f"{table.name}/{index}" if index else table.name
        return self._page(params, place, "pk = :is AND sk BETWEEN :low AND :high", bounds, keys)

    def _page(
        self, params: Params, place: str, where: str, bounds: Params, keys: tuple[tuple[str, str], ...]
    ) -> dict[str, Any]:
        """In the order of the keys; the last one is named where more may follow."""
        most = min(params.get("Limit", PAGE), PAGE)
        comparison, order = (">", "ASC") if params.get("ScanIndexForward", True) else ("<", "DESC")
        after, own_keys = "", self._table(params).keys
        if start := params.get("ExclusiveStartKey"):
            (pk, sk), own = _pair(start, keys), "\0".join(_values(start, own_keys))
            after = f" AND (pk, sk, own) {comparison} (:pk, :sk, :own)"
            bounds = {**bounds, "pk": pk, "sk": sk, "own": own}
        text = (
            f"SELECT body FROM item WHERE place = :place AND {where}{after}"  # noqa: S608 - made of constants
            f" ORDER BY pk {order}, sk {order}, own {order} LIMIT :most"
        )
        rows = self._rows(text, {**bounds, "place": place, "most": most})
        items = [json.loads(body) for (body,) in rows]
        more = {}
        if len(items) == most:
            more = {"LastEvaluatedKey": {name: items[-1][name] for name, _ in (*own_keys, *keys)}}
        content = {} if params.get("Select") == "COUNT" else {"Items": items}
        return {"Count": len(items), "ScannedCount": len(items), **content, **more}

    def _rows(self, text: str, values: Any) -> list[tuple[str]]:
        with self._lock:
            return self._db.execute(text, values).fetchall()

    def _table(self, params: Params) -> Table:
        return self._tables[params["TableName"]]


def _bounds(condition: str, values: Mapping[str, str]) -> dict[str, str]:
    """The partition, and between what its sort keys lie. Raises UnknownRequestError."""
    match condition.split():
        case [_, "=", same]:
            return {"is": values[same], "low": "", "high": LAST}
        case [_, "=", same, "AND", _, "BETWEEN", low, "AND", high]:
            return {"is": values[same], "low": values[low], "high": values[high]}
        case [_, "=", same, "AND", function, begins] if function.startswith("begins_with("):
            begin = values[begins.removesuffix(")")]
            return {"is": values[same], "low": begin, "high": begin + LAST}
    raise UnknownRequestError(f"A rehearsal does not ask for {condition!r}.")


def _values(item: Params, keys: tuple[tuple[str, str], ...]) -> list[str]:
    """Of a key's attributes; all keys of ours are texts."""
    return [str(item[name]["S"]) for name, _ in keys]


def _pair(item: Params, keys: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Partition key and sort key; an empty one where a table has none."""
    values = _values(item, keys)
    return values[0], values[1] if len(values) > 1 else ""
