"""A small cluster with real controllers and kubelets, and the words that tests use about it."""

from __future__ import annotations

from typing import Any

from sre_lab.behaviour import controllers, kubelet
from sre_lab.facts import apply_manifests, create_cluster
from sre_lab.kubernetes import deletion
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.kubernetes.patches import strategic_merge
from sre_lab.scenario import ClusterSpec, ImageProfile, ProcessExit
from sre_lab.world import World, new_world

NOW = 1_800_000_000.0
BROKEN = ImageProfile(exits=[ProcessExit(after=1, code=2, log=["panic: nil map"])])
Obj = dict[str, Any]


class Shop:
    """Namespace `shop` of a cluster."""

    def __init__(self, **cluster: Any) -> None:
        self.world: World = new_world(ClusterSpec(**cluster), NOW, seed=7)
        create_cluster(self.world)
        controllers.start(self.world)
        kubelet.start(self.world)

    def apply(self, *manifests: Obj, wait: float = 10) -> None:
        apply_manifests(self.world, list(manifests))
        self.world.clock.advance(wait)

    def patch(self, kind: str, name: str, patch: Obj, *, wait: float = 10) -> None:
        namespace = "" if kind == "Node" else "shop"
        old = self.world.objects.get(kind, namespace, name)
        assert old is not None
        self.world.objects.replace(with_defaults(strategic_merge(kind, old, patch)))
        self.world.clock.advance(wait)

    def set_image(self, name: str, image: str, *, wait: float = 10) -> None:
        container = {"name": name, "image": image}
        self.patch("Deployment", name, {"spec": {"template": {"spec": {"containers": [container]}}}}, wait=wait)

    def delete(self, kind: str, name: str, *, wait: float = 10) -> None:
        deletion.delete(self.world, kind, "shop", name)
        self.world.clock.advance(wait)

    def get(self, kind: str, name: str) -> Obj:
        result = self.world.objects.get(kind, "shop", name)
        assert result is not None, f"no {kind} {name}"
        return result

    def all(self, kind: str) -> list[Obj]:
        return self.world.objects.all(kind, "shop")

    def pods(self, app: str) -> list[Obj]:
        return [p for p in self.all("Pod") if (p["metadata"].get("labels") or {}).get("app") == app]

    def replica_sets(self, name: str) -> dict[str, Obj]:
        """By revision."""
        results = [rs for rs in self.all("ReplicaSet") if rs["metadata"]["ownerReferences"][0]["name"] == name]
        return {rs["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: rs for rs in results}

    def condition(self, name: str, kind: str) -> tuple[str, str, str]:
        conditions = self.get("Deployment", name)["status"]["conditions"]
        return next((c["status"], c["reason"], c["message"]) for c in conditions if c["type"] == kind)

    def events(self, reason: str) -> list[str]:
        results = [e for e in self.all("Event") if e["reason"] == reason]
        return [e["message"] for e in sorted(results, key=lambda e: e["metadata"]["name"].rpartition(".")[2])]


def deployment(name: str, image: str = "", replicas: int = 3, *, pod: Obj | None = None, **spec: Any) -> Obj:
    container = {"name": name, "image": image or f"{name}:1", "ports": [{"containerPort": 8080, "name": "http"}]}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **(pod or {})}}
    body = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"kind": "Deployment", "metadata": {"name": name, "namespace": "shop"}, "spec": body}


def service(name: str) -> Obj:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    spec = {"selector": {"app": name}, "ports": ports}
    return {"kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
