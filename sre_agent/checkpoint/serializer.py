"""What a checkpoint row may hold: plain data and four kinds of objects. Everything else is refused, never built.

LangGraph's own serializer imports the module that a row names and calls what it finds there, so that who can write a
row can run code. This one looks a name up in a closed table and imports nothing. The bytes are those of LangGraph's
serializer, so that either reads what the other wrote of these types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

import ormsgpack
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Interrupt, Send

from sre_agent.errors import CheckpointError

POSITIONAL: Final = 1  # LangGraph's codes: (module, name, arguments)
KEYWORDS: Final = 2  # (module, name, fields)
PYDANTIC: Final = 5  # (module, name, fields, "model_validate_json")
NULL: Final = "null"
PACKED: Final = "msgpack"
_READ: Final = ormsgpack.OPT_NON_STR_KEYS
_WRITTEN: Final = (
    ormsgpack.OPT_NON_STR_KEYS
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_UUID
    | ormsgpack.OPT_REPLACE_SURROGATES
)


class ClosedSerializer:
    """The contract is langgraph's `SerializerProtocol`. Reading raises CheckpointError, writing TypeError."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        return (NULL, b"") if obj is None else (PACKED, ormsgpack.packb(obj, default=_encode, option=_WRITTEN))

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        kind, body = data
        if kind == NULL:
            return None
        if kind != PACKED:
            raise CheckpointError(f"it holds a value of the kind {kind!r}, and no run writes any but {PACKED}")
        return _unpack(body, _decode)


def _unpack(body: Any, make: Callable[[int, bytes], Any]) -> Any:
    refused: list[CheckpointError] = []

    def hook(code: int, payload: bytes) -> Any:
        try:
            return make(code, payload)
        except CheckpointError as problem:
            refused.append(problem)  # ormsgpack forgets why a hook failed
            raise

    try:
        return ormsgpack.unpackb(body, ext_hook=hook, option=_READ)
    except (ValueError, TypeError, RecursionError, CheckpointError) as problem:
        if refused:
            raise refused[0] from None
        raise CheckpointError(f"it holds a value that is not msgpack: {problem}") from problem


def _encode(obj: Any) -> ormsgpack.Ext | str:
    kind = type(obj)
    if kind is Send and obj.timeout is None:
        return _ext(POSITIONAL, kind, (obj.node, obj.arg))
    if kind is Interrupt:
        fields = {"value": obj.value, "id": obj.id, "response_schema": obj.response_schema}
        return _ext(KEYWORDS, kind, fields)
    if kind is AIMessage or kind is HumanMessage:
        return _ext(PYDANTIC, kind, obj.model_dump(), "model_validate_json")
    if isinstance(obj, BaseException):
        return repr(obj)  # why a task failed, for whoever reads the row
    raise TypeError(f"A checkpoint holds plain data; {kind.__module__}.{kind.__qualname__} is none.")


def _ext(code: int, kind: type, *rest: Any) -> ormsgpack.Ext:
    fields = (kind.__module__, kind.__name__, *rest)
    return ormsgpack.Ext(code, ormsgpack.packb(fields, option=_WRITTEN))


def _decode(code: int, body: bytes) -> Any:
    """The object of an extension; what stands inside it is plain data."""
    fields = _unpack(body, _refuse)
    if not isinstance(fields, list) or len(fields) < 3 or not all(isinstance(part, str) for part in fields[:2]):
        raise CheckpointError(f"it holds an object of the kind {code}, and no run writes one of that form")
    module, name, value = fields[:3]
    make = _KNOWN.get((code, module, name))
    if make is None:
        raise CheckpointError(f"it names {module}.{name}, and no run writes that")
    try:
        return make(value)
    except (ValueError, TypeError, KeyError) as problem:  # pydantic's ValidationError is a ValueError
        raise CheckpointError(f"it holds a {name} that cannot be one") from problem


def _refuse(code: int, body: bytes) -> NoReturn:
    raise CheckpointError(f"it holds an object of the kind {code} inside another, and no run writes that")


def _send(value: Any) -> Send:
    node, argument = value
    if not isinstance(node, str):
        raise TypeError(node)
    return Send(node, argument)


def _interrupt(fields: Any) -> Interrupt[Any]:
    value, id_, schema = fields["value"], fields["id"], fields.get("response_schema")
    if not isinstance(id_, str) or not (schema is None or isinstance(schema, dict)):
        raise TypeError(id_)
    return Interrupt(value=value, id=id_, response_schema=schema)


_KNOWN: Final[dict[tuple[int, str, str], Callable[[Any], Any]]] = {
    (POSITIONAL, Send.__module__, Send.__name__): _send,
    (KEYWORDS, Interrupt.__module__, Interrupt.__name__): _interrupt,
    (PYDANTIC, AIMessage.__module__, AIMessage.__name__): AIMessage.model_validate,
    (PYDANTIC, HumanMessage.__module__, HumanMessage.__name__): HumanMessage.model_validate,
}
