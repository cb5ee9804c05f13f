"""Messages that move incidents: which are due, which was delivered how often, which are dead letters.

The queue only carries "look at incident X"; what there is to do, and in which order, stands here, so that an engine
need not be asked what it holds. At least once: a message that was taken and neither finished nor postponed is taken
again by the incident's next writer. The same `dedup` is accepted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sre_agent.domain.base import IncidentId
from sre_agent.domain.message import Message, MessageKind

MessageState = Literal["waiting", "taken", "dead"]


@dataclass(frozen=True)
class Delivery:
    """A message in the hands of the writer of this epoch; `times` counts deliveries, this one included."""

    message: Message
    epoch: int
    times: int


@dataclass(frozen=True)
class QueuedMessage:
    """A message as it is kept: it is `due` then, was delivered `times` so often, and `why` it is dead. One that is
    taken is due when its lease runs out. `cursor` is its place in the order, which stays when it is gone."""

    message: Message
    state: MessageState
    due: datetime
    times: int
    why: str = ""
    cursor: str = ""


@dataclass(frozen=True)
class QueueDepth:
    """How many messages are due, wait for later, are in a worker's hands, are dead; since when the oldest is due. An
    engine may count up to a hundred thousand of each."""

    due: int
    later: int
    in_flight: int
    dead_letters: int
    oldest_due: datetime | None


class MessageStore(Protocol):
    async def add_message(self, message: Message) -> bool:
        """False when a message with this `dedup` has been accepted before."""

    async def take_message(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> Delivery | None:
        """The most urgent message of the incident that is due (see `Message.ahead_seconds`), for its present writer,
        with what a writer before left in its hands. Raises LeaseLostError where there is a later writer."""

    async def finish_message(self, delivery: Delivery) -> None:
        """Done with it for good."""

    async def postpone_message(self, delivery: Delivery, not_before: datetime, *, is_attempt: bool = True) -> None:
        """Deliver it again later. Not `is_attempt`: this delivery does not count, because nothing was attempted."""

    async def bury_message(self, delivery: Delivery, why: str) -> None:
        """Put it among the dead letters: kept, never delivered again."""

    async def message(self, dedup: str) -> QueuedMessage | None:
        """One that waits, is taken or is dead."""

    async def messages(
        self, state: MessageState | None = None, *, limit: int = 200, after: str = ""
    ) -> list[QueuedMessage]:
        """Those in this state or in any, in the order in which they are due; `after` the place of a cursor. Raises
        BadInputError for what is no cursor."""

    async def next_message(self, incident: IncidentId | None = None) -> QueuedMessage | None:
        """The one that is due first, of those that wait or are taken; of one incident or of all."""

    async def overdue_messages(self, before: datetime, *, limit: int = 1000) -> list[QueuedMessage]:
        """The oldest of those that were due before then and are not done, one for each incident."""

    async def redrive_message(self, dedup: str, now: datetime) -> bool:
        """Deliver a dead letter again, with all its tries; False where there is no such dead letter."""

    async def drop_message(self, dedup: str) -> bool:
        """Forget a message that waits or is dead; False where there is none."""

    async def revive_messages(self, incident: IncidentId, now: datetime) -> int:
        """Make what a writer of the incident has in its hands due now (its process died), with all its tries; how
        many."""

    async def message_depth(self, now: datetime) -> QueueDepth: ...

    async def message_waits(self, incident: IncidentId, kind: MessageKind) -> bool:
        """Whether a message of this kind waits or is taken."""

    async def has_next_step(self, incident: IncidentId) -> bool:
        """Whether anything but a notice waits for the incident, or is in a worker's hands, or is dead."""

    async def forget_messages(self, before: datetime) -> int:
        """Remove what was done with before then; how many. A message that comes again after that counts anew."""
