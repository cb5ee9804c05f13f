"""Words that look like names and are none: English ones with a hyphen, and the terms of the field."""

from __future__ import annotations

from typing import Final

_HYPHENED: Final = (
    "back-off built-in client-side cluster-wide crash-loop crash-looping crash-loops cross-account cross-zone"
    " end-to-end fall-back first-come half-open hand-over in-doubt least-privilege long-running non-zero one-sided"
    " out-of-memory over-committed pre-stop read-only re-created re-reads roll-out round-trip self-signed server-side"
    " short-lived so-called start-up time-out two-sided up-to-date user-defined well-known e.g i.e and/or"
)
_OF_THE_FIELD: Final = (
    "Kubernetes DaemonSet DaemonSets StatefulSet StatefulSets ReplicaSet ReplicaSets CronJob CronJobs ConfigMap"
    " ConfigMaps ServiceAccount ServiceAccounts NetworkPolicy NetworkPolicies PersistentVolume PersistentVolumes"
    " PersistentVolumeClaim PersistentVolumeClaims StorageClass StorageClasses ResourceQuota ResourceQuotas LimitRange"
    " PriorityClass ClusterRole ClusterRoleBinding RoleBinding HorizontalPodAutoscaler PodDisruptionBudget"
    " PodDisruptionBudgets EndpointSlice IngressClass NodePool CoreDNS CloudWatch DynamoDB ElastiCache"
    " MemoryPressure DiskPressure PIDPressure CrashLoopBackOff ImagePullBackOff ErrImagePull FailedScheduling"
    " CreateContainerConfigError IAM/STS I/O TCP/IP OpsCenter"
)
PROSE: Final = frozenset(_HYPHENED.split())
TERMS: Final = frozenset(_OF_THE_FIELD.split())
