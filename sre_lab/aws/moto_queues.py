"""moto's queues, made fit for several callers at once and for thousands of messages.

moto lets two receivers have the same message, loses one that is sent while another is deleted, and reads the clock for
each message with every request. Here a request of a queue is carried out after the other; only who waits for a message
lets others pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import RLock
from typing import Any, Final

import moto.sqs.models
from moto.sqs.models import Message, Queue, SQSBackend

BETWEEN_SECONDS: Final = 0.05  # between two looks at a queue that a receiver waits for
_turn: Final = RLock()
_receive: Final = SQSBackend.receive_message


def _in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any, **options: Any) -> Any:
        with _turn:
            return method(*values, **options)

    return call


def _receive_or_wait(
    backend: SQSBackend, queue_name: str, count: int, wait_seconds_timeout: int, *rest: Any, **options: Any
) -> list[Message]:
    until = time.monotonic() + (wait_seconds_timeout or 0)
    while True:
        with _turn:
            messages: list[Message] = _receive(backend, queue_name, count, 0, *rest, **options)
        if messages or time.monotonic() >= until:
            return messages
        time.sleep(BETWEEN_SECONDS)


def _visible_messages(queue: Queue) -> list[Message]:
    now = moto.sqs.models.unix_time_millis()
    return [one for one in queue._messages if one.visible_at < now >= one.delayed_until]


def _count_of_hidden(queue: Queue) -> int:
    now = moto.sqs.models.unix_time_millis()
    return sum(one.visible_at >= now for one in queue._messages)


def _count_of_delayed(queue: Queue) -> int:
    now = moto.sqs.models.unix_time_millis()
    return sum(one.delayed_until > now for one in queue._messages)


Queue.messages = property(_visible_messages)
Queue.approximate_number_of_messages_not_visible = property(_count_of_hidden)
Queue.approximate_number_of_messages_delayed = property(_count_of_delayed)
SQSBackend.receive_message = _receive_or_wait
for _name in ("send_message", "delete_message", "change_message_visibility"):
    setattr(SQSBackend, _name, _in_turn(getattr(SQSBackend, _name)))
