"""What each metric is: its type and its help, as the exporters that tell it say them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sre_lab.instrumentation.exporters import HELP
from sre_lab.prometheus.parameters import Params, limit
from sre_lab.prometheus.promql.selection import NAME, NAMESPACE
from sre_lab.world import World

SUFFIXES = ("_bucket", "_count", "_sum")


@dataclass(frozen=True)
class MetricFamily:
    """Metrics under one name; those of a histogram have suffixes."""

    name: str
    type: str
    help: str


_REQUESTS = ("counter", "Requests answered, by service and status code.")
_ALERTS = {
    "ALERTS": ("gauge", "Alerts of the alerting rules that are pending or firing."),
    "ALERTS_FOR_STATE": ("gauge", "Since when each alert is pending or firing."),
}
_DURATIONS = ("histogram", "How long requests took, by service.")

FAMILIES = {
    name: MetricFamily(name, kind, text)
    for name, (kind, text) in {
        **HELP,
        **_ALERTS,
        "http_requests_total": _REQUESTS,
        "http_request_duration_seconds": _DURATIONS,
    }.items()
}


def family(metric: str) -> MetricFamily:
    """The family of a metric; one that nobody described is untyped."""
    for suffix in SUFFIXES:
        metric_family = FAMILIES.get(metric.removesuffix(suffix))
        if metric.endswith(suffix) and metric_family is not None and metric_family.type == "histogram":
            return metric_family
    return FAMILIES.get(metric) or MetricFamily(metric, "untyped", "")


def metadata(world: World, params: Params) -> dict[str, list[dict[str, Any]]]:
    """Type and help by metric, for those that are there; `metric` picks one, `limit` the first ones."""
    metric = str(params.get("metric") or "")
    families = {family(name) for name in world.metrics.names(NAMESPACE) if NAME.match(name)}
    matches = sorted((one for one in families if metric in ("", one.name)), key=lambda one: one.name)
    return {
        one.name: [{"type": one.type.replace("untyped", "unknown"), "help": one.help, "unit": ""}]
        for one in matches[: limit(params) or None]
    }
