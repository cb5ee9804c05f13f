"""What the API server writes into an object where its author said nothing.

Pure: the same object always gets the same defaults. What needs the whole cluster (a Service's address) is in `changes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.pod_defaults import complete_pod, fill, fill_template, qos_class
from sre_lab.objects.copies import deep_copy

Obj = dict[str, Any]


def with_defaults(obj: Obj) -> Obj:
    """A copy with defaults, apiVersion and the first status filled in; LookupError for a kind that is not served."""
    new = deep_copy(obj)
    new.setdefault("apiVersion", of_kind(new["kind"]).api_version)
    new.setdefault("metadata", {})
    if of_kind(new["kind"]).namespaced:
        new["metadata"].setdefault("namespace", "default")
    change = _BY_KIND.get(new["kind"])
    if change is not None:
        change(new)
    return new


def first_status(obj: Obj) -> Obj | None:
    """The status that the server gives a new object of this kind; None where it has no status of its own."""
    kind = obj["kind"]
    if kind == "Pod":
        return {"phase": "Pending", "qosClass": qos_class(obj.get("spec") or {})}
    if kind in ("Service", "Ingress"):
        return {"loadBalancer": {}}
    if kind in ("PersistentVolumeClaim", "PersistentVolume"):
        return {"phase": "Pending"}
    if kind == "Namespace":
        return {"phase": "Active"}
    if kind in ("ReplicaSet", "StatefulSet"):
        return {"replicas": 0} | ({"availableReplicas": 0} if kind == "StatefulSet" else {})
    if kind == "HorizontalPodAutoscaler":
        return {"currentMetrics": None, "desiredReplicas": 0}
    if kind == "DaemonSet":
        counts = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
        return dict.fromkeys(counts, 0)
    return {} if kind in ("Deployment", "Job", "CronJob", "ResourceQuota") else None


def _deployment(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec.setdefault("strategy", {})
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy.setdefault("rollingUpdate", {}), maxSurge="25%", maxUnavailable="25%")
    _pods_of(spec)


def _replica_set(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, replicas=1)
    _pods_of(spec)


def _stateful_set(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy.setdefault("rollingUpdate", {}), partition=0)
    fill(spec.setdefault("persistentVolumeClaimRetentionPolicy", {}), whenDeleted="Retain", whenScaled="Retain")
    for claim in spec.get("volumeClaimTemplates") or []:
        fill(claim, apiVersion="v1", kind="PersistentVolumeClaim", status={"phase": "Pending"})
        fill(claim.setdefault("metadata", {}), creationTimestamp=None)
        fill(claim.setdefault("spec", {}), volumeMode="Filesystem")
    _pods_of(spec)


def _daemon_set(obj: Obj) -> None:
    annotations = obj["metadata"].setdefault("annotations", {})
    annotations["deprecated.daemonset.template.generation"] = str(obj["metadata"].get("generation", 1))
    spec = obj.setdefault("spec", {})
    fill(spec, revisionHistoryLimit=10)
    strategy = spec.setdefault("updateStrategy", {})
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy.setdefault("rollingUpdate", {}), maxSurge=0, maxUnavailable=1)
    _pods_of(spec)


def _job(obj: Obj) -> None:
    _job_spec(obj.setdefault("spec", {}))


def _job_spec(spec: Obj) -> None:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        fill(spec, completions=1)
    fill(spec, parallelism=1, backoffLimit=6, completionMode="NonIndexed", suspend=False, manualSelector=False)
    fill(spec, podReplacementPolicy="TerminatingOrFailed")
    _pods_of(spec)


def _cron_job(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    template = spec.setdefault("jobTemplate", {})
    fill(template.setdefault("metadata", {}), creationTimestamp=None)
    _pods_of(template.setdefault("spec", {}))


def _pods_of(spec: Obj) -> None:
    fill_template(spec.setdefault("template", {}))


def _service(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] != "ExternalName":
        fill(spec, ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack", internalTrafficPolicy="Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        fill(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        fill(spec, allocateLoadBalancerNodePorts=True)
    for port in spec.get("ports") or []:
        fill(port, protocol="TCP", targetPort=port.get("port"))


def _namespace(obj: Obj) -> None:
    fill(obj["metadata"].setdefault("labels", {}), **{"kubernetes.io/metadata.name": obj["metadata"].get("name", "")})
    fill(obj.setdefault("spec", {}), finalizers=["kubernetes"])


def _secret(obj: Obj) -> None:
    fill(obj, type="Opaque")


def _claim(obj: Obj) -> None:
    fill(obj.setdefault("spec", {}), volumeMode="Filesystem")


def _volume(obj: Obj) -> None:
    fill(obj.setdefault("spec", {}), volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")


def _storage_class(obj: Obj) -> None:
    fill(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _autoscaler(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, minReplicas=1)
    if obj["apiVersion"] == "autoscaling/v2" and not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def _slice(obj: Obj) -> None:
    for port in obj.get("ports") or []:
        fill(port, name="", protocol="TCP")


def _endpoints(obj: Obj) -> None:
    for subset in obj.get("subsets") or []:
        for port in subset.get("ports") or []:
            fill(port, protocol="TCP")


def _network_policy(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, policyTypes=["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


_BY_KIND: dict[str, Callable[[Obj], None]] = {
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Pod": complete_pod,
    "Service": _service,
    "Namespace": _namespace,
    "Secret": _secret,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "StorageClass": _storage_class,
    "HorizontalPodAutoscaler": _autoscaler,
    "EndpointSlice": _slice,
    "Endpoints": _endpoints,
    "NetworkPolicy": _network_policy,
}
