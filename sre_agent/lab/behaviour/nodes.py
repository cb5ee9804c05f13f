"""Nodes that report for duty: the objects of a fresh node, and its lease."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from sre_agent.lab.clock import rfc3339
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World

LEASE_SECONDS = 40
RENEW_SECONDS = 300.0  # a real kubelet renews each 10 s; nobody looks that often, and each write costs
RESERVED_CPU = Decimal("0.1")
RESERVED_MEMORY = 1124 * 1024 * 1024
HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def create_nodes(world: World, *, since: float) -> None:
    """Create the cluster's worker nodes, Ready since `since` (epoch seconds), with their leases."""
    for number in range(1, world.cluster.nodes + 1):
        create_node(world, f"worker-{number}", number, since=since)


def create_node(world: World, name: str, number: int, *, since: float) -> Obj:
    """One Ready node; `number` gives it its addresses and its zone."""
    cluster = world.cluster
    zone = cluster.region + "abc"[(number - 1) % 3]
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": cluster.region,
        "topology.kubernetes.io/zone": zone,
    }
    annotations = {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    }
    network = f"10.244.{number}.0/24"
    node = world.objects.create(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": labels,
                "annotations": annotations,
                "creationTimestamp": rfc3339(since),
            },
            "spec": {"podCIDR": network, "podCIDRs": [network], "providerID": f"lab://{name}"},
            "status": _status(world, name, number, since),
        }
    )
    _create_lease(world, node)
    return node


def renew_leases(world: World) -> None:
    """Keep the leases and heartbeats of nodes that are alive recent enough to read well."""

    def renew() -> None:
        at = world.clock.now()
        for node in world.objects.all("Node"):
            if _is_alive(node):
                name = node["metadata"]["name"]
                world.objects.edit("Node", "", name, partial(_beat, at=rfc3339(at)))
                if world.objects.get("Lease", "kube-node-lease", name) is not None:
                    world.objects.edit("Lease", "kube-node-lease", name, partial(_renew, at=rfc3339(at, micro=True)))

    world.clock.every(RENEW_SECONDS, renew)


def _create_lease(world: World, node: Obj) -> None:
    meta = node["metadata"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": meta["name"], "uid": meta["uid"]}
    world.objects.create(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": meta["name"],
                "namespace": "kube-node-lease",
                "ownerReferences": [owner],
                "creationTimestamp": meta["creationTimestamp"],
            },
            "spec": {
                "holderIdentity": meta["name"],
                "leaseDurationSeconds": LEASE_SECONDS,
                "renewTime": rfc3339(world.clock.now(), micro=True),
            },
        }
    )


def _status(world: World, name: str, number: int, since: float) -> Obj:
    at = rfc3339(world.clock.now())
    cpu, memory = parse(world.cluster.node_cpu), parse(world.cluster.node_memory)
    fixed = {"ephemeral-storage": "103079844Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0", "pods": "110"}
    return {
        "addresses": [
            {"type": "InternalIP", "address": f"10.0.{number}.10"},
            {"type": "Hostname", "address": name},
        ],
        "capacity": {"cpu": world.cluster.node_cpu, "memory": f"{int(memory) // 1024}Ki", **fixed},
        "allocatable": {
            "cpu": f"{int((cpu - RESERVED_CPU) * 1000)}m",
            "memory": f"{(int(memory) - RESERVED_MEMORY) // 1024}Ki",
            **fixed,
        },
        "conditions": [
            {
                "type": kind,
                "status": status,
                "lastHeartbeatTime": at,
                "lastTransitionTime": rfc3339(since),
                "reason": reason,
                "message": message,
            }
            for kind, status, reason, message in HEALTHY
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": f"00000000-0000-4000-8000-{number:012d}",
            "containerRuntimeVersion": "containerd://1.7.24",
            "kernelVersion": "6.1.0-28-amd64",
            "kubeProxyVersion": "v1.32.13",
            "kubeletVersion": "v1.32.13",
            "machineID": f"{number:032x}",
            "operatingSystem": "linux",
            "osImage": "Debian GNU/Linux 12 (bookworm)",
            "systemUUID": f"00000000-0000-4000-8000-{number:012d}",
        },
    }


def _is_alive(node: Obj) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _beat(node: Obj, at: str) -> None:
    for condition in node["status"]["conditions"]:
        condition["lastHeartbeatTime"] = at


def _renew(lease: Obj, at: str) -> None:
    lease["spec"]["renewTime"] = at
