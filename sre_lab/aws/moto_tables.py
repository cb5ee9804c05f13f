"""moto's tables, made fit for several callers at once and for many thousands of items.

moto takes a transaction back by putting a copy of the whole table back, and with it what others wrote meanwhile; and it
sorts all items of a table to find those of one partition. Here requests about tables are answered one after the other,
a transaction copies the partitions that it touches, and a query looks at the items under its key alone.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any, Final

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_lock: Final = Lock()
_writes: Final[list[tuple[str, dict[str, Any]]]] = []  # of the transaction under way; there is one at a time
_transact: Final = DynamoDBBackend.transact_write_items
_query: Final = Table.query


def turn(environ: Mapping[str, Any]) -> AbstractContextManager[object]:
    """To be held while moto answers this request: a request of DynamoDB has its turn, others need none."""
    is_of_a_table = str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith("DynamoDB")
    return _lock if is_of_a_table else nullcontext()


def _transact_in_parts(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    _writes[:] = [write for part in transact_items for write in part.items()]
    _transact(backend, transact_items)


def _copy_of_what_is_touched(table: Table, _: object) -> Table:
    """What moto puts back where a transaction fails. An update changes an item in place, a put replaces it."""
    twin = copy.copy(table)
    twin.items = copy.copy(table.items)
    for action, write in _writes:
        key = write.get("Key") or write["Item"]
        partition = DynamoType(key[table.hash_key_attr])
        if partition not in table.items:
            continue
        if table.range_key_attr is None:
            twin.items[partition] = copy.deepcopy(table.items[partition])
            continue
        if twin.items[partition] is table.items[partition]:
            twin.items[partition] = dict(table.items[partition])
        place = DynamoType(key[table.range_key_attr])
        if action == "Update" and place in twin.items[partition]:
            twin.items[partition][place] = copy.deepcopy(twin.items[partition][place])
    return twin


def _query_of_one_key(
    table: Table,
    hash_key: DynamoType | None,
    range_comparison: str | None,
    range_objs: list[DynamoType],
    limit: int,
    exclusive_start_key: dict[str, Any],
    scan_index_forward: bool,
    projection_expressions: list[list[str]] | None,
    index_name: str | None = None,
    *rest: Any,
    hash_key_conditions: list[tuple[str, DynamoType]] | None = None,
    **options: Any,
) -> Any:
    conditions = hash_key_conditions or []
    keys = [] if hash_key is None else [hash_key]
    there = _of_index(table, conditions) if index_name else _items_of(table, keys)
    twin = copy.copy(table)
    twin.items = defaultdict(dict)
    for item in there:
        if item.range_key is None:
            twin.items[item.hash_key] = item
        else:
            twin.items[item.hash_key][item.range_key] = item
    page = (limit, exclusive_start_key, scan_index_forward, projection_expressions, index_name)
    options |= {"hash_key_conditions": hash_key_conditions}
    return _query(twin, hash_key, range_comparison, range_objs, *page, *rest, **options)


def _of_index(table: Table, conditions: list[tuple[str, DynamoType]]) -> Iterable[Item]:
    items = _items_of(table, table.items)
    return [item for item in items if all(k in item.attrs and item.attrs[k] == value for k, value in conditions)]


def _items_of(table: Table, keys: Iterable[DynamoType]) -> Iterable[Item]:
    for key in keys:
        there: Any = table.items.get(key, {})
        yield from there.values() if table.has_range_key else [there] if there else ()


Table.query = _query_of_one_key
Table.__deepcopy__ = _copy_of_what_is_touched
DynamoDBBackend.transact_write_items = _transact_in_parts
