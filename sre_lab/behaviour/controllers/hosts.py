"""What the scheduler knows of each node: the pods on it and what they ask for, kept with every change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from sre_lab.behaviour.ownership import controller_of
from sre_lab.kubernetes.lookups import pods_on
from sre_lab.kubernetes.pod_requests import pod_requests
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

Place = tuple[str, str]  # namespace, name


@dataclass
class Host:
    """A node, the unfinished pods placed on it, the sum of their requests, and how many each controller has there.

    `anti_affinity_pods` are those of the pods that do not bear others near them.
    """

    node: Obj
    pods: dict[Place, Obj] = field(default_factory=dict)
    requests: dict[str, Decimal] = field(default_factory=dict)
    owners: Counter[str] = field(default_factory=Counter)
    anti_affinity_pods: dict[Place, Obj] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.node["metadata"]["name"])

    def without(self, pods: Iterable[Obj]) -> Host:
        """The host as it would be if these pods had left."""
        places = {place(pod) for pod in pods}
        return host_of(self.node, [pod for key, pod in self.pods.items() if key not in places])

    def put(self, pod: Obj) -> None:
        self.remove(place(pod))
        self.pods[place(pod)] = pod
        if (pod["spec"].get("affinity") or {}).get("podAntiAffinity"):
            self.anti_affinity_pods[place(pod)] = pod
        self._count(pod, 1)

    def remove(self, key: Place) -> None:
        pod = self.pods.pop(key, None)
        self.anti_affinity_pods.pop(key, None)
        if pod is not None:
            self._count(pod, -1)

    def _count(self, pod: Obj, sign: int) -> None:
        self.owners[(controller_of(pod) or {}).get("name", "")] += sign
        for name, amount in pod_requests(pod).items():
            self.requests[name] = self.requests.get(name, Decimal(0)) + sign * amount


class Hosts:
    """The hosts of a world by name, in the order of names. `changes` are the names of those that changed, in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_name: dict[str, Host] = {}
        self.changes: list[str] = []
        for node in world.objects.all("Node"):
            self._put_node(node)
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] == "Pod":
            self._on_pod(change)
        elif change.object["kind"] == "Node":
            if change.type == "DELETED":
                self.by_name.pop(change.object["metadata"]["name"], None)
            else:
                self._put_node(change.object)

    def _on_pod(self, change: ObjectChange) -> None:
        before = _host_name(change.before)
        after = _host_name(change.object) if change.type != "DELETED" else ""
        if before != after and before in self.by_name:
            self.by_name[before].remove(place(change.object))
            self.changes.append(before)
        if after in self.by_name:
            host = self.by_name[after]
            if before == after and change.before is not None and _alike(change.before, change.object):
                host.pods[place(change.object)] = change.object
            else:
                host.put(change.object)
                self.changes.append(after)

    def _put_node(self, node: Obj) -> None:
        name = node["metadata"]["name"]
        host = self.by_name.get(name)
        if host is None:
            self.by_name[name] = host_of(node, filter(_host_name, pods_on(self._world.objects, name)))
            self.by_name = dict(sorted(self.by_name.items()))
            self.changes.append(name)
            return
        if offer(node) != offer(host.node):
            self.changes.append(name)
        host.node = node


def host_of(node: Obj, pods: Iterable[Obj]) -> Host:
    host = Host(node)
    for pod in pods:
        host.put(pod)
    return host


def place(pod: Obj) -> Place:
    meta = pod["metadata"]
    return meta.get("namespace", ""), meta["name"]


def offer(node: Obj) -> tuple[object, ...]:
    """What about a node decides whether pods fit."""
    return node["spec"], node["metadata"].get("labels"), (node.get("status") or {}).get("allocatable")


def is_finished(pod: Obj) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _host_name(pod: Obj | None) -> str:
    """Where the pod takes room; empty when it takes none."""
    return "" if pod is None or is_finished(pod) else str(pod["spec"].get("nodeName") or "")


def _alike(before: Obj, after: Obj) -> bool:
    """Whether a change of a placed pod leaves alone what scheduling looks at."""
    one, other = before["metadata"], after["metadata"]
    same = before["spec"] is after["spec"] or before["spec"] == after["spec"]
    return same and all(one.get(part) == other.get(part) for part in ("labels", "ownerReferences"))
