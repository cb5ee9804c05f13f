"""What kube-state-metrics tells of claims and volumes, of Services and their Endpoints, and of what sets limits."""

from __future__ import annotations

from collections.abc import Iterable

from sre_lab.instrumentation.exporters.metric_tables import (
    CREATED,
    KindMetrics,
    ObjectMetric,
    Row,
    Tell,
    amount,
    at,
    conditions,
    field,
    info,
    name_labels,
    one_of,
    text,
)
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj

VOLUME_PHASES = ("Pending", "Available", "Bound", "Released", "Failed")


def _modes(obj: Obj) -> Iterable[Row]:
    return [({"access_mode": mode}, 1.0) for mode in at(obj, ("spec", "accessModes")) or []]


def _addresses(*parts: str) -> Tell:
    """One row for each address and port; `ready` says in which list it stands."""

    def tell(obj: Obj) -> Iterable[Row]:
        for subset in obj.get("subsets") or []:
            for ready, part in (("true", "addresses"), ("false", "notReadyAddresses")):
                for address in (subset.get(part) or []) if part in parts else []:
                    for port in subset.get("ports") or [{}]:
                        labels = {
                            "ip": address.get("ip", ""),
                            "port_name": port.get("name", ""),
                            "port_number": text(port.get("port")),
                            "port_protocol": port.get("protocol", "TCP"),
                            "ready": ready,
                        }
                        yield labels, 1.0

    return tell


def _number(part: str) -> Tell:
    """How many addresses stand in a list, each as often as the subset has ports."""

    def tell(obj: Obj) -> Iterable[Row]:
        subsets = obj.get("subsets") or []
        return [({}, float(sum(len(s.get(part) or []) * len(s.get("ports") or [{}]) for s in subsets)))]

    return tell


def _quota(obj: Obj) -> Iterable[Row]:
    for part in ("hard", "used"):
        for name, quantity in (at(obj, ("status", part)) or {}).items():
            yield {"resource": name, "type": part}, float(parse(quantity))


