"""What a task of a run wrote, as one value: it is there whole, or it is not there.

langgraph-checkpoint-aws stores each write of a task by two requests, first a row and then what it refers to. A worker
that is killed in between leaves a part of them, which LangGraph takes for all that the task wrote: the task is not
repeated, what it did not come to write is lost, and a run that lost the name of its next step goes nowhere for ever.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Final

from langgraph.checkpoint.base import WRITES_IDX_MAP
from langgraph.checkpoint.serde.types import INTERRUPT

CHANNEL: Final = "__packed__"

Write = tuple[str, Any]
PendingWrite = tuple[str, str, Any]


def pack(writes: Sequence[Write], task: str) -> Iterator[tuple[str, list[Write]]]:
    """What to store in this order, each under the task's id that stands with it. An attempt at a task has an id of its
    own, so that nothing of it meets what is left of an attempt before.

    LangGraph's own writes stay apart, because later ones replace them: the answers to a task's earlier questions stand
    before the question that it asks now, because a question without them would be asked again.
    """
    for one in sorted((one for one in writes if one[0] in WRITES_IDX_MAP), key=lambda one: one[0] == INTERRUPT):
        yield task, [one]
    plain = [list(one) for one in writes if one[0] not in WRITES_IDX_MAP]
    if plain:
        yield f"{task}#{secrets.token_hex(8)}", [(CHANNEL, [task, plain])]


def unpack(rows: Sequence[PendingWrite]) -> list[PendingWrite]:
    """As LangGraph wants them. Of a task that was stored twice the first counts, as with its own savers."""
    pending, tasks = list[PendingWrite](), set[str]()
    for under, channel, value in rows:
        if channel != CHANNEL:
            pending.append((under, channel, value))
            continue
        task, writes = value
        if task not in tasks:
            tasks.add(task)
            pending += [(task, to, what) for to, what in writes]
    return pending
