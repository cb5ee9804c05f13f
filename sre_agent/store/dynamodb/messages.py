"""Messages, in the partitions of the incidents that they move.

What is alive or dead is in a list of its state too, in the order in which it is due: that tells what is overdue and how
much there is, a moment late. Which message a writer takes is decided in the partition alone. One that is done stays
for a while, so that it is known when it comes again, and then expires by itself.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sre_agent.domain.base import IncidentId
from sre_agent.domain.message import Message, MessageKind
from sre_agent.errors import BadInputError, LeaseLostError
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.contract.messages import Delivery, MessageState, QueueDepth, QueuedMessage
from sre_agent.store.dynamodb.attributes import Item, ItemWrite, Values, pack, unpack, update
from sre_agent.store.dynamodb.incidents import incident_row
from sre_agent.store.dynamodb.items import first_of, unless_there
from sre_agent.store.dynamodb.parts import BODY, Part, in_a_thread, of_incident

BEGINS: Final = "message#"  # of the sort key; the dedup follows
STATES: Final[tuple[MessageState, ...]] = ("waiting", "taken", "dead")
ALIVE: Final[tuple[MessageState, ...]] = ("waiting", "taken")
AFTER_TIME: Final = "$"  # sorts after the character that ends the time in a place
MOST_COUNTED: Final = 100_000  # messages of a state; to count more would cost more than their number tells
KNOWN_SECONDS: Final = 7 * 86400  # for which a message that is done is still known


class MessageItems(Part):
    @in_a_thread
    def add_message(self, message: Message) -> bool:
        item: Item = {
            **{"pk": of_incident(message.incident), "sk": BEGINS + message.dedup, "dedup": message.dedup},
            **{"kind": message.kind, "epoch": 0, "times": 0, "why": "", BODY: pack(message.model_dump_json())},
            **_standing(message, "waiting", message.not_before),
        }
        return first_of(self.items, item) is None

    @in_a_thread
    def take_message(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> Delivery | None:
        def attempt() -> Delivery | None:
            current = incident_row(self.items, incident)["epoch"]
            if current != epoch:
                raise LeaseLostError(
                    f"Incident {incident} has a later writer (epoch {int(current)}, this one: {epoch})."
                )
            present = sortable(now)
            due = [one for one in self._alive(incident) if one["state"] == "taken" or str(one["due"]) <= present]
            if not due:
                return None
            item = min(due, key=lambda one: (str(one["rank"]), str(one["place"])))
            message, times = read(Message, unpack(item[BODY])), int(item["times"]) + 1
            until = _standing(message, "taken", now + timedelta(seconds=seconds)) | {"rank": item["rank"]}
            self._change_message(item, {**until, "epoch": epoch, "times": times})
            return Delivery(message, epoch, times)

        return self.items.again(attempt)

    @in_a_thread
    def finish_message(self, delivery: Delivery) -> None:
        unless_there(self.items, _completion(delivery.message, "#epoch = :epoch", {"epoch": delivery.epoch}))

    @in_a_thread
    def postpone_message(self, delivery: Delivery, not_before: datetime, *, is_attempt: bool = True) -> None:
        times = delivery.times - (0 if is_attempt else 1)
        self._settle_message(delivery, {**_standing(delivery.message, "waiting", not_before), "times": times})

    @in_a_thread
    def bury_message(self, delivery: Delivery, why: str) -> None:
        item = self.items.get(of_incident(delivery.message.incident), BEGINS + delivery.message.dedup)
        if item is not None:
            due = datetime.fromisoformat(str(item["due"]))
            self._settle_message(delivery, {**_standing(delivery.message, "dead", due), "why": why})

    @in_a_thread
    def message(self, dedup: str) -> QueuedMessage | None:
        item = self._of_dedup(dedup, STATES)
        return None if item is None else _entry(item)

    @in_a_thread
    def messages(self, state: MessageState | None = None, *, limit: int = 200, after: str = "") -> list[QueuedMessage]:
        since = _place(after) + "\0" if after else ""
        return [_entry(one) for one in islice(self._by_due((state,) if state else STATES, since=since), limit)]

    @in_a_thread
    def next_message(self, incident: IncidentId | None = None) -> QueuedMessage | None:
        candidates = self._by_due(ALIVE, most=1) if incident is None else self._alive(incident)
        item = min(candidates, key=lambda one: str(one["place"]), default=None)
        return None if item is None else _entry(item)

    @in_a_thread
    def overdue_messages(self, before: datetime, *, limit: int = 1000) -> list[QueuedMessage]:
        first: dict[str, Item] = {}
        for item in self._by_due(ALIVE, before=sortable(before) + AFTER_TIME, page=limit):
            first.setdefault(str(item["pk"]), item)
            if len(first) == limit:
                break
        return [_entry(item) for item in first.values()]

    @in_a_thread
    def redrive_message(self, dedup: str, now: datetime) -> bool:
        item = self._of_dedup(dedup, ("dead",))
        return item is not None and self._revive(item, now)

    @in_a_thread
    def drop_message(self, dedup: str) -> bool:
        item = self._of_dedup(dedup, ("waiting", "dead"))
        if item is None:
            return False
        return unless_there(
            self.items, _completion(read(Message, unpack(item[BODY])), "#state = :state", {"state": item["state"]})
        )

    @in_a_thread
    def revive_messages(self, incident: IncidentId, now: datetime) -> int:
        return sum(self._revive(item, now) for item in self._alive(incident) if item["state"] == "taken")

    @in_a_thread
    def message_depth(self, now: datetime) -> QueueDepth:
        bound = sortable(now) + AFTER_TIME
        waiting, dead = _list("waiting"), _list("dead")
        due, later = (
            self.items.count(waiting, **part, most=MOST_COUNTED) for part in ({"before": bound}, {"since": bound})
        )
        first = next(self.items.in_list(waiting, before=bound, most=1), None) if due else None
        return QueueDepth(
            due,
            later,
            self.items.count(_list("taken"), most=MOST_COUNTED),
            self.items.count(dead, most=MOST_COUNTED),
            None if first is None else datetime.fromisoformat(str(first["due"])),
        )

    @in_a_thread
    def message_waits(self, incident: IncidentId, kind: MessageKind) -> bool:
        return any(item["kind"] == kind for item in self._alive(incident))

    @in_a_thread
    def has_next_step(self, incident: IncidentId) -> bool:
        items = self._of(incident, "attribute_exists(#list) AND #kind <> :notice", {"notice": "notice"})
        return any(True for _ in items)

    @in_a_thread
    def forget_messages(self, before: datetime) -> int:
        """They expire by themselves."""
        return 0

    def _alive(self, incident: str) -> Iterator[Item]:
        return self._of(incident, "#state IN (:waiting, :taken)", {"waiting": "waiting", "taken": "taken"})

    def _of(self, incident: str, only: str, values: Values) -> Iterator[Item]:
        return self.items.partition(of_incident(incident), BEGINS, only=only, values=values)

    def _by_due(
        self,
        states: Iterable[MessageState],
        *,
        since: str = "",
        before: str = "",
        most: int | None = None,
        page: int | None = None,
    ) -> Iterator[Item]:
        lists = [self.items.in_list(_list(one), since=since, before=before, most=most, page=page) for one in states]
        return heapq.merge(*lists, key=lambda item: str(item["place"]))

    def _of_dedup(self, dedup: str, states: Iterable[MessageState]) -> Item | None:
        for state in states:
            for item in self.items.in_list(_list(state), only="#dedup = :dedup", values={"dedup": dedup}):
                return item
        return None

    def _revive(self, item: Item, now: datetime) -> bool:
        standing = _standing(read(Message, unpack(item[BODY])), "waiting", now) | {"rank": sortable(now)}
        change = {**standing, "times": 0, "why": ""}
        condition = "#state = :was AND #epoch = :by"
        return unless_there(self.items, _set(item, change, condition, {"was": item["state"], "by": item["epoch"]}))

    def _change_message(self, item: Item, change: Item) -> None:
        """As long as it is as it was read. Raises ConditionFailedError."""
        condition = "#state = :was AND #due = :due_then AND #epoch = :by"
        read_values: Item = {"was": item["state"], "due_then": item["due"], "by": item["epoch"]}
        self.items.write(_set(item, change, condition, read_values))

    def _settle_message(self, delivery: Delivery, change: Item) -> None:
        key: Item = {"pk": of_incident(delivery.message.incident), "sk": BEGINS + delivery.message.dedup}
        unless_there(self.items, _set(key, change, "#epoch = :by", {"by": delivery.epoch}))


def _list(state: MessageState) -> str:
    return f"message.{state}"


def _standing(message: Message, state: MessageState, due: datetime) -> Item:
    """What says where it stands. `rank` is `due` less what it is ahead by: the order in which due ones are taken."""
    text = sortable(due)
    rank = sortable(due - timedelta(seconds=message.ahead_seconds))
    return {"state": state, "due": text, "rank": rank, "list": _list(state), "place": f"{text}#{message.dedup}"}


def _set(key: Item, change: Item, condition: str, values: Values) -> ItemWrite:
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in change)
    return update(str(key["pk"]), str(key["sk"]), expression, condition, values={**change, **values})


def _completion(message: Message, condition: str, values: Values) -> ItemWrite:
    """It leaves its list, and expires."""
    attributes: Item = {"done": "done", "expires": int(time.time()) + KNOWN_SECONDS, **values}
    expression = "SET #state = :done, #ttl = :expires REMOVE #list, #place"
    return update(of_incident(message.incident), BEGINS + message.dedup, expression, condition, values=attributes)


def _entry(item: Item) -> QueuedMessage:
    state: MessageState = item["state"]  # type: ignore[assignment]
    return QueuedMessage(
        read(Message, unpack(item[BODY])),
        state,
        datetime.fromisoformat(str(item["due"])),
        int(item["times"]),
        str(item["why"]),
        str(item["place"]),
    )


def _place(cursor: str) -> str:
    try:
        datetime.fromisoformat(cursor.partition("#")[0])
    except ValueError as problem:
        raise BadInputError(f"{cursor!r} is no cursor of the queue. Take `next` of the previous page.") from problem
    return cursor
