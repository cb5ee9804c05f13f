"""Prometheus Alertmanager's webhook (version 4), which Grafana's alerting sends as well.

One notification carries a group of alerts. Those about the same thing become one signal; it fires as long as one of
them does. Alerts about different things become a signal each.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from sre_agent.domain.base import Severity
from sre_agent.domain.severity_words import severity_of
from sre_agent.domain.signal import AlarmRef, Signal, fingerprint
from sre_agent.entrances import about, name_fields, words
from sre_agent.entrances.document import InputDocument, content_id, line, prose, scalar
from sre_agent.entrances.envelopes import Notice

FORMAT: Final = "Alertmanager webhooks (version 4)"
EXPRESSION: Final = 1_000  # characters of a PromQL expression
SUPPRESSING: Final = {"silencedBy": "silenced", "inhibitedBy": "inhibited", "mutedBy": "muted"}
SAID: Final = ("summary", "message", "description", "error")


def recognises(data: dict[str, Any]) -> bool:
    alerts = data.get("alerts")
    return isinstance(alerts, list) or ("alerts" in data and "receiver" in data)


def signals(delivery: Notice, *, received_at: datetime) -> list[Signal]:
    group = InputDocument("an Alertmanager webhook", delivery.data)
    alerts = group.parts("alerts")
    if not alerts:
        group.misfit("alerts", "holds no alert")
    by_topic: dict[str, list[InputDocument]] = {}
    for alert in alerts:
        labels = {**group.names("commonLabels"), **alert.names("labels")}
        if not labels:
            alert.misfit("labels", "is missing or empty")
        by_topic.setdefault(fingerprint("alertmanager", *about.stable(labels)), []).append(alert)
    return [_signal(group, same, topic, received_at) for topic, same in by_topic.items()]


def _signal(group: InputDocument, alerts: list[InputDocument], topic: str, received_at: datetime) -> Signal:
    states = [(_state(alert, group), alert) for alert in alerts]
    firing = [alert for state, alert in states if state != "resolved"] or alerts
    speaker = firing[0]
    labels = {**group.names("commonLabels"), **speaker.names("labels")}
    annotations = {**group.names("commonAnnotations"), **speaker.names("annotations")}
    fields = [
        ("label", labels),
        ("annotation", annotations),
        *(("label", alert.names("labels")) for alert in firing[1:]),
    ]
    name = labels.get("alertname", "")
    summary = annotations.get("summary") or annotations.get("message") or annotations.get("description", "")
    return Signal(
        id=content_id(topic, [alert.data for alert in alerts]),
        source="alertmanager",
        state=_state(speaker, group),
        said_state=_state_word(speaker) or group.text("status", "firing"),
        title=line(summary if not name or name in summary else ": ".join(filter(None, (name, summary))))
        or "An alert without a name",
        description=prose(*(annotations.get(key, "") for key in SAID), _left_out(group)),
        severity=_severity(labels, annotations, name),
        started_at=min(filter(None, (alert.time("startsAt") for alert in firing)), default=None),
        received_at=received_at,
        changed_at=_changed_at(firing, states),
        suppressed=_suppression(firing),
        scope=name_fields.first(fields, name_fields.CLUSTERS),
        cluster=name_fields.first(fields, name_fields.CLUSTERS),
        alarm=AlarmRef(name=name, kept_by="prometheus", expression=_expression(speaker)) if name else None,
        hints=name_fields.hints(fields),
        labels=labels,
        fingerprint=topic,
    )


def _changed_at(firing: list[InputDocument], states: list[tuple[words.State, InputDocument]]) -> datetime | None:
    """When the newest of the firing alerts began; where none fires any more, when the last one ended."""
    is_over = all(state == "resolved" for state, _ in states)
    return max(filter(None, (alert.time("endsAt" if is_over else "startsAt") for alert in firing)), default=None)


def _suppression(alerts: list[InputDocument]) -> str:
    """Why nobody is to be notified of any of them; Alertmanager's own API tells it, its webhook leaves them out."""
    by: list[str] = []
    for alert in alerts:
        status = alert.data.get("status")
        if not isinstance(status, dict) or status.get("state") != "suppressed":
            return ""
        by += [f"{word} by {scalar(one)}" for key, word in SUPPRESSING.items() for one in _list(status.get(key))]
    return line(", ".join(dict.fromkeys(by)) or "suppressed")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _state_word(alert: InputDocument) -> str:
    """The alert's own word for its state; the API of Alertmanager says `active` or `suppressed` inside an object."""
    status = alert.data.get("status")
    if isinstance(status, dict):
        return "firing" if status.get("state") in ("active", "suppressed", "unprocessed") else ""
    return alert.text("status", "")


def _state(alert: InputDocument, group: InputDocument) -> words.State:
    word = _state_word(alert) or group.text("status", "firing")
    state = words.state_of(word)
    if state is None:
        alert.misfit("status", f"is {word!r:.60}; an alert is firing or resolved")
    return state


def _severity(labels: dict[str, str], annotations: dict[str, str], name: str) -> Severity | None:
    for key in ("severity", "priority", "level"):
        if (severity := severity_of(labels.get(key, annotations.get(key, "")))) is not None:
            return severity
    return words.severity_in([name, *(annotations.get(key, "") for key in SAID)])


def _expression(alert: InputDocument) -> str:
    """The alert's own PromQL, which the address of its graph carries; empty where there is none."""
    try:
        query = parse_qs(urlsplit(alert.text("generatorURL", "")).query)
    except ValueError:
        return ""
    return line(next(iter(query.get("g0.expr", [])), ""), EXPRESSION)


def _left_out(group: InputDocument) -> str:
    count = int(group.number("truncatedAlerts") or 0)
    return f"The sender left out {count} more alerts of this group." if count > 0 else ""
