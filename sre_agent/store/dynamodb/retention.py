"""What is removed after a time. What nobody is told of expires by itself and is none of this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice, takewhile
from typing import Final

from sre_agent.domain.alarm import AlarmReceipt
from sre_agent.domain.incident import Incident
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.dynamodb import alarms, chat_sessions, namespace_grades, runtime_sessions, sweep_runs
from sre_agent.store.dynamodb.attributes import Item, unpack
from sre_agent.store.dynamodb.incidents import ENDED
from sre_agent.store.dynamodb.parts import BODY, in_a_thread, of_incident
from sre_agent.store.dynamodb.record import OWN, RecordItems

MOST_LOOKED_AT: Final = 5000  # entries of the record that belong to no incident, in one run


class RetentionItems(RecordItems):
    async def forget(self, *, ended_before: datetime, events_before: datetime) -> list[str]:
        """An incident goes at last with the item that says when it ended: what is broken off is taken up again."""
        incidents = await self._incidents_until(sortable(ended_before))
        for incident in incidents:
            if self.items.blobs is not None:
                await self.items.blobs.delete(incident)
            await self._forget_incident(incident)
        await self._forget_others(ended_before, events_before)
        return incidents

    @in_a_thread
    def _incidents_until(self, before: str) -> list[str]:
        markers = self.items.in_list(ENDED, before=before)
        return [str(marker["pk"]).removeprefix(of_incident("")) for marker in markers]

    @in_a_thread
    def _forget_others(self, ended_before: datetime, events_before: datetime) -> None:
        for list_ in (chat_sessions.SESSIONS, runtime_sessions.SESSIONS, sweep_runs.SWEEPS, namespace_grades.GRADES):
            self._remove_partitions(self.items.in_list(list_, before=sortable(ended_before)))
        alarm_rows = list(self.items.in_list(alarms.KNOWN, before=sortable(events_before)))
        self._remove_partitions(row for row in alarm_rows if not self._is_open(str(row["incident"])))
        self._forget_receipts(events_before)
        self.remove_entries(self._homeless_before(sortable(events_before)))

    @in_a_thread
    def _forget_incident(self, incident: str) -> None:
        partition = list(self.items.partition(of_incident(incident)))
        self.remove_entries(
            int(str(row["sk"]).removeprefix(OWN)) for row in partition if str(row["sk"]).startswith(OWN)
        )
        self.items.remove((str(row["elsewhere"]), BODY) for row in partition if "elsewhere" in row)
        self.items.remove((str(row["pk"]), str(row["sk"])) for row in partition if row["sk"] != ENDED)
        self.items.remove([(of_incident(incident), ENDED)])

    def _remove_partitions(self, rows: Iterable[Item]) -> None:
        for row in list(rows):
            within = [(str(one["pk"]), str(one["sk"])) for one in self.items.partition(str(row["pk"]))]
            self.items.remove(sorted(within, reverse=True))

    def _forget_receipts(self, before: datetime) -> None:
        """They are numbered in the order of time."""
        rows = self.items.in_list(alarms.RECEIPTS)
        old = takewhile(lambda row: read(AlarmReceipt, unpack(row[BODY])).at < before, rows)
        self.items.remove([(str(row["pk"]), BODY) for row in old])

    def _is_open(self, incident: str) -> bool:
        row = self.items.get(of_incident(incident), BODY) if incident else None
        return row is not None and read(Incident, unpack(row[BODY])).open

    def _homeless_before(self, before: str) -> Iterator[int]:
        """The oldest entries of the record that belong to no incident; they are in the order of time."""
        is_there: dict[str, bool] = {}
        for entry in islice(self.after(0, MOST_LOOKED_AT), MOST_LOOKED_AT):
            if entry.at >= before:
                return
            if entry.incident not in is_there:
                is_there[entry.incident] = self.items.get(of_incident(entry.incident), BODY) is not None
            if not is_there[entry.incident]:
                yield entry.seq
