"""What kube-state-metrics tells of pods."""

from __future__ import annotations

from collections.abc import Iterable

from sre_lab.instrumentation.exporters.containers import CONTAINERS
from sre_lab.instrumentation.exporters.metric_tables import (
    CREATED,
    KindMetrics,
    ObjectMetric,
    Row,
    at,
    condition,
    field,
    info,
    moment,
    name_labels,
    one_of,
    owners,
    text,
)
from sre_lab.objects.store import Obj

PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
REASONS = ("Evicted", "NodeAffinity", "NodeLost", "Shutdown", "UnexpectedAdmissionError")
CLASSES = ("BestEffort", "Burstable", "Guaranteed")


def _info(pod: Obj) -> Iterable[Row]:
    owner: Obj = next(iter(pod["metadata"].get("ownerReferences") or []), {})
    labels = {
        "host_ip": text(at(pod, ("status", "hostIP"))),
        "pod_ip": text(at(pod, ("status", "podIP"))),
        "node": pod["spec"].get("nodeName", ""),
        "created_by_kind": owner.get("kind", "<none>"),
        "created_by_name": owner.get("name", "<none>"),
        "priority_class": pod["spec"].get("priorityClassName", ""),
        "host_network": text(bool(pod["spec"].get("hostNetwork"))),
    }
    return [({name: value for name, value in labels.items() if value}, 1.0)]


def _since(name: str) -> ObjectMetric:
    """When a condition became true."""

    def tell(pod: Obj) -> Iterable[Row]:
        conditions = [
            c for c in at(pod, ("status", "conditions")) or [] if c["type"] == name and c.get("status") == "True"
        ]
        return [row for c in conditions for row in moment("lastTransitionTime")(c)]

    return ObjectMetric(f"Unix timestamp when the pod moved into the {name} status.", tell)


def _unschedulable(pod: Obj) -> Iterable[Row]:
    conditions = at(pod, ("status", "conditions")) or []
    if any(c["type"] == "PodScheduled" and c.get("reason") == "Unschedulable" for c in conditions):
        yield {}, 1.0


def _tolerations(pod: Obj) -> Iterable[Row]:
    for toleration in pod["spec"].get("tolerations") or []:
        labels = {"key": "key", "operator": "operator", "effect": "effect", "toleration_seconds": "tolerationSeconds"}
        yield {label: text(toleration[key]) for label, key in labels.items() if key in toleration}, 1.0


def _claims(pod: Obj) -> Iterable[Row]:
    for volume in pod["spec"].get("volumes") or []:
        if claim := (volume.get("persistentVolumeClaim") or {}).get("claimName"):
            yield {"volume": volume["name"], "persistentvolumeclaim": claim}, 1.0


PODS = KindMetrics(
    "Pod",
    name_labels("pod", uid=True),
    {
        "kube_pod_info": ObjectMetric("Information about pod.", _info),
        "kube_pod_owner": ObjectMetric("Information about the Pod's owner.", owners),
        "kube_pod_created": CREATED,
        "kube_pod_start_time": ObjectMetric("Start time in unix timestamp for a pod.", moment("status", "startTime")),
        "kube_pod_deletion_timestamp": ObjectMetric("Unix deletion timestamp", moment("metadata", "deletionTimestamp")),
        "kube_pod_restart_policy": ObjectMetric(
            "Describes the restart policy in use by this pod.", info(type=("spec", "restartPolicy"))
        ),
        "kube_pod_status_phase": ObjectMetric("The pods current phase.", one_of("phase", ("status", "phase"), PHASES)),
        "kube_pod_status_reason": ObjectMetric(
            "The pod status reasons", one_of("reason", ("status", "reason"), REASONS)
        ),
        "kube_pod_status_qos_class": ObjectMetric(
            "The pods current qosClass.", one_of("qos_class", ("status", "qosClass"), CLASSES)
        ),
        "kube_pod_status_ready": ObjectMetric(
            "Describes whether the pod is ready to serve requests.", condition("Ready")
        ),
        "kube_pod_status_scheduled": ObjectMetric(
            "Describes the status of the scheduling process for the pod.", condition("PodScheduled")
        ),
        "kube_pod_status_unschedulable": ObjectMetric(
            "Describes the unschedulable status for the pod.", _unschedulable
        ),
        "kube_pod_status_ready_time": _since("Ready"),
        "kube_pod_status_scheduled_time": _since("PodScheduled"),
        "kube_pod_status_initialized_time": _since("Initialized"),
        "kube_pod_tolerations": ObjectMetric("Information about the pod tolerations", _tolerations),
        "kube_pod_spec_volumes_persistentvolumeclaims_info": ObjectMetric(
            "Information about persistentvolumeclaim volumes in a pod.", _claims
        ),
        "kube_pod_termination_grace_period_seconds": ObjectMetric(
            "Duration in seconds the pod needs to terminate gracefully.", field("spec", "terminationGracePeriodSeconds")
        ),
        **CONTAINERS,
    },
)
