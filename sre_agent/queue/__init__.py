"""The one queue on which everything that moves an incident waits. The contract; one file a technology beside it.

At least once: a message that was taken and neither acknowledged nor given back comes again when its time is up. The
same `dedup` is accepted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sre_agent.domain.message import Message, MessageKind

MessageState = Literal["waiting", "taken", "dead"]


@dataclass(frozen=True)
class Delivery:
    """A message in a worker's hands. `receipt` names this delivery, `times` counts deliveries, this one included."""

    message: Message
    receipt: str
    times: int


@dataclass(frozen=True)
class QueuedMessage:
    """A message as it stands on the queue: it is `due` then, was delivered `times` so often, and `why` it is dead.
    `cursor` is its place in the order, which stays when it is gone."""

    message: Message
    state: MessageState
    due: datetime
    times: int
    why: str = ""
    cursor: str = ""


@dataclass(frozen=True)
class QueueDepth:
    """How many messages are due, wait for later, are in a worker's hands, are dead; since when the oldest is due."""

    due: int
    later: int
    in_flight: int
    dead_letters: int
    oldest_due: datetime | None


class Queue(Protocol):
    async def put(self, message: Message) -> bool:
        """False when a message with this `dedup` has been accepted before."""

    async def take(self, now: datetime, seconds: float) -> Delivery | None:
        """The most urgent message that is due (see `Message.ahead_seconds`), hidden from others for `seconds`."""

    async def ack(self, delivery: Delivery) -> None:
        """Done with it for good."""

    async def give_back(self, delivery: Delivery, not_before: datetime, *, is_attempt: bool = True) -> None:
        """Deliver it again later. Not `is_attempt`: this delivery does not count, because nothing was attempted."""

    async def extend(self, delivery: Delivery, now: datetime, seconds: float) -> None: ...

    async def bury(self, delivery: Delivery, why: str) -> None:
        """Put it among the dead letters: kept, never delivered again."""

    async def messages(
        self, state: MessageState | None = None, *, limit: int = 200, after: str = ""
    ) -> list[QueuedMessage]:
        """What is on the queue, in this state or in any, in the order in which it is due; `after` the place of a
        cursor. Raises BadInputError for what is no cursor."""

    async def redrive(self, dedup: str, now: datetime) -> bool:
        """Deliver a dead letter again, with all its tries; False where there is no such dead letter."""

    async def drop(self, dedup: str) -> bool:
        """Forget a message that waits or is dead; False where there is none."""

    async def depth(self, now: datetime) -> QueueDepth: ...

    async def forget(self, before: datetime) -> int:
        """Remove what was done with before then; how many. A message that comes again after that counts anew."""

    async def next_due(self) -> datetime | None:
        """When the next waiting or hidden message is due; None when the queue is empty."""

    async def holds(self, incident: str, kind: MessageKind) -> bool:
        """Whether a message of this kind waits for the incident."""

    async def moves(self, incident: str) -> bool:
        """Whether anything but a notice waits for the incident, or is in a worker's hands, or is dead."""

    async def revive(self, incident: str, now: datetime) -> int:
        """Make hidden messages of an incident due now (their worker died), with all their tries; how many."""

    async def close(self) -> None: ...
