"""The one table that everything of the store is in, asked item by item.

A partition (`pk`) is what is read together, such as all of one incident; `sk` orders it. The index `lists` has what is
listed over partitions: an item that carries `list` and `place` is in that list, at that place. Reads of partitions are
consistent; the index is a moment behind, so that nothing is decided by it.

Every method waits for the network, on the thread that calls it.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sre_agent.aws_services.blobs import S3Blobs
from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.store.dynamodb.attributes import (
    ABSENT,
    NO_VALUES,
    Item,
    ItemWrite,
    Value,
    Values,
    decode,
    expressions_of,
    key_of,
    put,
    update,
)

Result = TypeVar("Result")

INDEX: Final = "lists"
MOST_AT_ONCE: Final = 100  # actions of one transaction, and keys of one batch
BATCH: Final = 25  # writes of one batch
ATTEMPTS: Final = 8  # of a request that meets others, on top of what the SDK asks again by itself
FIRST_PAUSE: Final = 0.02  # seconds, doubled with each attempt; the pause is a random part of that
LONGEST_PAUSE: Final = 2.0
BUSY_BATCH: Final = 4  # as many pauses doubled, for a batch of which something is left
END: Final = "\U0010ffff"  # sorts after every character of a place


class StoreUnavailableError(TemporaryError, OSError):
    """The table did not take or give something in time; what was to be written was not, or may be asked again."""


class Items:
    """`blobs` is where bodies go that are large: None where there is no bucket for them."""

    def __init__(
        self,
        services: AwsServices,
        table: str,
        *,
        blobs: S3Blobs | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.services, self.blobs = services, blobs
        self._table, self._pause = table, pause

    def get(self, pk: str, sk: str) -> Item | None:
        item = self._ask("get_item", Key=key_of(pk, sk), ConsistentRead=True).get("Item")
        return None if item is None else decode(item)

    def get_many(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Those of these keys that are there."""
        keys_left, result = list(dict.fromkeys(keys)), {}
        while keys_left:
            request = {"Keys": [key_of(*key) for key in keys_left[:MOST_AT_ONCE]], "ConsistentRead": True}
            answer = self._whole("batch_get_item", RequestItems={self._table: request})
            left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            self._wait_for(left)
            for item in map(decode, answer["Responses"].get(self._table, [])):
                result[str(item["pk"]), str(item["sk"])] = item
            keys_left = [(key["pk"]["S"], key["sk"]["S"]) for key in left] + keys_left[MOST_AT_ONCE:]
        return result

    def partition(
        self, pk: str, begins: str = "", *, after: str = "", until: str = "", newest_first: bool = False,
        most: int | None = None, only: str = "", values: Values = NO_VALUES,
    ) -> Iterator[Item]:  # fmt: skip
        """Of one partition, in the order of `sk`: those that begin so, come after `after` and not after `until`; `only`
        is a condition on other attributes."""
        low, high = (after + "\0" if after else begins), (until or begins + END)
        key = "#pk = :pk AND #sk BETWEEN :low AND :high"
        bounds = {"pk": pk, "low": low or "\0", "high": high, **values}
        request = expressions_of(bounds, KeyConditionExpression=key, FilterExpression=only)
        yield from self._pages(request | {"ConsistentRead": True}, newest_first=newest_first, most=most)

    def in_list(
        self, list_: str, *, since: str = "", before: str = "", newest_first: bool = False, most: int | None = None,
        page: int | None = None, only: str = "", values: Values = NO_VALUES,
    ) -> Iterator[Item]:  # fmt: skip
        """Of one list, in the order of their places: from `since` on, and before `before`. `page` are so many at a
        time, for who may not want all of them."""
        key = "#list = :list AND #place BETWEEN :since AND :before"
        bounds: dict[str, Value] = {"list": list_, "since": since or "\0", "before": before or END, **values}
        request = expressions_of(bounds, KeyConditionExpression=key, FilterExpression=only) | {"IndexName": INDEX}
        request |= {"Limit": page} if page is not None else {}
        pages = self._pages(request, newest_first=newest_first, most=None if most is None else most + bool(before))
        yield from islice((item for item in pages if item["place"] != before), most)

    def count(self, list_: str, *, since: str = "", before: str = "", most: int) -> int:
        """How many stand in a list from `since` on and before `before`; where there are more than `most`, that many."""
        bounds = {"list": list_, "since": since or "\0", "before": before or END}
        request = expressions_of(bounds, KeyConditionExpression="#list = :list AND #place BETWEEN :since AND :before")
        request |= {"IndexName": INDEX, "Select": "COUNT", "Limit": most}
        total = 0
        while total < most:
            answer = self._ask("query", **request)
            total += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return min(total, most)

    def write(self, *writes: ItemWrite) -> None:
        """All of them or none, and once, however often they are sent. Raises ConditionFailedError."""
        if len(writes) > MOST_AT_ONCE:
            raise PermanentError(f"{len(writes)} items cannot be written at once; DynamoDB takes {MOST_AT_ONCE}.")
        if len(writes) == 1:
            self._write_one(writes[0])
        elif writes:
            parts = [self._part(one) for one in writes]
            self._ask_again("transact_write_items", TransactItems=parts, ClientRequestToken=secrets.token_hex(16))

    def add(self, pk: str, sk: str, name: str, amount: int) -> int:
        """Count up an attribute; its new value."""
        params = update(pk, sk, "ADD #counter :amount", values={"amount": amount}).params
        names = {"ExpressionAttributeNames": {"#counter": name}}
        answer = self._ask("update_item", **{**params, **names}, ReturnValues="UPDATED_NEW")
        return int(answer["Attributes"][name]["N"])

    def remove(self, keys: Iterable[tuple[str, str]]) -> None:
        """Whatever of these is there, in batches: for who starts over after a failure."""
        requests = [{"DeleteRequest": {"Key": key_of(*key)}} for key in dict.fromkeys(keys)]
        while requests:
            answer = self._whole("batch_write_item", RequestItems={self._table: requests[:BATCH]})
            left = answer.get("UnprocessedItems", {}).get(self._table, [])
            self._wait_for(left)
            requests = left + requests[BATCH:]

    def again(self, attempt: Callable[[], Result]) -> Result:
        """The result of a read and the write that rests on it, made again while others change what was read."""
        for number in range(ATTEMPTS * 4):
            try:
                return attempt()
            except ConditionFailedError:
                self._wait(number)
        raise StoreUnavailableError("Others change the same items of the store all the time.")

    def _write_one(self, write: ItemWrite) -> None:
        operation = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}
        if write.action == "ConditionCheck":
            raise PermanentError("A check alone changes nothing.")
        old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if "ConditionExpression" in write.params else {}
        self._ask(operation[write.action], **write.params, **old)

    def _part(self, write: ItemWrite) -> dict[str, Any]:
        old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if "ConditionExpression" in write.params else {}
        return {write.action: {"TableName": self._table, **write.params, **old}}

    def _pages(self, request: dict[str, Any], *, newest_first: bool, most: int | None) -> Iterator[Item]:
        request |= {"ScanIndexForward": not newest_first}
        if most is not None and "FilterExpression" not in request:
            request["Limit"] = most
        left = most
        while left is None or left > 0:
            answer = self._ask("query", **request)
            for item in answer["Items"][:left]:
                yield decode(item)
            left = None if left is None else left - len(answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _ask(self, operation: str, **params: Any) -> dict[str, Any]:
        return self._ask_again(operation, TableName=self._table, **params)

    def _whole(self, operation: str, **params: Any) -> dict[str, Any]:
        return self._ask_again(operation, **params)

    def _ask_again(self, operation: str, **params: Any) -> dict[str, Any]:
        for number in range(ATTEMPTS):
            try:
                return self.services.ask("dynamodb", operation, **params)
            except TemporaryError as problem:
                last = problem
                self._wait(number)
        raise StoreUnavailableError(f"The store is busy: {last}") from last

    def _wait_for(self, left: Sequence[object]) -> None:
        """Of a batch, this was not taken: the table is busy."""
        if left:
            self._wait(BUSY_BATCH)

    def _wait(self, number: int) -> None:
        self._pause(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**number)))  # noqa: S311 - no secret


def unless_there(items: Items, *writes: ItemWrite) -> bool:
    """Write; False where a condition does not hold."""
    try:
        items.write(*writes)
    except ConditionFailedError:
        return False
    return True


def first_of(items: Items, item: Item, *others: ItemWrite) -> Item | None:
    """Put an item that is not there yet, and write the others with it: None; or the one that is there, and nothing was
    written. One that this call put before, when the answer was lost on its way, is its own. Raises
    ConditionFailedError where a condition of the others does not hold."""
    token = secrets.token_hex(8)
    if unless_there(items, put({**item, "token": token}, ABSENT), *others):
        return None
    there = items.get(str(item["pk"]), str(item["sk"]))
    if there is None:
        raise ConditionFailedError("first_of")  # one of the others' conditions
    return None if there.get("token") == token else there


def chunks(all_of_them: Sequence[Result], size: int) -> Iterator[Sequence[Result]]:
    for start in range(0, len(all_of_them), size):
        yield all_of_them[start : start + size]
