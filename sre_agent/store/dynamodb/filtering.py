"""Which incidents are meant, asked of each that was read: their fields are inside of its body."""

from __future__ import annotations

from sre_agent.domain.incident import Incident
from sre_agent.store.contract.incidents import IncidentFilter


def matches(incident: Incident, which: IncidentFilter) -> bool:
    """Whether all that the filter asks for holds."""
    return (
        (not which.statuses or incident.status in which.statuses)
        and (not which.reasons or incident.reason in which.reasons)
        and (not which.severities or incident.severity in which.severities)
        and (not which.waiting or incident.question != "")
        and (not which.namespace or any(subject.namespace == which.namespace for subject in incident.subjects))
        and which.text.lower() in incident.title.lower()
        and (which.opened_from is None or incident.opened_at >= which.opened_from)
        and (which.opened_until is None or incident.opened_at < which.opened_until)
    )
