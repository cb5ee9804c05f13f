"""Incidents with the settings that they were started with.

An item `open` in the partition of a fingerprint says which incident of it is open: two that open one at the same moment
cannot both make it. Whoever changes an incident says which version it read; its writer's epoch is beside it.
"""

from __future__ import annotations

from typing import Any, Final

from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import Signal
from sre_agent.errors import LeaseLostError, PermanentError
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.contract.incidents import EVERY_INCIDENT, IncidentFilter
from sre_agent.store.dynamodb.attributes import ABSENT, Item, ItemWrite, delete, pack, put, unpack, update
from sre_agent.store.dynamodb.filtering import matches
from sre_agent.store.dynamodb.items import Items
from sre_agent.store.dynamodb.parts import BODY, Part, body_of, in_a_thread, of_incident

EVERY: Final = "incident"  # the list of all
OPEN: Final = "incident.open"
ENDED: Final = "incident.ended"  # by the time of the end, for retention
SIGNALS: Final = "signals"
PAGE: Final = 50  # incidents that a list reads at a time


class IncidentItems(Part):
    @in_a_thread
    def attach_or_create(self, signal: Signal, new: Incident, settings: str = "") -> tuple[Incident, bool]:
        def attempt() -> tuple[Incident, bool]:
            row = open_row(self.items, new.fingerprint)
            if row is None:
                self.items.write(*created(new, settings))
                return new, True
            incident = read(Incident, unpack(row[BODY]))
            if incident.id == new.id and incident.signals == new.signals:
                return new, True  # an answer that was lost on its way
            if all(other.id != signal.id for other in incident.signals):
                changed = incident.model_copy(update={SIGNALS: [*incident.signals, signal]})
                self.items.write(*saved(changed, row))
                incident = changed
            return incident, False

        return self.items.again(attempt)

    @in_a_thread
    def incident(self, incident: IncidentId) -> Incident | None:
        return body_of(Incident, self.items.get(of_incident(incident), BODY))

    @in_a_thread
    def settings(self, incident: IncidentId) -> str | None:
        item = self.items.get(of_incident(incident), "settings")
        return None if item is None else unpack(item[BODY])

    @in_a_thread
    def incidents(
        self, *, only_open: bool = False, limit: int = 50, before: str = "", which: IncidentFilter = EVERY_INCIDENT
    ) -> list[Incident]:
        place = ""
        if before:
            last = self.items.get(of_incident(before), EVERY)
            if last is None:
                return []
            place = str(last["place"])
        result: list[Incident] = []
        page: list[str] = []
        for marker in self.items.in_list(OPEN if only_open else EVERY, before=place, newest_first=True):
            page.append(str(marker["pk"]))
            if len(page) == PAGE:
                result += self._those(page, which, only_open=only_open)
                page = []
                if len(result) >= limit:
                    break
        return [*result, *self._those(page, which, only_open=only_open)][:limit]

    @in_a_thread
    def update(self, /, incident: IncidentId, epoch: int, **fields: Any) -> Incident:
        def attempt() -> Incident:
            row = incident_row(self.items, incident)
            if row["epoch"] != epoch:
                raise LeaseLostError(
                    f"Incident {incident} has a later writer (epoch {int(row['epoch'])}, this one: {epoch})."
                )
            current = read(Incident, unpack(row[BODY]))
            changed = Incident.model_validate({**current.model_dump(), **fields, "epoch": epoch})
            self.items.write(*saved(changed, row))
            return changed

        return self.items.again(attempt)

    def _those(self, partitions: list[str], which: IncidentFilter, *, only_open: bool) -> list[Incident]:
        rows = self.items.get_many((pk, BODY) for pk in partitions)
        incidents = [read(Incident, unpack(rows[pk, BODY][BODY])) for pk in partitions if (pk, BODY) in rows]
        return [one for one in incidents if matches(one, which) and (one.open or not only_open)]


def incident_row(items: Items, incident: str) -> Item:
    """Its body, `version`, `epoch`, `holder` and `leased_until`. Raises PermanentError where there is none."""
    row = items.get(of_incident(incident), BODY)
    if row is None:
        raise PermanentError(f"There is no incident {incident}.")
    return row


def open_row(items: Items, fingerprint: str) -> Item | None:
    """The row of the open incident of this fingerprint; None also where it ends at this moment."""
    marker = items.get(f"fingerprint#{fingerprint}", "open")
    row = None if marker is None else items.get(of_incident(str(marker["incident"])), BODY)
    return row if row is not None and read(Incident, unpack(row[BODY])).open else None


def created(incident: Incident, settings: str) -> list[ItemWrite]:
    """What makes an incident, as long as its fingerprint has no open one."""
    pk, place = of_incident(incident.id), f"{sortable(incident.opened_at)}#{incident.id}"
    row: Item = {"version": 1, "epoch": 0, "holder": "", "leased_until": "", BODY: pack(incident.model_dump_json())}
    return [
        put({"pk": pk, "sk": BODY, **row}, ABSENT),
        put({"pk": f"fingerprint#{incident.fingerprint}", "sk": "open", "incident": incident.id}, ABSENT),
        put({"pk": pk, "sk": EVERY, "list": EVERY, "place": place}),
        put({"pk": pk, "sk": OPEN, "list": OPEN, "place": place}),
        *([put({"pk": pk, "sk": "settings", BODY: pack(settings)})] if settings else []),
    ]


def saved(incident: Incident, row: Item) -> list[ItemWrite]:
    """What keeps a change of an incident, as long as it and its writer are as they were read in `row`."""
    pk = of_incident(incident.id)
    condition = "#version = :version AND #epoch = :epoch"
    changes = "SET #body = :body ADD #version :one"
    values: Item = {"version": row["version"], "epoch": row["epoch"], "one": 1}
    values[BODY] = pack(incident.model_dump_json())
    body = update(pk, BODY, changes, condition, values=values)
    was_open = read(Incident, unpack(row[BODY])).open
    if incident.open == was_open:
        return [body]
    if incident.open:
        raise PermanentError(f"Incident {incident.id} has ended; what comes after it is another one.")
    end: Item = {"list": ENDED, "place": f"{sortable(incident.ended_at or incident.opened_at)}#{incident.id}"}
    return [
        body,
        delete(f"fingerprint#{incident.fingerprint}", "open", "#incident = :own", values={"own": incident.id}),
        delete(pk, OPEN),
        put({"pk": pk, "sk": ENDED, **end}),
    ]
