"""The copy of a live namespace: one list for each kind, bounded in objects and time, no value of a Secret or ConfigMap.

Pods of other namespaces are reduced to what the scheduler counts: where they run and what they request.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import WORKLOADS
from mcp_servers.kubernetes.snapshot.reading import HOLDERS, Lists, read, with_keys
from mcp_servers.serving.errors import TeachingError

Obj = dict[str, Any]
OWN: Final = (  # of the namespace
    *("Service", "Endpoints", "EndpointSlice", "Event", "ConfigMap", "Secret", "ServiceAccount"),
    *("PersistentVolumeClaim", "ResourceQuota", "LimitRange", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
    *("ControllerRevision", "Job", "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress"),
    "NetworkPolicy",
)
SHARED: Final = ("Namespace", "Node", "PersistentVolume", "StorageClass", "IngressClass", "PriorityClass")
LESS: Final = frozenset({"Event", "Ingress", "IngressClass", "NetworkPolicy", "ControllerRevision"})  # not required
PAGES: Final = 12
MOST: Final = 6_000  # objects
COUNTED: Final = ("nodeName", "priority", "hostNetwork", "tolerations")  # of another namespace's pod


IDENTITY: Final = ("name", "namespace", "uid", "labels", "creationTimestamp")
STATUS: Final = ("phase", "podIP", "startTime", "conditions")


class CaptureError(Exception):
    """The namespace cannot be copied as a whole; the message says why."""


@dataclass(frozen=True)
class NamespaceCopy:
    """`objects` as the API gives them, at `as_of` by its clock. `configured_at` says when each ConfigMap and Secret was
    last written, by kind and name, where that is known."""

    namespace: str
    objects: list[Obj]
    as_of: datetime
    configured_at: dict[tuple[str, str], datetime]


def capture(api: Api, namespace: str, *, seconds: float) -> NamespaceCopy:
    """Raises CaptureError where a kind that decides is not readable or not whole, or where it takes longer."""
    until = time.monotonic() + seconds
    try:
        lists = read(api, namespace, OWN, required=[kind for kind in OWN if kind not in LESS], pages=PAGES)
        lists = lists.merged(read(api, "", SHARED, required=[kind for kind in SHARED if kind not in LESS], pages=PAGES))
        pods = read(api, "", ["Pod"], required=["Pod"], pages=PAGES)
    except TeachingError as problem:
        raise CaptureError(str(problem)) from problem
    if time.monotonic() > until:
        raise CaptureError(f"reading the namespace took more than {seconds:.0f} s")
    everything = with_keys(api, namespace, _named_secrets(lists.merged(pods)), lists.merged(pods))
    if unread := [part for part in everything.coverage if part.state in ("denied", "unavailable") and not part.kinds]:
        raise CaptureError(f"{unread[0].looked_at} could not be read: {unread[0].detail}")
    if short := [kind for kind in (*OWN, *SHARED, "Pod") if kind not in LESS and not everything.has(kind)]:
        raise CaptureError(f"too many objects to copy ({', '.join(short)})")
    objects = list(_objects(everything, namespace))
    if len(objects) > MOST:
        raise CaptureError(f"{len(objects)} objects are too many to copy")
    assert everything.as_of is not None
    holders = [*everything.of("ConfigMap"), *everything.of("Secret")]
    write_times = {(str(obj["kind"]), o.name(obj)): o.last_written(obj) for obj in holders}
    return NamespaceCopy(namespace, objects, everything.as_of, {key: at for key, at in write_times.items() if at})


def _objects(lists: Lists, namespace: str) -> Iterable[Obj]:
    for kind, objects in lists.objects.items():
        for obj in objects:
            if kind == "Namespace" or o.meta(obj).get("namespace", namespace) == namespace:
                yield _without_notes(obj) if kind in HOLDERS else obj
            elif kind == "Pod" and not o.is_over(obj):
                yield _as_the_scheduler_counts_it(obj)


def _without_notes(holder: Obj) -> Obj:
    """As the API gives it: its keys, and no value."""
    meta = {key: value for key, value in o.meta(holder).items() if key != o.LAST_WRITTEN}
    return {**holder, "metadata": meta, "data": holder.get("data") or {}}


def _named_secrets(lists: Lists) -> set[str]:
    """Secrets of which a pod or a template names a key, or mounts what they hold."""
    names: set[str] = set()
    for kind in ("Pod", *WORKLOADS):
        for template in map(o.template, lists.of(kind)):
            for _, container in o.containers(template):
                variables = [(v.get("valueFrom") or {}).get("secretKeyRef") or {} for v in container.get("env") or []]
                names |= {str(reference.get("name", "")) for reference in variables}
            volumes = [volume.get("secret") or {} for volume in o.spec(template).get("volumes") or []]
            names |= {str(secret.get("secretName", "")) for secret in volumes}
    return names


def _as_the_scheduler_counts_it(pod: Obj) -> Obj:
    spec, meta, status = o.spec(pod), o.meta(pod), o.status(pod)
    containers = [
        {"name": c["name"], "image": "elsewhere", "resources": c.get("resources") or {}}
        for c in spec.get("containers") or []
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {key: meta[key] for key in IDENTITY if key in meta},
        "spec": {**{key: spec[key] for key in COUNTED if key in spec}, "containers": containers},
        "status": {key: status[key] for key in STATUS if key in status},
    }
