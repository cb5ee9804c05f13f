"""What the cluster's parts say about what they do: Events, recorded as the real recorders do.

Two recorders exist. The old one (`style="core"`: kubelet, controllers) counts equal events up, folds many similar ones
into "(combined from similar events)" and stops writing when one object talks too much. The new one (`style="events"`:
scheduler) has microseconds, no count, and a series once an event repeats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sre_lab.clock import from_rfc3339, rfc3339
from sre_lab.objects.store import Obj
from sre_lab.world import World

KEPT_SECONDS = 3600.0  # --event-ttl of the API server
SIMILAR_LIMIT = 10  # so many different messages of one reason, then they are combined
SIMILAR_WINDOW = 600.0
BURST = 25  # writes of one source about one object, in one type, before the recorder goes quiet
REFILL_SECONDS = 300.0
SERIES_WINDOW = 360.0
ACTIONS = {"Scheduled": "Binding", "Preempted": "Preempting"}
COMBINED = "(combined from similar events): "

Identity = tuple[str, ...]


@dataclass
class _EventCount:
    name: str
    count: int
    first: str


@dataclass
class _EventGroup:
    last: float
    messages: set[str] = field(default_factory=set)


@dataclass
class _Tokens:
    left: float
    since: float


@dataclass
class _Series:
    name: str
    count: int
    last: float


@dataclass
class _RecorderState:
    """What the recorders of one cluster remember between two events."""

    counts: dict[Identity, _EventCount] = field(default_factory=dict)
    similar: dict[Identity, _EventGroup] = field(default_factory=dict)
    tokens: dict[Identity, _Tokens] = field(default_factory=dict)
    series: dict[Identity, _Series] = field(default_factory=dict)
    last_stamp: int = 0


def record(
    world: World,
    involved_object: Obj,
    type: str,
    reason: str,
    message: str,
    *,
    component: str,
    host: str = "",
    field_path: str = "",
    style: Literal["core", "events"] = "core",
) -> None:
    """Record an event about `involved_object`; `type` is Normal or Warning, `field_path` e.g. `spec.containers{x}`.

    Equal events become one with a rising count, as clients of a real cluster see them.
    """
    memory = world.memory(_RecorderState, _RecorderState)
    reference = _reference(involved_object, field_path)
    if style == "events":
        _record_series(world, memory, reference, type, reason, message, component)
    else:
        _record_counted(world, memory, reference, type, reason, message, component, host)


def _record_counted(
    world: World,
    memory: _RecorderState,
    reference: Obj,
    type: str,
    reason: str,
    message: str,
    component: str,
    host: str,
) -> None:
    now = world.clock.now()
    source = {"component": component, "host": host} if host else {"component": component}
    about = tuple(str(value) for name, value in reference.items() if name not in ("resourceVersion", "fieldPath"))
    source_key: Identity = (component, host, *about, type)
    key, text, aggregate = _combine(memory, (*source_key, reason), str(reference.get("fieldPath", "")), message, now)
    event_count = memory.counts.get(key)
    if event_count is not None and world.objects.get("Event", _namespace(reference), event_count.name) is None:
        event_count = None  # expired or deleted: start again
    if event_count is not None:
        event_count.count += 1
    else:
        event_count = memory.counts[key] = _EventCount(_name(memory, reference, now), 1, rfc3339(now))
    if not _may_write(memory, source_key, now):
        return
    if world.objects.get("Event", _namespace(reference), event_count.name) is not None:
        _count_up(world, _namespace(reference), event_count, text, rfc3339(now))
        return
    _create(
        world,
        reference,
        event_count.name,
        {
            "reason": reason,
            "message": text,
            "source": source,
            "firstTimestamp": event_count.first,
            "lastTimestamp": rfc3339(now),
            "count": event_count.count,
            "type": type,
            "eventTime": None,
            "reportingComponent": "" if aggregate else component,
            "reportingInstance": "" if aggregate else host,
        },
    )


def _count_up(world: World, namespace: str, _event_count: _EventCount, text: str, at: str) -> None:
    def change(event: Obj) -> None:
        event.update(count=_event_count.count, message=text, lastTimestamp=at)

    world.objects.edit("Event", namespace, _event_count.name, change)


def _combine(
    memory: _RecorderState, group: Identity, path: str, message: str, now: float
) -> tuple[Identity, str, bool]:
    """The key to count under, the text to write, and whether it stands for many messages.

    What is similar is judged for the object as a whole; equal messages are counted by the part of it, its `path`.
    """
    similar = memory.similar.get(group)
    if similar is None or now - similar.last > SIMILAR_WINDOW:
        similar = memory.similar[group] = _EventGroup(now)
    similar.last = now
    similar.messages.add(message)
    if len(similar.messages) < SIMILAR_LIMIT:
        return (*group, path, message), message, False
    similar.messages.discard(min(similar.messages - {message}))
    return group, COMBINED + message, True


def _may_write(memory: _RecorderState, source_key: Identity, now: float) -> bool:
    tokens = memory.tokens.setdefault(source_key, _Tokens(BURST, now))
    tokens.left = min(BURST, tokens.left + (now - tokens.since) / REFILL_SECONDS)
    tokens.since = now
    if tokens.left < 1:
        return False
    tokens.left -= 1
    return True


def _record_series(
    world: World, memory: _RecorderState, reference: Obj, type: str, reason: str, message: str, component: str
) -> None:
    """The new recorder writes the first event and its first repetition; later ones only keep the series open."""
    now = world.clock.now()
    key: Identity = (component, type, reason, *map(str, reference.values()))
    open_series = memory.series.get(key)
    if open_series is not None and now - open_series.last < SERIES_WINDOW:
        open_series.count += 1
        open_series.last = now
        if open_series.count == 2 and world.objects.get("Event", _namespace(reference), open_series.name) is not None:
            series = {"count": 2, "lastObservedTime": rfc3339(now, micro=True)}
            world.objects.edit(
                "Event", _namespace(reference), open_series.name, lambda event: event.update(series=series)
            )
        return
    memory.series[key] = _Series(_name(memory, reference, now), 1, now)
    _create(
        world,
        reference,
        memory.series[key].name,
        {
            "reason": reason,
            "message": message,
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "type": type,
            "eventTime": rfc3339(now, micro=True),
            "action": ACTIONS.get(reason, "Scheduling"),
            "reportingComponent": component,
            "reportingInstance": f"{component}-control-plane",
        },
    )


def _create(world: World, reference: Obj, name: str, body: Obj) -> None:
    meta = {"name": name, "namespace": _namespace(reference)}
    world.objects.create(
        {"kind": "Event", "apiVersion": "v1", "metadata": meta, "involvedObject": reference, **body},
    )
    world.clock.after(KEPT_SECONDS, _expiry(world, meta["namespace"], name))


def _expiry(world: World, namespace: str, name: str) -> Callable[[], None]:
    def expire() -> None:
        event = world.objects.get("Event", namespace, name)
        if event is None:
            return
        timestamp = event["lastTimestamp"] or (event.get("series") or {}).get("lastObservedTime") or event["eventTime"]
        due = from_rfc3339(timestamp) + KEPT_SECONDS
        if due > world.clock.now():
            world.clock.at(due, expire)
        else:
            world.objects.delete("Event", namespace, name)

    return expire


def _reference(involved_object: Obj, field_path: str) -> Obj:
    meta = involved_object["metadata"]
    reference: Obj = {"kind": involved_object["kind"]}
    if meta.get("namespace"):
        reference["namespace"] = meta["namespace"]
    reference["name"] = meta["name"]
    if meta.get("uid"):
        reference["uid"] = meta["uid"]
    reference["apiVersion"] = involved_object.get("apiVersion", "v1")
    if meta.get("resourceVersion"):
        reference["resourceVersion"] = meta["resourceVersion"]
    if field_path:
        reference["fieldPath"] = field_path
    return reference


def _namespace(reference: Obj) -> str:
    return str(reference.get("namespace", "default"))


def _name(memory: _RecorderState, reference: Obj, now: float) -> str:
    """The object's name and the time in nanoseconds, as recorders build it; never the same twice."""
    memory.last_stamp = max(memory.last_stamp + 1, int(now * 1e9))
    return f"{reference['name']}.{memory.last_stamp:x}"
