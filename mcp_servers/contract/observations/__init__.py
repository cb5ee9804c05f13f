"""The closed table of observations and relations: what each code means, what it carries, and what follows from it.

A server emits no other code, and a failure class names no other: tests hold both. Attributes are named after the field
of the source where there is one. Of a table of the cloud, `refused`, `consumed` and `provisioned` are units a second,
the first two at their highest.
"""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.alarms import ALARMS
from mcp_servers.contract.observations.calls import CALLS
from mcp_servers.contract.observations.cloud import CLOUD
from mcp_servers.contract.observations.containers import CONTAINERS
from mcp_servers.contract.observations.control_plane import CONTROL_PLANE
from mcp_servers.contract.observations.hygiene import UNWISE
from mcp_servers.contract.observations.log_changes import LOG_CHANGES
from mcp_servers.contract.observations.log_limits import LOG_LIMITS
from mcp_servers.contract.observations.logs import LOGS
from mcp_servers.contract.observations.metrics import METRICS
from mcp_servers.contract.observations.network import NETWORK
from mcp_servers.contract.observations.nodes import NODES
from mcp_servers.contract.observations.pods import PODS
from mcp_servers.contract.observations.record import ANY, ObservationType, Polarity, Quantity, Value
from mcp_servers.contract.observations.references import REFERENCES
from mcp_servers.contract.observations.rollouts import ROLLOUTS
from mcp_servers.contract.observations.runbooks import RUNBOOKS
from mcp_servers.contract.observations.storage import STORAGE
from mcp_servers.contract.observations.templates import TEMPLATES
from mcp_servers.contract.observations.workloads import WORKLOADS

__all__ = [
    "ANY",
    "LOG_LIMITS",
    "OBSERVATIONS",
    "RELATIONS",
    "ObservationType",
    "Polarity",
    "Quantity",
    "faults",
    "of_polarity",
]

OBSERVATIONS: Final[dict[str, ObservationType]] = {
    entry.code: entry
    for table in (
        *(CONTAINERS, PODS, WORKLOADS, ROLLOUTS, NETWORK, NODES, STORAGE, REFERENCES),
        *(LOGS, LOG_LIMITS, LOG_CHANGES, CALLS, METRICS, ALARMS, CLOUD, RUNBOOKS, UNWISE),
        *(CONTROL_PLANE, TEMPLATES),
    )
    for entry in table
}

RELATIONS: Final[dict[str, str]] = {
    "owns": "controller and what it created",
    "selects": "Service and the pods or workload it selects; if it matches nothing, the closest ones",
    "refers_to": "workload and the ConfigMap, Secret, claim or account that its template names",
    "runs_on": "pod and node, node and zone",
    "scales": "autoscaler and the workload it scales",
    "guards": "PodDisruptionBudget or NetworkPolicy and the workload of the pods it selects",
    "limits": "ResourceQuota and a workload of its namespace",
    "served_by": "Ingress and the workload of the controller that serves it",
    "routes_to": "Ingress or webhook configuration and the Service it calls",
    "bound_to": "claim and its volume",
    "calls": "workload and what it depends on (table, database, address, other workload)",
    "watches": "alarm and what its metric is about",
}


def of_polarity(*polarities: Polarity) -> frozenset[str]:
    """The codes of these polarities."""
    return frozenset(entry.code for entry in OBSERVATIONS.values() if entry.polarity in polarities)


def faults(code: str, attributes: dict[str, Value]) -> list[str]:
    """What is wrong with an observation of that code and these attributes; empty where nothing is."""
    entry = OBSERVATIONS.get(code)
    if entry is None:
        return [f"observation {code!r} is not in the table"]
    specs, unknown, wrong = entry.attributes, [], []
    for name, value in attributes.items():
        attribute = specs.get(name)
        if attribute is None:
            unknown.append(f"{code} has no attribute {name!r}")
        elif not attribute.takes(value):
            wrong.append(f"{code}.{name} is {attribute.kind}, not {value!r}")
    return unknown + wrong
