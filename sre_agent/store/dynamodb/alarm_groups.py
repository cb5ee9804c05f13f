"""What alarms share, as items that are read many at a time: one for each key, with the incidents that have it and who
was seen to call what.

The item of a key carries a version. Whoever opens an incident raises the versions of all keys by which it looked for
one: of two alarms that share a key and come at the same moment, the second one looks again and finds the first's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.aws_services.definitions import EXPIRY
from sre_agent.domain.alarm import AlarmEntry
from sre_agent.domain.incident import Incident
from sre_agent.store.contract.alarm_decisions import KnownAlarm, keys_of
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.dynamodb.attributes import ABSENT, Item, ItemWrite, pack, put, unpack
from sre_agent.store.dynamodb.incidents import open_row
from sre_agent.store.dynamodb.items import Items
from sre_agent.store.dynamodb.parts import BODY, of_incident

KEPT_FOR: Final = timedelta(days=2)  # links and sightings; what is older than a storm's window counts no more
CALLS_KEPT_FOR: Final = timedelta(days=30)
REFRESHED_AFTER: Final = timedelta(days=1)  # when a call that is known already is written again
MOST_CALLS: Final = 200  # of one thing
MOST_LINKS: Final = 85  # writes of one transaction that are about keys; it has 100 in all


@dataclass(frozen=True)
class KeyLink:
    """An incident that has a key since it was opened; `weak` as in `AlarmLinks`."""

    since: str
    incident: str
    weak: bool


class AlarmRead:
    """What is known while one alarm is decided on (`AlarmView`), and in which version it was read."""

    def __init__(self, items: Items, entry: AlarmEntry) -> None:
        self._items, self.entry = items, entry
        self.alarm_row = items.get(f"alarm#{entry.topic}", BODY)
        self.incident_rows: dict[str, Item | None] = {}
        self.keys: dict[str, Item | None] = {}
        self._look_at(keys_of(entry))

    def alarm(self, topic: str) -> KnownAlarm | None:
        row = self.alarm_row
        if row is None:
            return None
        return KnownAlarm(*(str(row[name]) for name in ("signal", "state", "changed_at", "incident")))

    def incident_of(self, incident: str) -> Incident | None:
        if incident not in self.incident_rows:
            self.incident_rows[incident] = self._items.get(of_incident(incident), BODY)
        return _incident(self.incident_rows[incident])

    def open_incident(self, fingerprint: str) -> Incident | None:
        incident = _incident(row := open_row(self._items, fingerprint))
        if incident is not None:
            self.incident_rows[incident.id] = row
        return incident

    def others_fire(self, incident: str, topic: str) -> bool:
        rows = self._items.partition(of_incident(incident), "alarm#")
        return any(row["state"] != "resolved" and row["sk"] != f"alarm#{topic}" for row in rows)

    def has_begun(self, incident: str) -> bool:
        row = self.incident_rows[incident]
        return row is not None and (row["holder"], row["epoch"]) != ("", 0)

    def oldest(self, keys: Sequence[str], since: str, other_than: str, *, strong: bool) -> tuple[str, str] | None:
        self._look_at(keys)
        links = {(link, key) for key in keys for link in self.links(key) if link.since >= since}
        links = {(link, key) for link, key in links if link.incident != other_than and not (strong and link.weak)}
        self._read_incidents({link.incident for link, _ in links})
        for link, key in sorted(links, key=lambda one: (one[0].since, one[0].incident, one[1])):
            incident = self.incident_of(link.incident)
            if incident is not None and incident.open:
                return link.incident, key
        return None

    def neighbours(self, keys: Sequence[str]) -> list[str]:
        rows = self._items.get_many((f"calls#{key}", BODY) for key in keys)
        return sorted({other for row in rows.values() for other in json.loads(unpack(row[BODY]))})[:MOST_CALLS]

    def sightings(self, key: str, other_than: str, since: str, most: int) -> int:
        only, values = "#at >= :since AND #topic <> :own", {"since": since, "own": other_than}
        rows = self._items.partition(f"sighting#{key}", only=only, values=values, most=most)
        return sum(1 for _ in rows)

    def links(self, key: str) -> list[KeyLink]:
        row = self.keys.get(key)
        return [] if row is None else [KeyLink(*link) for link in json.loads(unpack(row[BODY]))]

    def _look_at(self, keys: Iterable[str]) -> None:
        fresh = [key for key in keys if key not in self.keys]
        rows = self._items.get_many((f"link#{key}", BODY) for key in fresh)
        self.keys |= {key: rows.get((f"link#{key}", BODY)) for key in fresh}

    def _read_incidents(self, incidents: Collection[str]) -> None:
        fresh = [one for one in incidents if one not in self.incident_rows]
        rows = self._items.get_many((of_incident(one), BODY) for one in fresh)
        self.incident_rows |= {one: rows.get((of_incident(one), BODY)) for one in fresh}


def link_writes(view: AlarmRead, incident: Incident, now: datetime, *, is_new: bool) -> list[ItemWrite]:
    """What links the alarm's keys with the incident, and raises the versions of what was looked at for a new one."""
    expiry = int((now + KEPT_FOR).timestamp())
    own = {
        key: weak for weak, keys in ((True, view.entry.links.weak), (False, view.entry.links.strong)) for key in keys
    }
    since = sortable(incident.opened_at)
    writes = []
    for key, weak in own.items():
        before = view.links(key)
        if is_new or all(link.incident != incident.id for link in before):
            writes.append(_link(view, key, [*before, KeyLink(since, incident.id, weak)], now, expiry))
    others = [key for key in view.keys if key not in own] if is_new else []
    room = max(0, MOST_LINKS - len(writes) - len(view.entry.links.weak))
    writes += [_link(view, key, view.links(key), now, expiry) for key in others[:room]]
    topic = view.entry.topic
    sighting: Item = {"sk": topic, "topic": topic, "at": sortable(now), EXPIRY: expiry}
    return [*writes, *(put({"pk": f"sighting#{key}", **sighting}) for key in view.entry.links.weak)]


