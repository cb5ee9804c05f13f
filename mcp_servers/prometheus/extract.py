"""From series and alerts to facts. Pure functions."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kit.levels import Point
from mcp_servers.kit.windows import rfc3339

WORKLOADS: Final = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}
OBJECTS: Final = {**WORKLOADS, "pod": "Pod", "job_name": "Job", "service": "Service"}


def written(labels: dict[str, str]) -> str:
    """A series as Prometheus writes it."""
    inner = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "__name__")
    return labels.get("__name__", "") + (f"{{{inner}}}" if inner else "")


def meant(labels: dict[str, str], cluster: str) -> Subject | None:
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
    series = Subject(scope=cluster or f"prometheus/{host}", kind="Metric", name=written(labels) or "expression")
    return meant(labels, cluster) or series


def points(values: list[list[Any]]) -> list[Point]:
    """[seconds, "value"] pairs as numbers; NaN and infinities carry no level and are left out."""
    numbers = ((float(at), float(value)) for at, value in values)
    return [(at, value) for at, value in numbers if math.isfinite(value)]


def firing(alert: dict[str, Any], cluster: str, host: str) -> tuple[Observation, list[Relation]]:
    """A firing alert of /api/v1/alerts, and what it watches."""
    labels, annotations = alert["labels"], alert.get("annotations", {})
    name = labels.get("alertname", "")
    scope = cluster or f"prometheus/{host}"
    source = Subject(scope=scope, kind="Alarm", namespace=labels.get("namespace", ""), name=name)
    since = _time(alert.get("activeAt", ""))
    attributes: dict[str, Any] = {
        "alarm": name,
        "metric": written({k: v for k, v in labels.items() if k != "alertname"}),
    }
    if since:
        attributes["since"] = rfc3339(since)
    if value := points([[0, alert["value"]]] if "value" in alert else []):
        attributes["value"] = value[0][1]
    said = annotations.get("description") or annotations.get("summary") or annotations.get("message", "")
    seen = Observation(code="alarm.firing", subject=source, at=since, attributes=attributes, excerpt=excerpt(said))
    target = meant(labels, cluster)
    return seen, [Relation(kind="watches", source=source, target=target)] if target else []


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
