"""Items and writes as DynamoDB has them on the wire, of plain values; nothing here asks it anything."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sre_agent.errors import PermanentError

Value = str | bytes | bool | int | float
Item = dict[str, Value]
Values = Mapping[str, Value]
Action = Literal["Put", "Update", "Delete", "ConditionCheck"]

NO_VALUES: Final[Values] = {}
PLAIN_SIZE: Final = 1024  # characters up to which a body is kept as it is; longer ones are compressed
LARGEST: Final = 350_000  # bytes of a compressed body; DynamoDB refuses items from 400 kB
ABSENT: Final = "attribute_not_exists(#pk)"
PRESENT: Final = "attribute_exists(#pk)"


@dataclass(frozen=True)
class ItemWrite:
    """One write, alone or as part of a transaction: the parameters as DynamoDB names them."""

    action: Action
    params: Mapping[str, Any]


def put(item: Values, condition: str = "", *, values: Values = NO_VALUES) -> ItemWrite:
    return ItemWrite("Put", {"Item": encode(item), **expressions_of(values, ConditionExpression=condition)})


def update(pk: str, sk: str, expression: str, condition: str = "", *, values: Values) -> ItemWrite:
    """`expression` and `condition` name attributes as `#name` and values as `:name`."""
    expressions = expressions_of(values, UpdateExpression=expression, ConditionExpression=condition)
    return ItemWrite("Update", {"Key": key_of(pk, sk), **expressions})


def delete(pk: str, sk: str, condition: str = "", *, values: Values = NO_VALUES) -> ItemWrite:
    return ItemWrite("Delete", {"Key": key_of(pk, sk), **expressions_of(values, ConditionExpression=condition)})


def check(pk: str, sk: str, condition: str, *, values: Values) -> ItemWrite:
    """Changes nothing; the transaction fails where the condition does not hold."""
    return ItemWrite("ConditionCheck", {"Key": key_of(pk, sk), **expressions_of(values, ConditionExpression=condition)})


def encode(item: Values) -> dict[str, Any]:
    return {name: _encode_value(value) for name, value in item.items()}


def decode(item: Mapping[str, Any]) -> Item:
    return {name: _decode_value(value) for name, value in item.items()}


def pack(body: str) -> str | bytes:
    """A body as an attribute."""
    if len(body) <= PLAIN_SIZE:
        return body
    return zlib.compress(body.encode(), 6)


def unpack(value: Value) -> str:
    return zlib.decompress(value).decode() if isinstance(value, bytes) else str(value)


def _encode_value(value: Value) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case bytes():
            if len(value) > LARGEST:
                raise PermanentError(f"{len(value)} bytes are more than an item of the store can hold ({LARGEST}).")
            return {"B": value}
    return {"N": repr(value)}


def _decode_value(value: Mapping[str, Any]) -> Value:
    ((kind, content),) = value.items()
    if kind == "N":
        return int(content) if re.fullmatch(r"-?\d+", content) else float(content)
    result: Value = content
    return result


def key_of(pk: str, sk: str) -> dict[str, Any]:
    """The key of an item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def expressions_of(values: Values, **expressions: str) -> dict[str, Any]:
    """Names are aliased one and all: many words are reserved."""
    there = {name: text for name, text in expressions.items() if text}
    names = {f"#{name}": name for text in there.values() for name in re.findall(r"#(\w+)", text)}
    return {
        **there,
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": {f":{n}": _encode_value(v) for n, v in values.items()}} if values else {}),
    }
