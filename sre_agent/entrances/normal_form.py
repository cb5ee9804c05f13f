"""A signal in the few words that every monitor has a field for, the sender's own words kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sre_agent.domain.signal import Signal
from sre_agent.entrances import name_fields


def normalised(signal: Signal) -> dict[str, Any]:
    """`name, state, previous, region, metrics, threshold, started, service, severity, composite`; a field that the
    signal does not tell is left out. `started` is RFC 3339 in UTC."""
    alarm = signal.alarm
    by_name = [("label", signal.labels)]
    fields: dict[str, Any] = {
        "name": alarm.name if alarm else signal.labels.get("alertname") or signal.title,
        "state": signal.said_state or signal.state,
        "previous": signal.said_before,
        "region": _region(signal),
        "metrics": alarm.metrics if alarm else [],
        "threshold": alarm.threshold if alarm else None,
        "started": _rfc3339(signal.started_at),
        "service": name_fields.service(by_name)
        or next((h.name for h in signal.hints if h.said_in == "field service"), ""),
        "severity": signal.labels.get("severity") or signal.severity,
        "composite": bool(alarm and alarm.composite),
        "children": alarm.children if alarm else [],
    }
    return {key: value for key, value in fields.items() if value not in ("", None, [], False)}


def _region(signal: Signal) -> str:
    if signal.source == "cloudwatch":
        return signal.scope.partition("/")[2]
    return next((value for key, value in signal.labels.items() if key.lower().endswith("region")), "")


def _rfc3339(when: datetime | None) -> str:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else ""
