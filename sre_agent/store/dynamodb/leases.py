"""The writer's lease of an incident: attributes of its item, changed on the condition that they are as they were."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sre_agent.domain.base import IncidentId
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import Item, update
from sre_agent.store.dynamodb.incidents import incident_row
from sre_agent.store.dynamodb.items import unless_there
from sre_agent.store.dynamodb.parts import BODY, Part, in_a_thread, of_incident


class LeaseItems(Part):
    @in_a_thread
    def lease(self, incident: IncidentId, holder: str, now: datetime, seconds: float) -> int | None:
        until_then = sortable(now + timedelta(seconds=seconds))
        token = secrets.token_hex(8)  # by which this call knows its own lease, where the answer was lost on its way

        def attempt() -> int | None:
            row = incident_row(self.items, incident)
            if row.get("lease") == token:
                return int(row["epoch"])
            holder_now, until, epoch = str(row["holder"]), str(row["leased_until"]), row["epoch"]
            if holder_now and holder_now != holder and until > sortable(now):
                return None
            self.items.write(
                update(
                    of_incident(incident),
                    BODY,
                    "SET #holder = :holder, #leased_until = :until, #lease = :token ADD #epoch :one",
                    "#epoch = :epoch AND #holder = :holder_now AND #leased_until = :until_now",
                    values={
                        **{"holder": holder, "until": until_then, "token": token, "one": 1},
                        **{"epoch": epoch, "holder_now": holder_now, "until_now": until},
                    },
                )
            )
            return int(epoch) + 1

        return self.items.again(attempt)

    @in_a_thread
    def renew(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> bool:
        until = sortable(now + timedelta(seconds=seconds))
        condition = "#epoch = :epoch AND #holder <> :nobody"
        change = "SET #leased_until = :until"
        values: Item = {"until": until, "epoch": epoch, "nobody": ""}
        return unless_there(self.items, update(of_incident(incident), BODY, change, condition, values=values))

    @in_a_thread
    def writes(self, incident: IncidentId, epoch: int) -> bool:
        row = self.items.get(of_incident(incident), BODY)
        return row is not None and row["epoch"] == epoch

    @in_a_thread
    def release(self, incident: IncidentId, epoch: int) -> None:
        self._free(incident, "#epoch = :epoch", {"epoch": epoch})

    @in_a_thread
    def lease_holder(self, incident: IncidentId) -> str:
        row = self.items.get(of_incident(incident), BODY)
        return "" if row is None else str(row["holder"])

    @in_a_thread
    def release_from(self, incident: IncidentId, holder: str) -> bool:
        return self._free(incident, "#holder = :holder", {"holder": holder})

    def _free(self, incident: str, condition: str, values: Item) -> bool:
        change = "SET #holder = :nobody, #leased_until = :nobody"
        return unless_there(
            self.items, update(of_incident(incident), BODY, change, condition, values={"nobody": "", **values})
        )
