"""PagerDuty's webhooks (version 3): events about its incidents and alerts.

Its own status decides the state: acknowledged is still open. What belongs together has PagerDuty's id of the incident.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from sre_agent.domain.severity_words import severity_of
from sre_agent.domain.signal import Signal, fingerprint
from sre_agent.entrances import name_fields, words
from sre_agent.entrances.document import InputDocument, NoAlarm, content_id, line, prose
from sre_agent.entrances.envelopes import Notice

FORMAT: Final = "PagerDuty webhooks (version 3)"
STATUSES: Final[dict[str, words.State]] = {"triggered": "firing", "acknowledged": "firing", "resolved": "resolved"}
RESOURCES: Final = ("incident", "alert")
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")  # that something may have where it runs; others are titles


def recognises(data: dict[str, Any]) -> bool:
    event = data.get("event")
    return isinstance(event, dict) and "event_type" in event


def signals(delivery: Notice, *, received_at: datetime) -> list[Signal]:
    event = InputDocument("a PagerDuty webhook", delivery.data).part("event")
    kind, data = event.text("event_type"), event.part("data")
    status = data.text("status", "")
    if data.text("type", "") not in RESOURCES or not status:
        raise NoAlarm(f"This is {event.what} about {kind:.60}, which tells of no alarm, so there is nothing to do.")
    if status not in STATUSES:
        data.misfit("status", f"is {status!r:.60}; it may be {', '.join(STATUSES)}")
    title = line(data.text("title", "") or data.text("summary", "") or f"PagerDuty incident {data.text('id')}")
    service, details = data.part("service").text("summary", ""), _details(data)
    priority, urgency = data.part("priority").text("summary", ""), data.text("urgency", "")
    texts = {"service": service, "priority": priority, "urgency": urgency}
    labels = {**details, **{key: line(value) for key, value in texts.items() if value}}
    fields = [("field", {"service": service} if _NAME.fullmatch(service) else {}), ("detail", details)]
    changed = event.time("occurred_at")
    return [
        Signal(
            id=event.text("id", "") or delivery.id or content_id(delivery.data),
            source="pagerduty",
            state=STATUSES[status],
            said_state=status,
            title=title,
            description=prose(data.text("description", "")),
            severity=severity_of(details.get("severity", "")) or severity_of(priority) or words.severity_in([title]),
            started_at=data.time("created_at") or changed,
            received_at=received_at,
            changed_at=changed,
            scope=name_fields.first(fields, name_fields.CLUSTERS),
            cluster=name_fields.first(fields, name_fields.CLUSTERS),
            hints=name_fields.hints(fields),
            labels=labels,
            fingerprint=fingerprint("pagerduty", data.part("incident").text("id", "") or data.text("id")),
        )
    ]


def _details(data: InputDocument) -> dict[str, str]:
    """What the monitor behind PagerDuty said in its own fields."""
    body = data.part("body")
    details = body.data.get("details")
    fields = body.names("details") if isinstance(details, dict) else {}
    custom = details.get("custom_details") if isinstance(details, dict) else None
    return {**fields, **(body.part("details").names("custom_details") if isinstance(custom, dict) else {})}
