"""What each metric is: its type and its help, as the exporters that tell it say them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sre_agent.lab.prometheus.parameters import Params, limit
from sre_agent.lab.prometheus.promql.selection import NAME, NAMESPACE
from sre_agent.lab.world import World

SUFFIXES = ("_bucket", "_count", "_sum")


@dataclass(frozen=True)
class Family:
    """Metrics under one name; those of a histogram have suffixes."""

    name: str
    type: str
    help: str


_COUNTERS = {
    "container_cpu_cfs_throttled_seconds_total": "Total time duration the container has been throttled.",
    "container_cpu_usage_seconds_total": "Cumulative cpu time consumed in seconds.",
    "http_requests_total": "Requests answered, by service and status code.",
    "kube_pod_container_status_restarts_total": "The number of container restarts per container.",
}
_GAUGES = {
    "container_memory_working_set_bytes": "Current working set in bytes.",
    "kube_daemonset_status_current_number_scheduled": "The number of nodes running at least one daemon pod and are "
    "supposed to.",
    "kube_daemonset_status_number_unavailable": "The number of nodes that should be running the daemon pod and have "
    "none of the daemon pod running and available.",
    "kube_daemonset_status_desired_number_scheduled": "The number of nodes that should be running the daemon pod.",
    "kube_daemonset_status_number_ready": "The number of nodes that should be running the daemon pod and have one or "
    "more of the daemon pod running and ready.",
    "kube_deployment_spec_replicas": "Number of desired pods for a deployment.",
    "kube_deployment_status_condition": "The current status conditions of a deployment.",
    "kube_deployment_status_observed_generation": "The generation observed by the deployment controller.",
    "kube_deployment_metadata_generation": "Sequence number representing a specific generation of the desired state.",
    "kube_deployment_status_replicas": "The number of replicas per deployment.",
    "kube_deployment_status_replicas_available": "The number of available replicas per deployment.",
    "kube_deployment_status_replicas_ready": "The number of ready replicas per deployment.",
    "kube_deployment_status_replicas_unavailable": "The number of unavailable replicas per deployment.",
    "kube_deployment_status_replicas_updated": "The number of updated replicas per deployment.",
    "kube_horizontalpodautoscaler_spec_max_replicas": "Upper limit for the number of pods that can be set by the "
    "autoscaler; cannot be smaller than MinReplicas.",
    "kube_horizontalpodautoscaler_spec_min_replicas": "Lower limit for the number of pods that can be set by the "
    "autoscaler, default 1.",
    "kube_horizontalpodautoscaler_status_current_replicas": "Current number of replicas of pods managed by this "
    "autoscaler.",
    "kube_horizontalpodautoscaler_status_desired_replicas": "Desired number of replicas of pods managed by this "
    "autoscaler.",
    "kube_job_status_active": "The number of actively running pods.",
    "kube_job_status_failed": "The number of pods which reached Phase Failed and the reason for failure.",
    "kube_job_status_succeeded": "The number of pods which reached Phase Succeeded.",
    "kube_node_info": "Information about a cluster node.",
    "kube_node_spec_unschedulable": "Whether a node can schedule new pods.",
    "kube_node_status_allocatable": "The allocatable for different resources of a node that are available for "
    "scheduling.",
    "kube_node_status_capacity": "The capacity for different resources of a node.",
    "kube_node_status_condition": "The condition of a cluster node.",
    "kube_persistentvolumeclaim_status_phase": "The phase the persistent volume claim is currently in.",
    "kube_pod_container_resource_limits": "The number of requested limit resource by a container. It is recommended "
    "to use the kube_pod_resource_limits metric exposed by kube-scheduler instead, as it is more precise.",
    "kube_pod_container_resource_requests": "The number of requested request resource by a container. It is "
    "recommended to use the kube_pod_resource_requests metric exposed by kube-scheduler instead, as it is more "
    "precise.",
    "kube_pod_container_status_last_terminated_exitcode": "Describes the exit code for the last container in "
    "terminated state.",
    "kube_pod_container_status_last_terminated_reason": "Describes the last reason the container was in terminated "
    "state.",
    "kube_pod_container_status_ready": "Describes whether the containers readiness check succeeded.",
    "kube_pod_container_status_waiting_reason": "Describes the reason the container is currently in waiting state.",
    "kube_pod_info": "Information about pod.",
    "kube_pod_status_phase": "The pods current phase.",
    "kube_pod_status_ready": "Describes whether the pod is ready to serve requests.",
    "kube_statefulset_replicas": "Number of desired pods for a StatefulSet.",
    "kube_statefulset_status_replicas": "The number of replicas per StatefulSet.",
    "kube_statefulset_status_replicas_updated": "The number of updated replicas per StatefulSet.",
    "kube_statefulset_status_replicas_ready": "The number of ready replicas per StatefulSet.",
}
_OWN = {
    "ALERTS": "Alerts of the alerting rules that are pending or firing.",
    "ALERTS_FOR_STATE": "Since when each alert is pending or firing.",
    "up": "Whether the target answered the last scrape.",
}
_HISTOGRAMS = {"http_request_duration_seconds": "How long requests took, by service."}

FAMILIES = {
    name: Family(name, kind, text)
    for kind, told in (("counter", _COUNTERS), ("gauge", {**_GAUGES, **_OWN}), ("histogram", _HISTOGRAMS))
    for name, text in told.items()
}


def family(metric: str) -> Family:
    """The family of a metric; one that nobody described is untyped."""
    for suffix in SUFFIXES:
        found = FAMILIES.get(metric.removesuffix(suffix))
        if metric.endswith(suffix) and found is not None and found.type == "histogram":
            return found
    return FAMILIES.get(metric) or Family(metric, "untyped", "")


def metadata(world: World, params: Params) -> dict[str, list[dict[str, Any]]]:
    """Type and help by metric, for those that are there; `metric` picks one, `limit` the first ones."""
    named = str(params.get("metric") or "")
    told = {family(name) for (_, name, _), _ in world.metrics.find(NAMESPACE) if NAME.match(name)}
    chosen = sorted((one for one in told if named in ("", one.name)), key=lambda one: one.name)
    return {
        one.name: [{"type": one.type.replace("untyped", "unknown"), "help": one.help, "unit": ""}]
        for one in chosen[: limit(params) or None]
    }