def keep_calls(items: Items, pairs: Iterable[tuple[str, str]], at: datetime) -> None:
    """What was seen to call what, kept at both."""
    others: dict[str, set[str]] = {}
    for pair in pairs:
        for one, other in (pair, pair[::-1]):
            others.setdefault(one, set()).add(other)
    rows = items.get_many((f"calls#{key}", BODY) for key in others)
    for key, callers in others.items():
        before: dict[str, str] = _calls(rows.get((f"calls#{key}", BODY)))
        if any(other not in before or before[other] < sortable(at - REFRESHED_AFTER) for other in callers):
            items.again(lambda key=key, callers=callers: _keep_calls_of(items, key, callers, at))  # type: ignore[misc]


def _keep_calls_of(items: Items, key: str, others: Collection[str], at: datetime) -> None:
    row = items.get(f"calls#{key}", BODY)
    calls: Mapping[str, str] = _calls(row) | dict.fromkeys(others, sortable(at))
    newest = sorted(calls, key=lambda other: calls[other], reverse=True)[:MOST_CALLS]
    body = pack(json.dumps({other: calls[other] for other in newest}))
    items.write(_next_version(row, {"pk": f"calls#{key}", BODY: body, EXPIRY: int((at + CALLS_KEPT_FOR).timestamp())}))


def _calls(row: Item | None) -> dict[str, str]:
    return {} if row is None else dict(json.loads(unpack(row[BODY])))


def _link(view: AlarmRead, key: str, links: Sequence[KeyLink], now: datetime, expiry: int) -> ItemWrite:
    first = sortable(now - KEPT_FOR)
    body = json.dumps([[link.since, link.incident, link.weak] for link in links if link.since >= first])
    return _next_version(view.keys[key], {"pk": f"link#{key}", BODY: pack(body), EXPIRY: expiry})


def _next_version(row: Item | None, item: Item) -> ItemWrite:
    version = 0 if row is None else int(row["version"])
    whole: Item = {**item, "sk": BODY, "version": version + 1}
    return put(whole, ABSENT) if row is None else put(whole, "#version = :version", values={"version": version})


def _incident(row: Item | None) -> Incident | None:
    return None if row is None else read(Incident, unpack(row[BODY]))
