"""What the parts of this store have in common: the table, its threads, and how items become what they were."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sre_agent.store.contract.bodies import Stored, read
from sre_agent.store.dynamodb.attributes import Item, unpack
from sre_agent.store.dynamodb.items import Items

P = ParamSpec("P")
R = TypeVar("R")
BODY: Final = "body"  # the sort key of what is one item, and the attribute that has it as JSON


class Part:
    def __init__(self, items: Items) -> None:
        self.items = items


Some = TypeVar("Some", bound=Part)


def in_a_thread(method: Callable[Concatenate[Some, P], R]) -> Callable[Concatenate[Some, P], Coroutine[Any, Any, R]]:
    """The method runs in a thread of those that speak with AWS. What it began is finished, even if the caller is
    cancelled."""

    @wraps(method)
    async def call(self: Some, /, *values: P.args, **kwargs: P.kwargs) -> R:
        return await self.items.services.run(partial(method, self, *values, **kwargs))

    return call


def body_of(kind: type[Stored], item: Item | None) -> Stored | None:
    """What an item holds, where there is one."""
    return None if item is None else read(kind, unpack(item[BODY]))


def bodies(kind: type[Stored], items: Iterable[Item]) -> list[Stored]:
    return [read(kind, unpack(item[BODY])) for item in items]


def of_incident(incident: str) -> str:
    """The partition of an incident: all that goes when it goes."""
    return f"incident#{incident}"
