"""What is remembered of incidents that have ended: each stands in the list of all, of its namespace, and of its alarm.

There is no full-text index. The words of the newest of a namespace are compared here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastIncident
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.contract.past_incidents import words_of
from sre_agent.store.dynamodb.attributes import pack, put
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, body_of, in_a_thread

PAST: Final = "past_incident"
OF_NAMESPACE, OF_ALARM = "namespace", "alarm"  # sort keys of the items that stand in these lists
SEARCHED: Final = 200  # of a namespace, whose words are compared


class PastIncidentItems(Part):
    @in_a_thread
    def keep_past_incident(self, past: PastIncident) -> None:
        place = f"{sortable(past.ended_at)}#{past.incident}"
        item = {"pk": of_past_incident(past.incident), BODY: pack(past.model_dump_json()), "place": place}
        lists = {
            BODY: PAST,
            OF_NAMESPACE: _list_of(past.place, OF_NAMESPACE, past.namespace),
            OF_ALARM: _list_of(past.place, OF_ALARM, past.alarm),
        }
        self.items.write(*(put({**item, "sk": key, "list": list_}) for key, list_ in lists.items()))

    @in_a_thread
    def past_incident(self, incident: IncidentId) -> PastIncident | None:
        return body_of(PastIncident, self.items.get(of_past_incident(incident), BODY))

    @in_a_thread
    def past_incidents(
        self, *, place: str = "", namespace: str | None = None, limit: int = 200, before: str = ""
    ) -> list[PastIncident]:
        last = self.items.get(of_past_incident(before), BODY) if before else None
        if before and last is None:
            return []
        upto = "" if last is None else str(last["place"])
        own_list = PAST if namespace is None else _list_of(place, OF_NAMESPACE, namespace)
        return self._newest(own_list, limit, upto)

    @in_a_thread
    def past_incidents_of_alarm(self, alarm: str, *, place: str, limit: int) -> list[PastIncident]:
        return self._newest(_list_of(place, OF_ALARM, alarm), limit)

    @in_a_thread
    def past_incidents_like(self, text: str, *, place: str, namespace: str, limit: int) -> list[PastIncident]:
        words = set(words_of(text))
        past = self._newest(_list_of(place, OF_NAMESPACE, namespace), SEARCHED)
        shares = [(len(words & set(words_of(one.text))), one) for one in past]
        alike = sorted((pair for pair in shares if pair[0]), key=lambda pair: -pair[0])
        return [one for _, one in alike[:limit]]

    @in_a_thread
    def forget_past_incident(self, incident: IncidentId) -> bool:
        was_there = self.items.get(of_past_incident(incident), BODY) is not None
        self._remove_past(incident)
        return was_there

    @in_a_thread
    def forget_past_incidents(self, *, ended_before: datetime, most: int) -> list[IncidentId]:
        rows = self.items.in_list(PAST, newest_first=True)
        places = [(str(row["place"]), str(row["pk"]).removeprefix(of_past_incident(""))) for row in rows]
        oldest = sortable(ended_before)
        old_ones = [
            IncidentId(incident)
            for number, (place, incident) in enumerate(places)
            if number >= most or place.partition("#")[0] < oldest
        ]
        for incident in old_ones:
            self._remove_past(incident)
        return old_ones

    def _newest(self, list_: str, limit: int, before: str = "") -> list[PastIncident]:
        return bodies(PastIncident, self.items.in_list(list_, before=before, newest_first=True, most=limit))

    def _remove_past(self, incident: str) -> None:
        """From the list of all at last: what is broken off is taken up again."""
        self.items.remove([(of_past_incident(incident), OF_NAMESPACE), (of_past_incident(incident), OF_ALARM)])
        self.items.remove([(of_past_incident(incident), BODY)])


def of_past_incident(incident: str) -> str:
    """The partition of what is remembered of an incident."""
    return f"past#{incident}"


def _list_of(place: str, of: str, name: str) -> str:
    return f"past#{place}#{of}#{name}"
