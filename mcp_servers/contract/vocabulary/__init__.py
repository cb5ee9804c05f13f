"""The closed lists of observation codes and relations, with what each means and which attributes it carries.

A server emits no other code, a failure class names no other: tests hold both. Attributes are named after the field
of the source where there is one. All counts are whole numbers, all times RFC 3339. Of a table,
`refused`, `consumed` and `provisioned` are units a second, the first two at their highest.
"""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.vocabulary.cluster import CLUSTER
from mcp_servers.contract.vocabulary.hygiene import HYGIENE
from mcp_servers.contract.vocabulary.logs import LOGS
from mcp_servers.contract.vocabulary.measured import MEASURED
from mcp_servers.contract.vocabulary.workloads import WORKLOADS

OBSERVATIONS: Final[dict[str, str]] = {**WORKLOADS, **CLUSTER, **LOGS, **MEASURED, **HYGIENE}

RELATIONS: Final[dict[str, str]] = {
    "owns": "controller and what it created",
    "selects": "Service and the pods or workload it sends to; of one that matches nothing, what it nearly names",
    "refers_to": "workload and the ConfigMap, Secret, claim or account that its template names",
    "runs_on": "pod and node, node and zone",
    "scales": "autoscaler and the workload it sizes",
    "guards": "PodDisruptionBudget or NetworkPolicy and the workload of the pods it takes",
    "limits": "ResourceQuota and a workload of its namespace",
    "routes_to": "Ingress or webhook configuration and the Service it sends to",
    "bound_to": "claim and its volume",
    "calls": "workload and what its requests need (table, database, address, other workload)",
    "watches": "alarm and what its metric is about",
}
