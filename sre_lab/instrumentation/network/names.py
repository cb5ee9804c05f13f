"""Whether a pod can resolve a name: its DNS policy, the way to CoreDNS, CoreDNS itself and its Corefile.

Where a world has no kube-dns Service, no CoreDNS Deployment and no Corefile, names are taken for granted.
"""

from __future__ import annotations

import re
from zlib import crc32

from sre_lab.instrumentation.endpoints import backends
from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.instrumentation.network import corefile
from sre_lab.instrumentation.network.policies import ConnectionEnd, lets_through
from sre_lab.objects.store import Obj
from sre_lab.world import World

NAMESPACE, SERVICE, CONFIG = "kube-system", "kube-dns", "coredns"
DEFAULT_IP = "10.96.0.10"
NODE_RESOLVER = "169.254.169.253:53"
DNS_PORT = 53
WAITS_MS = 5000.0  # a resolver's patience
ADDRESS = re.compile(r"^[\d.]+$")


def cluster_name(namespace: str, service: str) -> str:
    return f"{service}.{namespace}.svc.{corefile.CLUSTER_ZONE}"


def are_served(world: World) -> bool:
    """Whether CoreDNS answers, where it is installed at all."""
    return world.objects.get("Service", NAMESPACE, SERVICE) is None or bool(backends(world, NAMESPACE, SERVICE))


def no_such_host(world: World, name: str) -> RequestFailure:
    """What a program meets when its name server knows of no such name."""
    return RequestFailure(1.0, f"dial tcp: lookup {name} on {_server(world)}: no such host", about=name)


def problem(world: World, pod: Obj, name: str) -> RequestFailure | None:
    """Why the pod cannot resolve `name`; None when it can."""
    if ADDRESS.match(name):
        return None
    elsewhere = _other_server(world, pod)
    if elsewhere is not None:
        inside = name.endswith(f".{corefile.CLUSTER_ZONE}")
        return (
            RequestFailure(1.0, f"dial tcp: lookup {name} on {elsewhere}: no such host", about=name) if inside else None
        )
    server, deployment = (
        world.objects.get("Service", NAMESPACE, SERVICE),
        world.objects.get("Deployment", NAMESPACE, CONFIG),
    )
    config = world.objects.get("ConfigMap", NAMESPACE, CONFIG)
    if server is None and deployment is None and config is None:
        return None
    return _server_failure(world, pod, name, server) or _answer_failure(world, name, config)


def _server_failure(world: World, pod: Obj, name: str, server: Obj | None) -> RequestFailure | None:
    ready = [b for b in backends(world, NAMESPACE, SERVICE) if b.container is not None]
    client = f"{(pod.get('status') or {}).get('podIP', '')}:{30000 + crc32(pod['metadata']['name'].encode()) % 20000}"
    lookup = f"dial tcp: lookup {name} on {_server(world)}: read udp {client}->{_server(world)}: "
    if server is not None and not ready:
        return RequestFailure(1.0, lookup + "read: connection refused", about=name)
    silent = [b for b in ready if not lets_through(world, ConnectionEnd(pod), ConnectionEnd(b.pod), DNS_PORT, "UDP")]
    if server is None or len(silent) == len(ready):
        return RequestFailure(1.0, lookup + "i/o timeout", about=name, waits_ms=WAITS_MS)
    return None


def _answer_failure(world: World, name: str, config: Obj | None) -> RequestFailure | None:
    text = ((config or {}).get("data") or {}).get("Corefile")
    outcome = corefile.answer(text, name) if text is not None else "ok"
    if outcome == "nxdomain":
        return no_such_host(world, name)
    if outcome == "servfail":
        return RequestFailure(1.0, f"dial tcp: lookup {name} on {_server(world)}: server misbehaving", about=name)
    return None


def _server(world: World) -> str:
    service = world.objects.get("Service", NAMESPACE, SERVICE)
    return f"{service['spec'].get('clusterIP') if service else DEFAULT_IP}:{DNS_PORT}"


def _other_server(world: World, pod: Obj) -> str | None:
    """The name server of a pod that does not ask the cluster's."""
    policy = pod["spec"].get("dnsPolicy", "ClusterFirst")
    if policy == "None":
        nameserver = ((pod["spec"].get("dnsConfig") or {}).get("nameservers") or [""])[0]
        return None if f"{nameserver}:{DNS_PORT}" == _server(world) else f"{nameserver}:{DNS_PORT}"
    outside = policy == "Default" or (policy == "ClusterFirst" and pod["spec"].get("hostNetwork"))
    return NODE_RESOLVER if outside else None
