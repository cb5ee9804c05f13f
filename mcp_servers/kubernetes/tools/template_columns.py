"""What a workload's template says of probes, users and mounts, and how its pods are replaced: each in a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mcp_servers.kubernetes.observe.workloads import desired
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.redaction import redacted

ROLLED_OUT: Final = ("Deployment", "StatefulSet", "DaemonSet")
ROOT: Final = "root (0)"


def probe(name: str) -> Callable[[Obj], list[str] | None]:
    """The `readinessProbe`, `livenessProbe` or `startupProbe` of each container that has one."""

    def describe(obj: Obj) -> list[str] | None:
        probes = [(str(c.get("name", "")), c.get(name)) for _, c in o.containers(o.template(obj))]
        return [f"{container}: {_asks(probe_spec)}" for container, probe_spec in probes if probe_spec] or None

    return describe


def strategy(obj: Obj) -> str | None:
    """`RollingUpdate (maxSurge 25%, maxUnavailable 0)`."""
    strategy = o.spec(obj).get("strategy") or o.spec(obj).get("updateStrategy") or {}
    if not strategy.get("type"):
        return None
    rolling = strategy.get("rollingUpdate") or {}
    limits = ", ".join(f"{name} {value}" for name, value in sorted(rolling.items()))
    return f"{strategy['type']} ({limits})" if limits else str(strategy["type"])


def user(obj: Obj) -> list[str] | None:
    """The ids of the users that the containers run as: a container's own, else that of its pod."""
    of_pod = (o.spec(o.template(obj)).get("securityContext") or {}).get("runAsUser")
    ids = [(c.get("securityContext") or {}).get("runAsUser", of_pod) for _, c in o.containers(o.template(obj))]
    return [ROOT if one == 0 else str(one) for one in dict.fromkeys(ids) if one is not None] or None


def privileged(obj: Obj) -> list[str] | None:
    """The containers that run privileged."""
    pairs = [(str(c.get("name", "")), c.get("securityContext") or {}) for _, c in o.containers(o.template(obj))]
    return [name for name, context in pairs if context.get("privileged")] or None


def plain_credentials(obj: Obj) -> list[str] | None:
    """The variables whose value stands in the template though it is a credential: `app: DB_PASSWORD`."""
    containers = [container for _, container in o.containers(o.template(obj))]
    pairs = [(str(c.get("name", "")), variable) for c in containers for variable in c.get("env") or []]
    names = [f"{container}: {v.get('name')}" for container, v in pairs if v.get("value") and _is_credential(v)]
    return list(dict.fromkeys(names)) or None


def _is_credential(variable: dict[str, Any]) -> bool:
    """Whether the value would be redacted wherever it is shown."""
    value = str(variable["value"])
    return value not in redacted(f"{variable.get('name')}={value}")


def mounts(obj: Obj) -> list[str] | None:
    """What is mounted, and where: `ConfigMap web-config at /etc/web`."""
    volumes = {str(one.get("name")): one for one in o.spec(o.template(obj)).get("volumes") or []}
    pairs = [m for _, c in o.containers(o.template(obj)) for m in c.get("volumeMounts") or []]
    texts = [f"{_source(volumes.get(str(m.get('name'))), m)} at {m.get('mountPath')}" for m in pairs]
    return list(dict.fromkeys(texts)) or None


def _source(volume: Obj | None, mount: Obj) -> str:
    names = {"persistentVolumeClaim": ("PVC", "claimName"), "configMap": ("ConfigMap", "name"),
             "secret": ("Secret", "secretName"), "hostPath": ("path of the node", "path")}  # fmt: skip
    for field, (kind, key) in names.items():
        if volume and volume.get(field):
            return f"{kind} {volume[field].get(key)}"
    return str(mount.get("name"))


def rollout(obj: Obj) -> list[str] | None:
    """`complete`, or that it is in progress and how far it has come: `2 of 3 pods updated, 1 available`."""
    status, spec = o.status(obj), o.spec(obj)
    if obj["kind"] not in ROLLED_OUT or not status:
        return None
    goal = desired(obj)
    is_old = status.get("updateRevision") and status.get("updateRevision") != status.get("currentRevision")
    counts = ("updatedNumberScheduled", "updatedReplicas")
    updated = next((int(status[one]) for one in counts if status.get(one) is not None), 0 if is_old else goal)
    fields = ("numberAvailable", "availableReplicas", "readyReplicas")
    available = next((int(status[one]) for one in fields if status.get(one) is not None), 0)
    is_observed = int(status.get("observedGeneration") or 0) >= int(o.meta(obj).get("generation") or 0)
    surplus = int(status.get("replicas") or 0) > goal and obj["kind"] == "Deployment"
    if is_observed and updated >= goal and available >= goal and not surplus:
        return ["complete"]
    paused = ", paused" if spec.get("paused") else ""
    return ["in progress", f"{min(updated, goal)} of {goal} pods updated, {available} available{paused}"]


def _asks(probe_spec: dict[str, Any]) -> str:
    if http := probe_spec.get("httpGet"):
        text = f"GET {http.get('path') or '/'} on port {http.get('port')}"
    elif tcp := probe_spec.get("tcpSocket"):
        text = f"connects to port {tcp.get('port')}"
    elif grpc := probe_spec.get("grpc"):
        text = f"gRPC on port {grpc.get('port')}"
    else:
        text = f"runs {' '.join(map(str, (probe_spec.get('exec') or {}).get('command') or []))}"
    numbers = {"every": probe_spec.get("periodSeconds"), "timeout": probe_spec.get("timeoutSeconds")}
    return ", ".join([text, *(f"{name} {seconds} s" for name, seconds in numbers.items() if seconds)])
