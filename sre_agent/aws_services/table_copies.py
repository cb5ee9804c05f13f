"""All items of a DynamoDB table, page by page, and the way back in batches: for who copies whole tables.

Items are as they are on the wire (`{"name": {"S": "text"}}`); as a line of JSON, bytes are base64 under a key that no
wire format has.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.errors import TemporaryError

BATCH: Final = 25  # items that one BatchWriteItem takes
AT_ONCE: Final = 8  # batches under way
ATTEMPTS: Final = 10
FIRST_PAUSE: Final = 0.05  # seconds, doubled with each attempt
BYTES: Final = "$bytes"
WireItem = dict[str, Any]


def scan(services: AwsServices, table: str) -> Iterator[WireItem]:
    """Every item that is there all the time; one that is written meanwhile may come as it was before or after."""
    for page in services.pages("dynamodb", "scan", TableName=table, ConsistentRead=True):
        yield from page["Items"]


def partition(services: AwsServices, table: str, key: str, value: str) -> Iterator[WireItem]:
    """The items of one partition, as they are now."""
    request: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "#key = :value",
        "ExpressionAttributeNames": {"#key": key},
        "ExpressionAttributeValues": {":value": {"S": value}},
    }
    for page in services.pages("dynamodb", "query", **request):
        yield from page["Items"]


def is_empty(services: AwsServices, table: str) -> bool:
    return not services.ask("dynamodb", "scan", TableName=table, ConsistentRead=True, Limit=1)["Items"]


def write_all(services: AwsServices, table: str, items: Iterable[WireItem]) -> int:
    """Put every item, the same again where it is there; how many. No two of them have the same key."""
    source, count = iter(items), 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while batches := [batch for _ in range(AT_ONCE) if (batch := list(islice(source, BATCH)))]:
            for size in threads.map(lambda batch: _write_batch(services, table, batch), batches):
                count += size
    return count


def to_line(item: WireItem) -> str:
    return json.dumps(_plain(item), separators=(",", ":"), ensure_ascii=False)


def from_line(line: str) -> WireItem:
    item: WireItem = json.loads(line, object_hook=_wire)
    return item


def _write_batch(services: AwsServices, table: str, batch: list[WireItem]) -> int:
    requests = [{"PutRequest": {"Item": item}} for item in batch]
    for number in range(ATTEMPTS):
        answer = services.ask("dynamodb", "batch_write_item", RequestItems={table: requests})
        requests = answer.get("UnprocessedItems", {}).get(table, [])
        if not requests:
            return len(batch)
        time.sleep(FIRST_PAUSE * 2**number)
    raise TemporaryError(f"The table {table} did not take {len(requests)} items: it is busy.")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {BYTES: base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _wire(value: dict[str, Any]) -> Any:
    return base64.b64decode(value[BYTES]) if value.keys() == {BYTES} else value
