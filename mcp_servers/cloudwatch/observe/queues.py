"""What a queue's metrics say: more comes than is worked off, nothing is worked off, or all is well. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, median
from typing import Any, Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.levels import Point

RECENT: Final = 3  # periods that tell how a queue does now; the newest may still be incomplete
MORE: Final = 1.1  # times as many as are worked off before a queue counts as growing
OLD: Final = 60.0  # seconds that a message may wait in a queue that is well


@dataclass(frozen=True)
class QueueMetrics:
    """The series of one queue in steps of `period` seconds, counters complete with zeros."""

    subject: Subject
    period: int
    waiting: Sequence[Point]
    oldest: Sequence[Point]
    sent: Sequence[Point]
    received: Sequence[Point]
    deleted: Sequence[Point]

    def minute(self, points: Sequence[Point]) -> float:
        """Of a counter, how many a minute of late."""
        return fmean(_recent(points)) * 60 / self.period if points else 0.0


def observe(queue: QueueMetrics) -> list[Observation]:
    """One fact; none where depth or age are not known."""
    if not queue.waiting or not queue.oldest:
        return []
    waiting, oldest = queue.waiting[-1][1], queue.oldest[-1][1]
    sent, deleted = queue.minute(queue.sent), queue.minute(queue.deleted)
    attributes: dict[str, Any] = {"waiting": round(waiting), "oldest": round(oldest)}
    since = _since(queue)
    if waiting < 1 or oldest < OLD or (deleted >= sent and deleted > 0):
        return [Observation(code="queue.worked_off", subject=queue.subject, attributes=attributes)]
    if deleted == 0 and len(queue.deleted) >= RECENT:
        received = round(queue.minute(queue.received), 1)
        attributes = {"sent": round(sent, 1), "received": received} | attributes
        text = f"{round(waiting)} messages are waiting, the oldest for {round(oldest)} s, and none is consumed"
        return [_observation("queue.stalled", queue, since, attributes, text)]
    if sent > MORE * deleted or _grows(queue.waiting):
        attributes = {"sent": round(sent, 1), "deleted": round(deleted, 1)} | attributes
        text = f"{sent:.0f} messages a minute arrive, {deleted:.0f} are consumed; {round(waiting)} wait"
        return [_observation("queue.growing", queue, since, attributes, text)]
    return []


def _recent(points: Sequence[Point]) -> list[float]:
    return [value for _, value in points][-RECENT:]


def _grows(waiting: Sequence[Point]) -> bool:
    """Whether more wait than before, by the halves of the window."""
    half = len(waiting) // 2
    if half < RECENT:
        return False
    before, now = median(v for _, v in waiting[:half]), median(_recent(waiting))
    return now > 2 * before and now > before + 1


def _since(queue: QueueMetrics) -> datetime:
    """When the wait began: the oldest message came that long before its last measurement."""
    at, age = queue.oldest[-1]
    return datetime.fromtimestamp(at + queue.period - age, UTC)


def _observation(code: str, queue: QueueMetrics, since: datetime, attributes: dict[str, Any], text: str) -> Observation:
    excerpt = f"{text}; since {rfc3339(since)}"
    return Observation(code=code, subject=queue.subject, at=since, attributes=attributes, excerpt=excerpt)
