"""What becomes of one alarm, decided once for all technologies: each says what is known, and keeps what follows.

A store takes an alarm in one transaction: what it answered as an `AlarmView` still holds when the effect is kept, or it
asks again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from sre_agent.domain.alarm import AlarmEntry, AlarmReceipt, Disposition
from sre_agent.domain.base import Severity
from sre_agent.domain.incident import Incident
from sre_agent.settings import AlarmSettings
from sre_agent.store.contract.bodies import sortable

DISPLAY_LIMIT: Final = 20  # signals that an incident carries itself; a storm's others are rows of their own
AUTO_RESOLVED: Final = {"status": "answered", "reason": "auto_resolved"}


@dataclass(frozen=True)
class KnownAlarm:
    """The last signal of an alarm: its state, when that changed (sortable, empty: it does not say), its incident."""

    signal: str
    state: str
    changed_at: str
    incident: str


@dataclass(frozen=True)
class AlarmEffect:
    """What is to be kept of an alarm. `incident` is new where the receipt says `opened`, else changed; None: it stays
    as it is. `belongs_to` is the incident (empty: none) with which the alarm's state is kept; None: it is not kept.
    `attaches`: the signal is kept with that incident, under what they share; `links`: its keys too."""

    receipt: AlarmReceipt
    incident: Incident | None = None
    belongs_to: str | None = None
    attaches: bool = False
    links: bool = False
    changed_at: str = ""


class AlarmView(Protocol):
    """What is known while an alarm is decided on."""

    def alarm(self, topic: str) -> KnownAlarm | None: ...

    def incident_of(self, incident: str) -> Incident | None: ...

    def open_incident(self, fingerprint: str) -> Incident | None: ...

    def others_fire(self, incident: str, topic: str) -> bool:
        """Whether an alarm other than this one belongs to the incident and is not resolved."""

    def has_begun(self, incident: str) -> bool:
        """Whether it ever had a writer."""

    def oldest(self, keys: Sequence[str], since: str, other_than: str, *, strong: bool) -> tuple[str, str] | None:
        """The oldest open incident, opened since then, that has one of these keys (`strong`: as a strong one); with the
        key."""

    def neighbours(self, keys: Sequence[str]) -> list[str]:
        """What the things of these keys call, and what calls them, as far as it was seen."""

    def sightings(self, key: str, other_than: str, since: str, most: int) -> int:
        """How many alarms other than this one had the key since then; not more than `most`."""


def effect_of(entry: AlarmEntry, view: AlarmView, settings: AlarmSettings, now: datetime) -> AlarmEffect:
    if entry.disposition is not None:
        return AlarmEffect(_receipt(entry, now, entry.disposition, why=entry.why))
    signal, last_state = entry.signal, view.alarm(entry.topic)
    last = view.incident_of(last_state.incident) if last_state is not None and last_state.incident else None
    own = last if last is not None and last.open else view.open_incident(entry.topic) or last
    if own is not None and own.id == entry.leaves:
        last_state = own = None
    changed = sortable(signal.changed_at) if signal.changed_at is not None else ""
    if last_state is not None and changed and changed < last_state.changed_at:
        why = f"it was {last_state.state} later, at {last_state.changed_at}"
        return AlarmEffect(_receipt(entry, now, "late", own.id if own is not None else "", why=why))
    if signal.state == "resolved":
        effect = _of_resolving(entry, view, own, now)
    elif (
        last_state is not None
        and own is not None
        and _repeats(entry, last_state, changed)
        and _counts(own, settings, now)
    ):
        return AlarmEffect(_receipt(entry, now, "repeated", own.id))
    else:
        effect = _of_firing(entry, view, own, settings, now)
    return replace(effect, changed_at=changed)


def _of_firing(
    entry: AlarmEntry, view: AlarmView, own: Incident | None, settings: AlarmSettings, now: datetime
) -> AlarmEffect:
    group_key = ""
    incident = own if own is not None and own.open else None
    if incident is None and settings.storm_window_seconds:
        since = sortable(now - timedelta(seconds=settings.storm_window_seconds))
        match = _match(entry, view, settings.storm_alarms, since)
        if match is not None:
            incident, group_key = view.incident_of(match[0]), match[1]
    if incident is None and not entry.opens:
        return AlarmEffect(_receipt(entry, now, "no_room", why="too many incidents wait already"))
    disposition: Disposition = "joined" if incident is not None else "opened"
    before = incident if incident is not None else entry.new
    after, severity = _with_signal(entry, before, is_new=incident is None)
    receipt = _receipt(entry, now, disposition, before.id, group_key=group_key, severity=severity)
    changed = after if incident is None or after != before else None
    return AlarmEffect(receipt, changed, before.id, attaches=True, links=True)


def _of_resolving(entry: AlarmEntry, view: AlarmView, own: Incident | None, now: datetime) -> AlarmEffect:
    if own is None or not own.open:
        return AlarmEffect(_receipt(entry, now, "not_open"), belongs_to=own.id if own is not None else "")
    after, _ = _with_signal(entry, own, is_new=False)
    ends = not view.has_begun(own.id) and not view.others_fire(own.id, entry.topic)
    if ends:
        after = after.model_copy(update={**AUTO_RESOLVED, "ended_at": now})
    receipt = _receipt(entry, now, "closed" if ends else "resolved", own.id)
    return AlarmEffect(receipt, after if after != own else None, own.id, attaches=True)


def _match(entry: AlarmEntry, view: AlarmView, storm: int, since: str) -> tuple[str, str] | None:
    """The oldest open incident that shares a strong key with the alarm, or a thing that one of them needs, or a weak
    key that `storm` alarms have; with the key."""
    lookup, leaves = list(entry.links.lookup), entry.leaves
    match = view.oldest(lookup, since, leaves, strong=True)
    match = match or view.oldest(view.neighbours(lookup), since, leaves, strong=True)
    if match is not None:
        return match
    rest = storm - 1
    common = [key for key in entry.links.weak if view.sightings(key, entry.topic, since, rest) >= rest]
    return view.oldest(common, since, leaves, strong=False)


def _with_signal(entry: AlarmEntry, incident: Incident, *, is_new: bool) -> tuple[Incident, Severity | None]:
    """The incident carries its first signals itself, and the highest severity of all: the one, if it rose."""
    signal = entry.signal
    update: dict[str, object] = {}
    has_room = len(incident.signals) < DISPLAY_LIMIT
    if not is_new and has_room and all(one.id != signal.id for one in incident.signals):
        update["signals"] = [*incident.signals, signal]
    if signal.severity is not None and signal.severity < incident.severity and signal.state != "resolved":
        update["severity"] = signal.severity
    changed = incident.model_copy(update=update) if update else incident
    return changed, signal.severity if "severity" in update else None


def _counts(own: Incident, settings: AlarmSettings, now: datetime) -> bool:
    """Whether what is repeated is still about this incident."""
    return own.open or now < (own.ended_at or now) + timedelta(seconds=settings.repeat_seconds)


def _repeats(entry: AlarmEntry, last_state: KnownAlarm, changed: str) -> bool:
    """The same message, or another about the same change."""
    same_change = last_state.state == entry.signal.state and bool(changed) and changed == last_state.changed_at
    return last_state.signal == entry.signal.id or same_change


def _receipt(
    entry: AlarmEntry,
    now: datetime,
    disposition: Disposition,
    incident: str = "",
    *,
    why: str = "",
    group_key: str = "",
    severity: Severity | None = None,
) -> AlarmReceipt:
    return AlarmReceipt(
        source=entry.source,
        signal=entry.signal.id,
        title=entry.signal.title,
        state=entry.signal.state,
        severity=entry.signal.severity,
        at=now,
        disposition=disposition,
        why=why,
        incident=incident,
        shared=group_key,
        raised=severity,
    )


def keys_of(entry: AlarmEntry, more: Collection[str] = ()) -> list[str]:
    """Every key by which an alarm may meet another: two that share one are decided on one after the other."""
    return sorted({*entry.links.lookup, *entry.links.strong, *entry.links.weak, *more})
