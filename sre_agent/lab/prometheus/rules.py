"""The alerting rules of the lab's Prometheus, as data, and which of their alerts are on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sre_agent.lab.clock import rfc3339
from sre_agent.lab.coupling import scrape
from sre_agent.lab.prometheus.promql.evaluation import Evaluation
from sre_agent.lab.prometheus.promql.parser import parse
from sre_agent.lab.prometheus.promql.tree import Sample
from sre_agent.lab.world import World

STEP_SECONDS = 30.0  # between two evaluations
REMEMBERED_SECONDS = 7200.0  # how far back the beginning of an alert is looked for

Identity = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rule:
    """`wait` is the rule's `for`, in seconds. Annotations may name labels as `{{ $labels.x }}`."""

    name: str
    query: str
    wait: float
    severity: str
    annotations: dict[str, str] = field(default_factory=dict)


RULES = (
    Rule(
        "KubePodCrashLooping",
        'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
        60.0,
        "warning",
        {
            "summary": "Pod is crash looping.",
            "description": "Pod {{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}) is in waiting "
            'state (reason: "CrashLoopBackOff").',
        },
    ),
    Rule(
        "KubeDeploymentReplicasMismatch",
        "kube_deployment_spec_replicas != kube_deployment_status_replicas_available",
        120.0,
        "warning",
        {
            "summary": "Deployment has not matched the expected number of replicas.",
            "description": "Deployment {{ $labels.namespace }}/{{ $labels.deployment }} has not matched the expected "
            "number of replicas.",
        },
    ),
    Rule(
        "KubePodNotReady",
        'sum by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Unknown|Failed"}) > 0',
        300.0,
        "warning",
        {
            "summary": "Pod has been in a non-ready state for a while.",
            "description": "Pod {{ $labels.namespace }}/{{ $labels.pod }} has been in a non-ready state.",
        },
    ),
    Rule(
        "KubeNodeNotReady",
        'kube_node_status_condition{condition="Ready",status="true"} == 0',
        120.0,
        "critical",
        {"summary": "Node is not ready.", "description": "{{ $labels.node }} has been unready."},
    ),
)


def active(world: World) -> list[dict[str, Any]]:
    """The alerts that are pending or firing now, as /api/v1/alerts shows them."""
    return [alert for rule in RULES for alert in active_of(world, rule)]


def active_of(world: World, rule: Rule) -> list[dict[str, Any]]:
    scrape(world)
    now = world.clock.now()
    evaluation = Evaluation(world.metrics, parse(rule.query))
    alerts = []
    begun: dict[Identity, float] = {_identity(sample): now for sample in _samples(evaluation, now)}
    _look_back(evaluation, now, begun)
    for sample in _samples(evaluation, now):
        labels = {n: v for n, v in sample.labels.items() if n != "__name__"}
        since = begun[_identity(sample)]
        alerts.append(
            {
                "labels": {"alertname": rule.name, **labels, "severity": rule.severity},
                "annotations": {name: _filled(text, labels) for name, text in rule.annotations.items()},
                "state": "firing" if now - since >= rule.wait else "pending",
                "activeAt": rfc3339(since),
                "value": f"{sample.value:e}",
            }
        )
    return alerts


def _look_back(evaluation: Evaluation, now: float, begun: dict[Identity, float]) -> None:
    """Move each alert's beginning back to the first evaluation from which on it held without a break."""
    running = set(begun)
    time = now // STEP_SECONDS * STEP_SECONDS
    while running and time > now - REMEMBERED_SECONDS:
        running &= {_identity(sample) for sample in _samples(evaluation, time)}
        begun.update(dict.fromkeys(running, time))
        time -= STEP_SECONDS


def _samples(evaluation: Evaluation, time: float) -> list[Sample]:
    value = evaluation.at(time)
    return [item for item in value if isinstance(item, Sample)] if isinstance(value, list) else []


def _identity(sample: Sample) -> Identity:
    return tuple(sorted((n, v) for n, v in sample.labels.items() if n != "__name__"))


def _filled(text: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        text = text.replace("{{ $labels." + name + " }}", value)
    return text


def groups(world: World) -> list[dict[str, Any]]:
    """The rules as /api/v1/rules shows them."""
    rules = []
    for rule in RULES:
        alerts = active_of(world, rule)
        states = {alert["state"] for alert in alerts}
        state = "firing" if "firing" in states else "pending" if states else "inactive"
        rules.append(
            {
                "type": "alerting",
                "name": rule.name,
                "query": rule.query,
                "duration": rule.wait,
                "labels": {"severity": rule.severity},
                "annotations": rule.annotations,
                "alerts": alerts,
                "state": state,
                "health": "ok",
            }
        )
    return [{"name": "kubernetes", "file": "kubernetes.yaml", "interval": STEP_SECONDS, "rules": rules}]
