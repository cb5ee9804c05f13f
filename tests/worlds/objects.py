"""Objects as the Kubernetes API gives them, healthy unless a situation changes them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Obj = dict[str, Any]
NOW: Final = datetime(2026, 3, 11, 14, 20, tzinfo=UTC)
BALANCER: Final = "lb.example.com"  # the address of every Ingress


def at(minutes_ago: float) -> str:
    """A time of the world, that many minutes before its present."""
    return (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def node(name: str) -> Obj:
    amounts = {"cpu": "4", "memory": "16Gi", "pods": "58"}
    healthy = [
        {"type": kind, "status": status, "lastHeartbeatTime": at(0.2), "lastTransitionTime": at(9000), "reason": reason}
        for kind, status, reason in (
            ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID"),
            ("Ready", "True", "KubeletReady"),
        )
    ]
    return {
        "kind": "Node",
        "metadata": {"name": name, "creationTimestamp": at(9000), "labels": {"kubernetes.io/hostname": name}},
        "spec": {"providerID": f"aws:///eu-central-1a/i-{zlib.crc32(name.encode()):010d}"},
        "status": {"capacity": amounts, "allocatable": amounts, "conditions": healthy},
    }


def endpoint_slice(service: Obj, pods: Sequence[Obj]) -> Obj:
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    ports = [{"name": p.get("name", ""), "port": p["targetPort"], "protocol": "TCP"} for p in service["spec"]["ports"]]
    return {
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-abcde",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": name},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": name, "controller": True}],
        },
        "addressType": "IPv4",
        "ports": ports,
        "endpoints": [
            {
                "addresses": [f"10.2.3.{i + 4}"],
                "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "name": p["metadata"]["name"], "namespace": namespace},
            }
            for i, p in enumerate(pods)
        ],
    }


def event(about: Obj, reason: str, message: str, *, minutes: float = 5, count: int = 4, kind: str = "Warning") -> Obj:
    meta = about["metadata"]
    return {
        "kind": "Event",
        "metadata": {
            "name": f"{meta['name']}.{zlib.crc32((reason + message).encode())}",
            "namespace": meta.get("namespace", "default"),
        },
        "involvedObject": {"kind": about["kind"], "name": meta["name"], "namespace": meta.get("namespace", "")},
        "reason": reason,
        "message": message,
        "type": kind,
        "count": count,
        "firstTimestamp": at(minutes + 10),
        "lastTimestamp": at(minutes),
        "source": {"component": "kubelet"},
    }


def ingress(name: str, namespace: str, host: str, service: str, port: int = 80) -> Obj:
    backend = {"service": {"name": service, "port": {"number": port}}}
    return {
        "kind": "Ingress",
        "metadata": meta(name, namespace, 9000, {}),
        "spec": {
            "ingressClassName": "nginx",
            "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
        },
        "status": {"loadBalancer": {"ingress": [{"hostname": BALANCER}]}},
    }


def meta(
    name: str, namespace: str, age: float, labels: dict[str, str], annotations: dict[str, str] | None = None
) -> Obj:
    metadata: Obj = {
        "name": name,
        "namespace": namespace,
        "creationTimestamp": at(age),
        "labels": dict(labels),
        "generation": 1,
    }
    return metadata | ({"annotations": annotations} if annotations else {})


def pod(
    name: str,
    namespace: str,
    age: float,
    labels: dict[str, str],
    container: Obj,
    on: str,
    owner: tuple[str, str] | None,
) -> Obj:
    metadata = meta(name, namespace, age, labels)
    if owner is not None:
        kinds = {"Job": "batch/v1"}
        metadata["ownerReferences"] = [
            {"apiVersion": kinds.get(owner[0], "apps/v1"), "kind": owner[0], "name": owner[1], "controller": True}
        ]
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"nodeName": on, "containers": [container]},
        "status": {
            "phase": "Running",
            "podIP": "10.2.3.4",
            "startTime": at(age),
            "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": at(age - 1)},
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": at(age)},
            ],
            "containerStatuses": [
                {
                    "name": container["name"],
                    "image": container["image"],
                    "ready": True,
                    "restartCount": 0,
                    "started": True,
                    "state": {"running": {"startedAt": at(age - 0.2)}},
                }
            ],
        },
    }
