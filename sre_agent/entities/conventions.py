"""What label names, dimension names and kind words mean everywhere: data."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.language.lexicon import cloud_kinds, kinds

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
AWS_KINDS: Final = ("Table", "Database", "Cache", "Function", "Queue", "LoadBalancer", "NatGateway")

# A label, without a prefix such as kube_, and the kind it names; the empty kind is any workload.
LABELS: Final[dict[str, str]] = {
    "pod": "Pod",
    "pod_name": "Pod",
    "deployment": "Deployment",
    "deployment_name": "Deployment",
    "stateful_set": "StatefulSet",
    "statefulset": "StatefulSet",
    "daemon_set": "DaemonSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
    "cron_job": "CronJob",
    "job_name": "Job",
    "replicaset": "ReplicaSet",
    "workload": "",
    "workload_name": "",
    "app": "",
    "app_kubernetes_io_name": "",
    "service": "Service",
    "service_name": "Service",
    "endpoint": "Service",  # Endpoints bear the name of their Service; of a scrape it is a port's name
    "endpoints": "Service",
}
# What is no workload: meant only by a signal that names none.
PLACE_LABELS: Final[dict[str, str]] = {
    "node": "Node",
    "node_name": "Node",
    "nodename": "Node",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "hpa": "HorizontalPodAutoscaler",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "pvc": "PersistentVolumeClaim",
    "ingress": "Ingress",
    "resourcequota": "ResourceQuota",
    "poddisruptionbudget": "PodDisruptionBudget",
    "pdb": "PodDisruptionBudget",
}
PLACE_DIMENSIONS: Final[dict[str, str]] = {"NodeName": "Node"}
LABEL_PREFIX: Final = re.compile(r"^(?:kube|kubernetes|k8s|exported|label)_")
NAMESPACE_LABELS: Final = ("namespace", "kube_namespace", "kubernetes_namespace", "k8s_namespace", "exported_namespace")
CLUSTER_LABELS: Final = ("cluster", "cluster_name", "kube_cluster_name")

DIMENSIONS: Final[dict[str, str]] = {
    "TableName": "Table",
    "DBInstanceIdentifier": "Database",
    "DBClusterIdentifier": "Database",
    "FunctionName": "Function",
    "QueueName": "Queue",
    "CacheClusterId": "Cache",
    "NatGatewayId": "NatGateway",
    "LoadBalancer": "LoadBalancer",
    "LoadBalancerName": "LoadBalancer",
}

POD_OF_REPLICASET: Final = re.compile(r"^(?P<owner>.+)-[a-z0-9]{6,10}-[a-z0-9]{5}$")


def kind_of(word: str) -> str | None:
    """The kind that a word names, of Kubernetes or AWS, in any case; None for no kind, empty for any workload."""
    low = word.lower().replace("-", "").replace("_", "")
    return kinds().get(low, cloud_kinds().get(low))
