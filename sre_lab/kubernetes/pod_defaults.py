"""Defaults of pods and pod templates; a stored pod also gets what admission adds (service account, tolerations)."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes import quantities

Obj = dict[str, Any]
NOT_READY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def fill(target: Obj, **values: Any) -> None:
    """Set each key that is not there yet."""
    for key, value in values.items():
        target.setdefault(key, value)


def fill_template(template: Obj) -> None:
    fill(template.setdefault("metadata", {}), creationTimestamp=None)
    fill_pod_spec(template.setdefault("spec", {}))


def fill_pod_spec(spec: Obj) -> None:
    fill(spec, restartPolicy="Always", terminationGracePeriodSeconds=30, dnsPolicy="ClusterFirst")
    fill(spec, securityContext={}, schedulerName="default-scheduler")
    if spec.get("serviceAccountName") or spec.get("serviceAccount"):
        name = spec.get("serviceAccountName") or spec["serviceAccount"]
        spec["serviceAccountName"] = spec["serviceAccount"] = name
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        if isinstance(container, dict):
            _container(container)
    for volume in spec.get("volumes") or []:
        _volume(volume)


def complete_pod(pod: Obj) -> None:
    """Defaults of the pod itself, as after admission."""
    spec = pod.setdefault("spec", {})
    fill_pod_spec(spec)
    fill(spec, serviceAccountName="default", serviceAccount="default", enableServiceLinks=True, priority=0)
    fill(spec, preemptionPolicy="PreemptLowerPriority")
    for container in spec.get("containers") or []:
        resources = container["resources"] if isinstance(container, dict) else {}
        for name, amount in (resources.get("limits") or {}).items():
            resources.setdefault("requests", {}).setdefault(name, amount)
    tolerations = spec.setdefault("tolerations", [])
    for key in NOT_READY:
        if not any(t.get("key") == key or (not t.get("key") and t.get("operator") == "Exists") for t in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})


def qos_class(spec: Obj) -> str:
    """Guaranteed, Burstable or BestEffort, by the containers' cpu and memory."""
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    pairs = [
        ((c.get("resources") or {}).get("requests") or {}, (c.get("resources") or {}).get("limits") or {})
        for c in containers
    ]
    if not any(requests or limits for requests, limits in pairs):
        return "BestEffort"
    full = all(
        limits.get(n) and requests.get(n, limits[n]) == limits[n] for requests, limits in pairs for n in _COMPUTE
    )
    return "Guaranteed" if full else "Burstable"


_COMPUTE = ("cpu", "memory")


def _container(container: Obj) -> None:
    image = str(container.get("image", ""))
    has_tag = ":" in image.rsplit("/", 1)[-1] or "@" in image
    latest = image.endswith(":latest") or not has_tag
    fill(container, imagePullPolicy="Always" if latest else "IfNotPresent", resources={})
    fill(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    resources = container["resources"] or {}
    for part in ("requests", "limits"):
        if resources.get(part):
            resources[part] = {name: quantities.canonical(amount) for name, amount in resources[part].items()}
    for port in container.get("ports") or []:
        fill(port, protocol="TCP")
    for variable in container.get("env") or []:
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            fill(reference, apiVersion="v1")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(name):
            _probe(container[name])


def _probe(probe: Obj) -> None:
    fill(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if "httpGet" in probe:
        fill(probe["httpGet"], path="/", scheme="HTTP")
    if "grpc" in probe:
        fill(probe["grpc"], service="")


def _volume(volume: Obj) -> None:
    for source in ("configMap", "secret", "downwardAPI", "projected"):
        if volume.get(source) is not None:
            fill(volume[source], defaultMode=420)
    if "hostPath" in volume:
        fill(volume["hostPath"], type="")
    if not any(source is not None for name, source in volume.items() if name != "name"):
        volume["emptyDir"] = {}
