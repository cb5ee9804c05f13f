"""Which incident may write to which target at the moment; beside its incident stands what it claims."""

from __future__ import annotations

from datetime import datetime, timedelta

from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.aws_services.definitions import EXPIRY
from sre_agent.domain.base import IncidentId
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import delete, put, update
from sre_agent.store.dynamodb.items import unless_there
from sre_agent.store.dynamodb.parts import BODY, Part, in_a_thread, of_incident

KEPT_FOR = timedelta(days=1)  # after it ran out, when a person may still ask who it was


class ClaimItems(Part):
    @in_a_thread
    def claim(self, target: str, incident: IncidentId, now: datetime, seconds: float) -> IncidentId:
        pk, until = f"claim#{target}", now + timedelta(seconds=seconds)
        change = update(
            pk,
            BODY,
            f"SET #incident = :incident, #until = :until, #{EXPIRY} = :expiry",
            "attribute_not_exists(#pk) OR #incident = :incident OR #until <= :now",
            values={
                **{"incident": incident, "until": sortable(until), "now": sortable(now)},
                "expiry": int((until + KEPT_FOR).timestamp()),
            },
        )

        def attempt() -> IncidentId:
            try:
                self.items.write(change, put({"pk": of_incident(incident), "sk": pk, "target": target}))
            except ConditionFailedError:
                there = self.items.get(pk, BODY)
                if there is None or there["incident"] == incident:
                    raise
                return IncidentId(str(there["incident"]))
            return incident

        return self.items.again(attempt)

    @in_a_thread
    def release_claims(self, incident: IncidentId) -> None:
        own = of_incident(incident)
        for claim in list(self.items.partition(own, "claim#")):
            pk = str(claim["sk"])
            unless_there(self.items, delete(pk, BODY, "#incident = :incident", values={"incident": incident}))
            self.items.remove([(own, pk)])
