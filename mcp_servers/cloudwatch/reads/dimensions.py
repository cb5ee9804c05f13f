"""What a metric's dimensions plainly mean. Where they leave a doubt, nothing is claimed."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.contract.facts import Subject

AWS_KINDS: Final[dict[str, str]] = {
    "TableName": "Table",
    "DBInstanceIdentifier": "Database",
    "DBClusterIdentifier": "Database",
    "FunctionName": "Function",
    "QueueName": "Queue",
    "CacheClusterId": "Cache",
    "NatGatewayId": "NatGateway",
    "LoadBalancer": "LoadBalancer",
    "LoadBalancerName": "LoadBalancer",
    "Service": "Service",
    "ServiceName": "Service",
}
_POD_OF_A_REPLICASET = re.compile(r"-[a-z0-9]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")


def subject_of_dimensions(dimensions: dict[str, str], scope: str) -> Subject | None:
    """The resource behind the dimensions; `scope` is `<account>/<region>` of the metric.

    With ClusterName the object lives in that cluster. Container Insights calls the workload `PodName` and the pod
    itself `FullPodName`, so a `PodName` that carries no pod suffix is the Deployment of that name.
    """
    cluster, namespace = dimensions.get("ClusterName", ""), dimensions.get("Namespace", "")
    if cluster and namespace:
        if name := dimensions.get("FullPodName"):
            return Subject(scope=cluster, kind="Pod", namespace=namespace, name=name)
        if name := dimensions.get("PodName"):
            kind = "Pod" if _POD_OF_A_REPLICASET.search(name) else "Deployment"
            return Subject(scope=cluster, kind=kind, namespace=namespace, name=name)
        if name := dimensions.get("Service"):
            return Subject(scope=cluster, kind="Service", namespace=namespace, name=name)
        return Subject(scope=cluster, kind="Namespace", name=namespace)
    if cluster and (name := dimensions.get("NodeName")):
        return Subject(scope=cluster, kind="Node", name=name)
    for dimension, kind in AWS_KINDS.items():
        if name := dimensions.get(dimension):
            return Subject(scope=scope, kind=kind, name=bare(name))
    return None


def bare(value: str) -> str:
    """`targetgroup/<name>/<id>` and `app/<name>/<id>` carry a name in their middle."""
    parts = value.split("/")
    return parts[1] if len(parts) == 3 else value


def about(namespace: str, metric: str, dimensions: dict[str, str], scope: str) -> Subject:
    """The resource meant, or else the metric itself."""
    labels = ",".join(f"{name}={value}" for name, value in sorted(dimensions.items()))
    return subject_of_dimensions(dimensions, scope) or Subject(
        scope=scope, kind="Metric", name=f"{namespace}/{metric}" + (f"{{{labels}}}" if labels else "")
    )
