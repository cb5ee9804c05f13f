"""The namespace controller: what every namespace comes with, and how one is emptied before it goes."""

from __future__ import annotations

from sre_lab.behaviour.controllers import namespace_content
from sre_lab.behaviour.controllers.queue import WorkQueue
from sre_lab.clock import rfc3339
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

ROOT_CA = "kube-root-ca.crt"
ROOT_CA_NOTE = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)
# The lab serves plain HTTP on loopback; the bundle only has to exist so that volumes that project it can be mounted.
ROOT_CA_TEXT = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
FURNITURE = (("ServiceAccount", "default"), ("ConfigMap", ROOT_CA))
RETRY_SECONDS = 5.0  # between two looks at a namespace that does not become empty
SYSTEM = ("default", "kube-system", "kube-public", "kube-node-lease")


class NamespaceController:
    def __init__(self, world: World) -> None:
        self._world = world
        self._queue = WorkQueue(world.clock, lambda _, name: self.reconcile(name))
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == "Namespace":
            if change.type == "ADDED" and not obj["metadata"].get("deletionTimestamp"):
                add_defaults(self._world, obj["metadata"]["name"])  # at once: a pod that comes next needs its account
            elif obj["metadata"].get("deletionTimestamp"):
                self._queue.add("", obj["metadata"]["name"])
        elif change.type == "DELETED":
            space, furniture = obj["metadata"].get("namespace", ""), (obj["kind"], obj["metadata"]["name"]) in FURNITURE
            if furniture or self._is_closing(space):
                self._queue.add("", space)

    def _is_closing(self, name: str) -> bool:
        namespace = self._world.objects.get("Namespace", "", name) if name else None
        return namespace is not None and bool(namespace["metadata"].get("deletionTimestamp"))

    def reconcile(self, name: str) -> None:
        namespace = self._world.objects.get("Namespace", "", name)
        if namespace is None:
            return
        if not namespace["metadata"].get("deletionTimestamp"):
            add_defaults(self._world, name)
        elif not namespace_content.delete_content(self._world, namespace):
            self._queue.add("", name, delay=RETRY_SECONDS)


def create_namespace(world: World, name: str, *, since: float) -> Obj:
    """An active namespace, there `since` (epoch seconds), with its service account and CA bundle."""
    namespace = world.objects.create(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "labels": {"kubernetes.io/metadata.name": name},
                "creationTimestamp": rfc3339(since),
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
    )
    add_defaults(world, name)
    return namespace


def add_defaults(world: World, name: str) -> None:
    """Create what the namespace lacks of its default objects."""
    if world.objects.get("ServiceAccount", name, "default") is None:
        world.objects.create(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}
        )
    if world.objects.get("ConfigMap", name, ROOT_CA) is None:
        meta = {"name": ROOT_CA, "namespace": name, "annotations": {"kubernetes.io/description": ROOT_CA_NOTE}}
        world.objects.create(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"ca.crt": ROOT_CA_TEXT}}
        )
