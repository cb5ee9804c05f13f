"""Nodes as facts and as objects: what is declared of each machine, and the objects of a fresh one."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from sre_lab.clock import rfc3339
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.scenario import ScenarioError
from sre_lab.scenario.cluster import ClusterSpec, NodeSpec
from sre_lab.world import World

LEASE_SECONDS = 40
LEASES = "kube-node-lease"
RESERVED_CPU = Decimal("0.1")
RESERVED_MEMORY = 1124 * 1024 * 1024
RESERVED_DISK = 1024**3
HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def change_facts(world: World, name: str, change: NodeSpec) -> None:
    """Let the fields that `change` says hold for the machine from now on; ScenarioError when there is no such one."""
    if not world.cluster.has(name):
        known_names = ", ".join(world.cluster.machines) or "none"
        raise ScenarioError(f"A fault names the node {name!r}; there are: {known_names}")
    changes = {field: getattr(change, field) for field in change.model_fields_set}
    changed = world.cluster.facts(name).model_copy(update=changes)
    world.cluster = world.cluster.model_copy(update={"node": {**world.cluster.node, name: changed}})


def instance_id(cluster: ClusterSpec, name: str) -> str:
    """The EC2 instance id of a machine; empty for one that is no instance."""
    if not _instance_type(cluster, cluster.facts(name)):
        return ""
    return f"i-0{hashlib.sha256(f'{cluster.account}/{cluster.name}/{name}'.encode()).hexdigest()[:16]}"


def create_nodes(world: World, *, since: float) -> None:
    """Create the cluster's nodes, Ready since `since` (epoch seconds), with their leases."""
    for number, name in enumerate(world.cluster.machines, start=1):
        create_node(world, name, number, since=since)


def create_node(world: World, name: str, number: int, *, since: float) -> Obj:
    """One Ready node as its kubelet registers it; `number` gives it its addresses and its zone."""
    facts = world.cluster.facts(name)
    network = f"10.{244 + number // 256}.{number % 256}.0/24"
    provider = (
        f"aws:///{_zone(world, facts, number)}/{instance}" if (instance := instance_id(world.cluster, name)) else ""
    )
    spec: Obj = {"podCIDR": network, "podCIDRs": [network], "providerID": provider or f"lab://{name}"}
    if facts.taints:
        spec["taints"] = [dict(taint) for taint in facts.taints]
    meta = {
        "name": name,
        "labels": _labels(world, name, facts, number),
        "annotations": {
            "node.alpha.kubernetes.io/ttl": "0",
            "volumes.kubernetes.io/controller-managed-attach-detach": "true",
        },
        "creationTimestamp": rfc3339(since),
    }
    status = _status(world, name, facts, number, since)
    node = world.objects.create({"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec, "status": status})
    create_lease(world, node)
    return node


def create_lease(world: World, node: Obj) -> None:
    """The lease that the node's kubelet renews; one that is left of a node of the same name is replaced."""
    meta = node["metadata"]
    if world.objects.get("Lease", LEASES, meta["name"]) is not None:
        world.objects.delete("Lease", LEASES, meta["name"])
    owner = {"apiVersion": "v1", "kind": "Node", "name": meta["name"], "uid": meta["uid"]}
    world.objects.create(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": meta["name"],
                "namespace": LEASES,
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


def _zone(world: World, facts: NodeSpec, number: int) -> str:
    return facts.zone or world.cluster.region + "abc"[(number - 1) % 3]


def _instance_type(cluster: ClusterSpec, facts: NodeSpec) -> str:
    return facts.instance_type or cluster.instance_type


def _labels(world: World, name: str, facts: NodeSpec, number: int) -> dict[str, str]:
    zone, region = _zone(world, facts, number), world.cluster.region
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
    }
    kind = _instance_type(world.cluster, facts)
    if kind:
        labels |= {
            "beta.kubernetes.io/instance-type": kind,
            "eks.amazonaws.com/capacityType": "ON_DEMAND",
            "eks.amazonaws.com/nodegroup": "default",
            "failure-domain.beta.kubernetes.io/region": region,
            "failure-domain.beta.kubernetes.io/zone": zone,
            "node.kubernetes.io/instance-type": kind,
        }
    return dict(sorted((labels | facts.labels).items()))


def _status(world: World, name: str, facts: NodeSpec, number: int, since: float) -> Obj:
    at = rfc3339(world.clock.now())
    cpu, memory = facts.cpu or world.cluster.node_cpu, int(parse(facts.memory or world.cluster.node_memory))
    disk = int(parse(facts.disk))
    fixed = {"hugepages-1Gi": "0", "hugepages-2Mi": "0", "pods": str(facts.max_pods)}
    address = f"10.{number // 256}.{number % 256}.10"
    return {
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "capacity": {"cpu": cpu, "ephemeral-storage": f"{disk // 1024}Ki", "memory": f"{memory // 1024}Ki", **fixed},
        "allocatable": {
            "cpu": f"{int((parse(cpu) - RESERVED_CPU) * 1000)}m",
            "ephemeral-storage": str(max(0, disk * 9 // 10 - RESERVED_DISK)),
            "memory": f"{max(0, memory - RESERVED_MEMORY) // 1024}Ki",
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
        "nodeInfo": _machine(number),
    }


def _machine(number: int) -> Obj:
    return {
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
    }
