"""Our own webhook, and what other monitors send that comes close to it.

Our shape, of which only `title` has to be there:

    {"title": "Error rate of payments-api is 12 %", "state": "firing", "severity": "critical",
     "description": "...", "service": "payments-api", "namespace": "payments", "cluster": "prod",
     "workload": "payments-api", "workload_kind": "Deployment", "started_at": "2026-01-31T10:25:00Z",
     "url": "https://...", "labels": {"team": "shop"}, "id": "a message's id", "dedup_key": "what it is about"}

`state` is firing (default), resolved or no_data, in the words of many monitors. A notice that all is well is a signal
too: `resolved`. `id` makes the same message count once, `dedup_key` makes several messages one incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sre_agent.domain.base import Severity
from sre_agent.domain.severity_words import severity_of
from sre_agent.domain.signal import Signal, fingerprint
from sre_agent.entrances import about, name_fields, words
from sre_agent.entrances.document import InputDocument, content_id, line, moment, prose, scalar
from sre_agent.entrances.envelopes import Notice

FORMAT: Final = "a generic webhook (at least a title; state, severity, description, service, namespace, labels ...)"
TITLES: Final = ("title", "event_title", "alert_title", "ruleName", "alertname", "alert_name", "summary")
STATE_KEYS: Final = ("state", "alert_transition", "transition", "alert_status", "newState", "status")
BEFORE_KEYS: Final = ("previous_state", "prevState", "old_state")
SEVERITY_KEYS: Final = ("severity", "priority", "alert_priority", "alert_type", "level", "urgency")
TEXT_KEYS: Final = ("description", "message", "body", "text", "event_msg")
ANNOTATED: Final = ("summary", "description", "message", "error")
STARTED_KEYS: Final = ("startedAt", "startsAt", "starts_at", "triggered_at", "timestamp", "date", "last_updated")
CHANGED_KEYS: Final = ("changed_at", "last_updated", "timestamp", "date", "triggered_at", "started_at")
KEY_KEYS: Final = ("dedup_key", "fingerprint", "aggreg_key", "monitor_id", "alert_id", "ruleUID", "ruleId")
LABEL_KEYS: Final = ("commonLabels", "groupLabels", "labels")
ANNOTATION_KEYS: Final = ("commonAnnotations", "annotations")


def recognises(data: dict[str, Any]) -> bool:
    return any(isinstance(data.get(key), str) and data[key].strip() for key in TITLES) or _name(data) != ""


def signals(delivery: Notice, *, received_at: datetime) -> list[Signal]:
    notice = InputDocument("a webhook with a title", delivery.data)
    labels, annotations = _labels(notice), _merge(notice, ANNOTATION_KEYS)
    own = {key: scalar(value) for key, value in notice.data.items() if not isinstance(value, (dict, list))}
    fields = [("field", own), ("label", labels), ("annotation", annotations)]
    places = {
        "namespace": name_fields.first(fields, name_fields.NAMESPACES),
        "cluster": name_fields.first(fields, name_fields.CLUSTERS),
        "region": name_fields.first(fields, name_fields.REGIONS),
    }
    all_labels = {**{key: value for key, value in places.items() if value}, **labels}
    title = line(_any(notice, TITLES) or _name(notice.data))
    state_word, state = _state(notice, title)
    return [
        Signal(
            id=notice.text("id", "") or delivery.id or content_id(notice.data),
            source="webhook",
            state=state,
            said_state=state_word,
            said_before=_any(notice, BEFORE_KEYS),
            title=title,
            description=prose(
                *(_any(notice, (key,)) for key in TEXT_KEYS), *(annotations.get(k, "") for k in ANNOTATED)
            ),
            severity=_severity(notice, labels, annotations, title),
            started_at=_started_at(notice),
            received_at=received_at,
            changed_at=_first_time(notice, CHANGED_KEYS),
            scope=places["cluster"],
            cluster=places["cluster"],
            hints=name_fields.hints(fields),
            labels=all_labels,
            fingerprint=_fingerprint(notice, all_labels, own, title),
        )
    ]


def _state(notice: InputDocument, title: str) -> tuple[str, words.State]:
    """The sender's word and ours; a word that nobody is known to use is an error, not a guess."""
    for key in STATE_KEYS:
        word = _any(notice, (key,))
        if word:
            state = words.state_of(word)
            if state is None:
                notice.misfit(key, f"is {word!r:.60}; it may be firing, resolved or no_data")
            return word, state
    title_state = about.marked_state(title)
    return title_state, words.state_of(title_state) or "firing"


def _severity(
    notice: InputDocument, labels: dict[str, str], annotations: dict[str, str], title: str
) -> Severity | None:
    own = {key: _any(notice, (key,)) for key in SEVERITY_KEYS}
    for fields in (own, labels, annotations):
        for key in SEVERITY_KEYS:
            if (severity := severity_of(fields.get(key, ""))) is not None:
                return severity
    return words.severity_in([title, *(_any(notice, (key,)) for key in TEXT_KEYS)])


def _started_at(notice: InputDocument) -> datetime | None:
    """Our own field has to be a time; of other monitors' fields the first that is one counts."""
    if "started_at" in notice:
        return notice.time("started_at")
    return _first_time(notice, STARTED_KEYS)


def _first_time(notice: InputDocument, keys: Iterable[str]) -> datetime | None:
    return next((when for key in keys if (when := moment(notice.data.get(key))) is not None), None)


def _fingerprint(notice: InputDocument, labels: dict[str, str], own: dict[str, str], title: str) -> str:
    """The sender's own key where it has one; else the alert's labels; else the title and the names beside it."""
    key = _any(notice, KEY_KEYS)
    if key:
        return fingerprint("webhook", "key", key)
    things = {name: value for name, value in own.items() if name_fields.hints([("field", {name: value})])}
    stable = about.stable({**things, **labels})
    if "alertname" not in labels:
        stable = [*stable, about.topic(title)]
    return fingerprint("webhook", *stable)


def _labels(notice: InputDocument) -> dict[str, str]:
    """Labels of all places, and tags: a list or a text of `key:value`, or an object."""
    tags = notice.data.get("tags")
    if isinstance(tags, dict):
        tag_labels = {key: scalar(value) for key, value in tags.items() if scalar(value)}
    else:
        tag_labels = dict(_pairs(tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else []))
    return {**tag_labels, **_merge(notice, LABEL_KEYS)}


def _pairs(tags: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for tag in tags:
        key, colon, value = scalar(tag).strip().partition(":")
        if colon and key and value:
            yield key.strip(), value.strip()


def _merge(notice: InputDocument, keys: Iterable[str]) -> dict[str, str]:
    result: dict[str, str] = {}
    for key in keys:
        result = {**notice.names(key), **result}
    return result


def _name(data: dict[str, Any]) -> str:
    """A notice without a title of its own may have its alert's name among its labels."""
    labels = data.get("commonLabels") or data.get("labels")
    return scalar(labels.get("alertname")) if isinstance(labels, dict) else ""


def _any(notice: InputDocument, keys: Iterable[str]) -> str:
    """The first of the fields that holds text or a number."""
    return next((text for key in keys if (text := scalar(notice.data.get(key)).strip())), "")
