"""From series and alerts to facts. Pure functions."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.levels import Point

WORKLOADS: Final = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}
OBJECTS: Final = {**WORKLOADS, "pod": "Pod", "job_name": "Job", "service": "Service"}
SEVERITY_LABELS: Final = ("severity", "priority")

LATE: Final = 15.0  # seconds that a round of scrapes and its way into the store take


def series_name(labels: dict[str, str]) -> str:
    """A series as Prometheus writes it."""
    inner = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "__name__")
    return labels.get("__name__", "") + (f"{{{inner}}}" if inner else "")


def subject_of_labels(labels: dict[str, str], cluster: str) -> Subject | None:
    """The Kubernetes object that the labels plainly name; None without a cluster to look in."""
    scope = labels.get("cluster") or cluster
    namespace = labels.get("namespace", "")
    if not scope:
        return None
    if namespace:
        for label, kind in OBJECTS.items():
            if name := labels.get(label):
                return Subject(scope=scope, kind=kind, namespace=namespace, name=name)
    if name := labels.get("node"):
        return Subject(scope=scope, kind="Node", name=name)
    return None


def subject(labels: dict[str, str], cluster: str, host: str) -> Subject:
    """The object meant, or else the series itself."""
    series = Subject(scope=cluster or f"prometheus/{host}", kind="Metric", name=series_name(labels) or "expression")
    return subject_of_labels(labels, cluster) or series


def points(values: list[list[Any]]) -> list[Point]:
    """[seconds, "value"] pairs as numbers; NaN and infinities carry no level and are left out."""
    numbers = ((float(at), float(value)) for at, value in values)
    return [(at, value) for at, value in numbers if math.isfinite(value)]


def settled(values: list[list[Any]], as_of: datetime) -> list[Point]:
    """The points up to a little before the source's now. Beyond it Prometheus repeats what it last saw, and of the last
    seconds a sum holds only the targets that were scraped already."""
    until = settled_until(as_of)
    return [point for point in points(values) if point[0] <= until]


def settled_until(as_of: datetime) -> float:
    """Up to when samples are told, in seconds since 1970."""
    return as_of.timestamp() - LATE


def beside_name(labels: dict[str, str]) -> str:
    """An alert's labels without its name."""
    return series_name({name: value for name, value in labels.items() if name != "alertname"})


def alert_text(alert: dict[str, Any]) -> str:
    """What the alert's author wrote about it."""
    annotations = alert.get("annotations") or {}
    return str(annotations.get("description") or annotations.get("summary") or annotations.get("message", ""))


def firing(alert: dict[str, Any], cluster: str, host: str) -> tuple[Observation, list[Relation]]:
    """A firing alert of /api/v1/alerts, and what it watches."""
    labels = alert["labels"]
    name = labels.get("alertname", "")
    scope = cluster or f"prometheus/{host}"
    source = Subject(scope=scope, kind="Alarm", namespace=labels.get("namespace", ""), name=name)
    since = _time(alert.get("activeAt", ""))
    attributes: dict[str, Any] = {
        "alarm": name,
        "metric": beside_name(labels),
    }
    if since:
        attributes["since"] = rfc3339(since)
    if severity := next((labels[name] for name in SEVERITY_LABELS if labels.get(name)), ""):
        attributes["severity"] = severity
    if value := points([[0, alert["value"]]] if "value" in alert else []):
        attributes["value"] = value[0][1]
    observation = Observation(
        code="alarm.firing", subject=source, at=since, attributes=attributes, excerpt=excerpt(alert_text(alert))
    )
    target = subject_of_labels(labels, cluster)
    return observation, [Relation(kind="watches", source=source, target=target)] if target else []


def quiet(alert: dict[str, Any], silences: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """Why an Alertmanager calls nobody for the alert, each with the time until which, where it is known."""
    status = alert["status"]
    reasons = []
    for identity in status.get("silencedBy") or []:
        silence = silences.get(identity, {})
        by = f" by {silence['createdBy']}" if silence.get("createdBy") else ""
        why = f": {silence['comment']}" if silence.get("comment") else ""
        reasons.append((f"silence {identity}{by}{why}", str(silence.get("endsAt", ""))))
    reasons += [(f"inhibited by alert {other}", "") for other in status.get("inhibitedBy") or []]
    return reasons


def muted(alert: dict[str, Any], silences: dict[str, dict[str, Any]], source: Subject) -> list[Observation]:
    """`alarm.muted` for each reason for which an Alertmanager calls nobody."""
    observations = []
    for reason, until in quiet(alert, silences):
        attributes = {"alarm": source.name, "by": reason.partition(": ")[0]}
        ends = _time(until)
        attributes |= {"until": rfc3339(ends)} if ends else {}
        observations.append(
            Observation(code="alarm.muted", subject=source, attributes=attributes, excerpt=excerpt(reason))
        )
    return observations


def matchers(silence: dict[str, Any]) -> str:
    """What a silence matches, as one would write it."""
    signs = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
    return ", ".join(
        f'{m["name"]}{signs[(m.get("isEqual", True), m.get("isRegex", False))]}"{m["value"]}"'
        for m in silence.get("matchers") or []
    )


def failing_rule(group: str, rule: dict[str, Any], scope: str) -> Observation:
    """A rule that cannot be evaluated."""
    source = Subject(scope=scope, kind="Alarm" if rule["type"] == "alerting" else "Metric", name=rule["name"])
    error = str(rule.get("lastError", ""))
    attributes = {"rule": rule["name"], "group": group, "error": excerpt(error)}
    return Observation(code="rule.failing", subject=source, attributes=attributes, excerpt=excerpt(error))


def down(target: dict[str, Any], cluster: str, host: str) -> Observation:
    """A target that did not answer its last scrape."""
    labels, error = target["labels"], excerpt(target.get("lastError", ""))
    attributes = {"job": labels.get("job", ""), "instance": labels.get("instance", ""), "error": error}
    about = subject_of_labels(labels, cluster) or subject({"__name__": "up", **labels}, cluster, host)
    at = _time(target.get("lastScrape", ""))
    return Observation(code="target.down", subject=about, at=at, attributes=attributes, excerpt=error)


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