CLAIMS = KindMetrics(
    "PersistentVolumeClaim",
    name_labels("persistentvolumeclaim"),
    {
        "kube_persistentvolumeclaim_info": ObjectMetric(
            "Information about persistent volume claim.",
            info(
                storageclass=("spec", "storageClassName"),
                volumename=("spec", "volumeName"),
                volumemode=("spec", "volumeMode"),
            ),
        ),
        "kube_persistentvolumeclaim_created": CREATED,
        "kube_persistentvolumeclaim_status_phase": ObjectMetric(
            "The phase the persistent volume claim is currently in.",
            one_of("phase", ("status", "phase"), ("Lost", "Bound", "Pending"), "Pending"),
        ),
        "kube_persistentvolumeclaim_resource_requests_storage_bytes": ObjectMetric(
            "The capacity of storage requested by the persistent volume claim.",
            amount("spec", "resources", "requests", "storage"),
        ),
        "kube_persistentvolumeclaim_access_mode": ObjectMetric(
            "The access mode(s) specified by the persistent volume claim.", _modes
        ),
    },
)
VOLUMES = KindMetrics(
    "PersistentVolume",
    name_labels("persistentvolume", namespaced=False),
    {
        "kube_persistentvolume_info": ObjectMetric(
            "Information about persistentvolume.", info(storageclass=("spec", "storageClassName"))
        ),
        "kube_persistentvolume_status_phase": ObjectMetric(
            "The phase indicates if a volume is available, bound to a claim, or released by a claim.",
            one_of("phase", ("status", "phase"), VOLUME_PHASES),
        ),
        "kube_persistentvolume_capacity_bytes": ObjectMetric(
            "Persistentvolume capacity in bytes.", amount("spec", "capacity", "storage")
        ),
        "kube_persistentvolume_claim_ref": ObjectMetric(
            "Information about the Persistent Volume Claim Reference.",
            info(name=("spec", "claimRef", "name"), claim_namespace=("spec", "claimRef", "namespace")),
        ),
    },
)
SERVICES = KindMetrics(
    "Service",
    name_labels("service", uid=True),
    {
        "kube_service_info": ObjectMetric(
            "Information about service.",
            info(cluster_ip=("spec", "clusterIP"), external_name=("spec", "externalName")),
        ),
        "kube_service_created": CREATED,
        "kube_service_spec_type": ObjectMetric("Type about service.", info(type=("spec", "type"))),
    },
)
ENDPOINTS = KindMetrics(
    "Endpoints",
    name_labels("endpoint"),
    {
        "kube_endpoint_info": ObjectMetric("Information about endpoint.", info()),
        "kube_endpoint_created": CREATED,
        "kube_endpoint_address": ObjectMetric(
            "Information about Endpoint available and non available addresses.",
            _addresses("addresses", "notReadyAddresses"),
        ),
        "kube_endpoint_address_available": ObjectMetric(
            "Number of addresses available in endpoint.", _number("addresses")
        ),
        "kube_endpoint_address_not_ready": ObjectMetric(
            "Number of addresses not ready in endpoint", _number("notReadyAddresses")
        ),
    },
)
NAMESPACES = KindMetrics(
    "Namespace",
    name_labels("namespace", namespaced=False),
    {
        "kube_namespace_created": CREATED,
        "kube_namespace_status_phase": ObjectMetric(
            "kubernetes namespace status phase.", one_of("phase", ("status", "phase"), ("Active", "Terminating"))
        ),
    },
)
AUTOSCALERS = KindMetrics(
    "HorizontalPodAutoscaler",
    name_labels("horizontalpodautoscaler"),
    {
        "kube_horizontalpodautoscaler_info": ObjectMetric(
            "Information about this autoscaler.",
            info(
                scaletargetref_api_version=("spec", "scaleTargetRef", "apiVersion"),
                scaletargetref_kind=("spec", "scaleTargetRef", "kind"),
                scaletargetref_name=("spec", "scaleTargetRef", "name"),
            ),
        ),
        "kube_horizontalpodautoscaler_spec_max_replicas": ObjectMetric(
            "Upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.",
            field("spec", "maxReplicas", unset=0),
        ),
        "kube_horizontalpodautoscaler_spec_min_replicas": ObjectMetric(
            "Lower limit for the number of pods that can be set by the autoscaler, default 1.",
            field("spec", "minReplicas", unset=1),
        ),
        "kube_horizontalpodautoscaler_status_current_replicas": ObjectMetric(
            "Current number of replicas of pods managed by this autoscaler.",
            field("status", "currentReplicas", unset=0),
        ),
        "kube_horizontalpodautoscaler_status_desired_replicas": ObjectMetric(
            "Desired number of replicas of pods managed by this autoscaler.",
            field("status", "desiredReplicas", unset=0),
        ),
        "kube_horizontalpodautoscaler_status_condition": ObjectMetric(
            "The condition of this autoscaler.", conditions()
        ),
    },
)
BUDGETS = KindMetrics(
    "PodDisruptionBudget",
    name_labels("poddisruptionbudget"),
    {
        f"kube_poddisruptionbudget_status_{end}": ObjectMetric(help, field("status", name, unset=0))
        for end, name, help in (
            ("current_healthy", "currentHealthy", "Current number of healthy pods."),
            ("desired_healthy", "desiredHealthy", "Minimum desired number of healthy pods."),
            ("expected_pods", "expectedPods", "Total number of pods counted by this disruption budget."),
            ("pod_disruptions_allowed", "disruptionsAllowed", "Number of pod disruptions that are currently allowed."),
        )
    },
)
QUOTAS = KindMetrics(
    "ResourceQuota",
    name_labels("resourcequota"),
    {
        "kube_resourcequota_created": CREATED,
        "kube_resourcequota": ObjectMetric("Information about resource quota.", _quota),
    },
)
