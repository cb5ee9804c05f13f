"""The names of everything that is known to break on Kubernetes on AWS, by group.

A class may be named here long before the catalogue can recognise it: scenarios state their causes in these words, and
what the catalogue lacks can be counted. A class file whose name is not here needs a line here.
"""

from __future__ import annotations

GROUPS: dict[str, tuple[str, ...]] = {
    "image": (
        "image_pull_failed",  # tag or repository is not there
        "registry_auth_failed",
        "registry_unreachable",  # throttled, down, or no route to it
        "wrong_architecture",
        "bad_command",
        "config_missing",  # ConfigMap, Secret or key
        "config_wrong",  # there, with a wrong value
        "secret_stale",  # rotated, and pods still use the old one
        "env_wrong",  # variable missing or shadowed
        "init_blocked",
        "sidecar_failed",
    ),
    "crash": (
        "crash_loop",
        "oom_killed",
        "limits_shrunk",  # by a mutating webhook
        "node_out_of_memory",
        "cpu_throttled",
        "runtime_collapse",  # garbage collection, too small a heap
        "retry_storm",
        "pool_exhausted",  # connections, or a lock in the database
        "kernel_limit_hit",  # file descriptors, ephemeral ports, shared memory, conntrack
        "clock_drift",
        "poison_message",
    ),
    "probes": (
        "liveness_wrong",
        "readiness_wrong",
        "shutdown_ungraceful",
        "rollout_stuck",
        "job_failing",
        "finalizer_stuck",
        "scaled_to_zero",
    ),
    "scheduling": (
        "capacity_insufficient",
        "placement_impossible",  # taint, node selector, affinity
        "quota_exceeded",
        "preempted",
        "admission_denied",
        "autoscaler_blocked",  # cannot act, or at its maximum
        "drain_blocked",
        "nodes_not_added",
    ),
    "node": (
        "node_not_ready",
        "disk_pressure",
        "memory_pressure",  # or process ids
        "node_reclaimed",
        "hardware_degraded",
        "node_not_joined",
    ),
    "network": (
        "service_misdirected",  # selector or target port
        "service_overselects",
        "service_deleted",
        "cluster_dns_broken",
        "dns_policy_wrong",
        "network_policy_blocks",
        "traffic_policy_local",
        "pod_addresses_exhausted",
        "network_plugin_broken",
        "nat_exhausted",
        "cloud_network_changed",  # security group, NACL, route
        "load_balancer_unhealthy",
        "ingress_misrouted",
        "mesh_policy_blocks",
        "certificate_expired",
    ),
    "storage": (
        "volume_unprovisioned",
        "volume_unattachable",  # zone, node affinity, attached elsewhere
        "volume_full",
    ),
    "identity": (
        "rbac_denied",
        "cloud_identity_denied",  # IRSA, Pod Identity, IAM
        "webhook_down",
        "api_server_overloaded",
        "gitops_drift",
        "version_removed",  # an upgrade took an API away
    ),
    "aws_dependency": (
        "database_degraded",
        "cache_degraded",
        "queue_backlog",
        "table_throttled",
        "function_timed_out",
        "region_impaired",
        "bad_rollout",  # a regression that came with a deployment
        "traffic_surge",
        "alarm_misleading",  # stale, recovered, noisy, duplicate
        "monitoring_gap",
        "dependency_unreachable",  # whatever it is that a workload needs and that does not answer
    ),
}

GROUP_OF: dict[str, str] = {name: group for group, names in GROUPS.items() for name in names}
