"""How requests come in from outside: straight to the Service, or through the load balancer of an Ingress.

The AWS Load Balancer Controller makes one Application Load Balancer of each Ingress of class `alb`, and a target group
for each Service and port in its rules. What it would make follows here from the objects; nothing is kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sre_lab.behaviour.controllers.queue import WorkQueue
from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.instrumentation.network.routes import ServiceTarget
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.scenario import Traffic
from sre_lab.world import World

CLASS, CONTROLLER = "alb", "ingress.k8s.aws/alb"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
NAME_ANNOTATION = "alb.ingress.kubernetes.io/load-balancer-name"
GROUP_ANNOTATION = "alb.ingress.kubernetes.io/group.name"
NO_RULE = RequestFailure(1.0, "no rule of the load balancer matches", code=404)
NO_SERVICE = RequestFailure(1.0, "Backend service does not exist", code=503)


@dataclass(frozen=True)
class EntryPoint:
    """`balancer` and `group` are the values of the LoadBalancer and TargetGroup dimensions, empty without an Ingress.
    `failure`: the load balancer answers by itself."""

    target: ServiceTarget
    balancer: str = ""
    group: str = ""
    failure: RequestFailure | None = None


def entry_point(world: World, traffic: Traffic) -> EntryPoint:
    """Where the traffic from outside goes in now."""
    own = ServiceTarget(traffic.namespace, traffic.service)
    if not traffic.ingress:
        return EntryPoint(own)
    ingress = world.objects.get("Ingress", traffic.namespace, traffic.ingress)
    if ingress is None:
        return EntryPoint(own, _balancer(world, traffic.namespace, traffic.ingress, {}), failure=NO_RULE)
    annotations = ingress["metadata"].get("annotations") or {}
    balancer = _balancer(world, traffic.namespace, traffic.ingress, annotations)
    backend = _rule(ingress, traffic.host, traffic.path) if _is_ours(world, ingress) else None
    if backend is None:
        return EntryPoint(own, balancer, failure=NO_RULE)
    name, port = backend["service"]["name"], backend["service"].get("port") or {}
    service = world.objects.get("Service", traffic.namespace, name)
    number = _port(service, port)
    if service is None or number is None:
        return EntryPoint(ServiceTarget(traffic.namespace, name), balancer, failure=NO_SERVICE)
    group = _group(world, traffic.namespace, name, number)
    return EntryPoint(ServiceTarget(traffic.namespace, name, number), balancer, group)


class IngressAddressPublisher:
    """Writes the name of its load balancer into the status of each Ingress that the controller takes care of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queue = WorkQueue(world.clock, self.reconcile)
        world.objects.subscribe(self._on_change)
        for ingress in world.objects.all("Ingress"):
            self._queue.add(ingress["metadata"]["namespace"], ingress["metadata"]["name"])

    def reconcile(self, namespace: str, name: str) -> None:
        ingress = self._world.objects.get("Ingress", namespace, name)
        if ingress is None or not _is_ours(self._world, ingress):
            return
        status = {"loadBalancer": {"ingress": [{"hostname": hostname(self._world, ingress)}]}}
        if ingress.get("status") != status:
            self._world.objects.edit("Ingress", namespace, name, lambda new: new.update(status=status))

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] == "Ingress" and change.type != "DELETED":
            self._queue.add(change.object["metadata"]["namespace"], change.object["metadata"]["name"])


def hostname(world: World, ingress: Obj) -> str:
    """The DNS name of an Ingress' load balancer."""
    meta = ingress["metadata"]
    name = _balancer(world, meta["namespace"], meta["name"], meta.get("annotations") or {}).split("/")[1]
    number = int(_hash(world.cluster.name, meta["namespace"], meta["name"])[:8], 16)
    return f"{name}-{number}.{world.cluster.region}.elb.amazonaws.com"


def _is_ours(world: World, ingress: Obj) -> bool:
    class_name = ingress["spec"].get("ingressClassName")
    class_name = class_name or (ingress["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION, "")
    ingress_class = world.objects.get("IngressClass", "", class_name) if class_name else None
    return (
        bool(ingress_class["spec"].get("controller") == CONTROLLER)
        if ingress_class is not None
        else class_name == CLASS
    )


def _rule(ingress: Obj, host: str, path: str) -> Obj | None:
    """The backend of the rule with the longest path that matches."""
    matching: list[tuple[int, Obj]] = []
    for rule in ingress["spec"].get("rules") or []:
        if host and rule.get("host") not in (None, "", host):
            continue
        for entry in (rule.get("http") or {}).get("paths") or []:
            rule_path = entry.get("path") or "/"
            exact = entry.get("pathType") == "Exact"
            if path == rule_path or (not exact and path.startswith(rule_path.rstrip("*").rstrip("/") + "/")):
                matching.append((len(rule_path), entry["backend"]))
    if matching:
        return max(matching, key=lambda m: m[0])[1]
    default: Obj | None = ingress["spec"].get("defaultBackend")
    return default


def _port(service: Obj | None, backend_port: Obj) -> int | None:
    for port in (service or {"spec": {}})["spec"].get("ports") or []:
        if backend_port.get("number") == port.get("port") or (
            backend_port.get("name") and backend_port["name"] == port.get("name")
        ):
            return int(port["port"])
    return None


def _balancer(world: World, namespace: str, ingress: str, annotations: dict[str, str]) -> str:
    cluster = world.cluster.name
    group = annotations.get(GROUP_ANNOTATION, "")
    digest = _hash(cluster, group) if group else _hash(cluster, namespace, ingress)
    default = (
        f"k8s-{_short(group)}-{digest[:10]}" if group else f"k8s-{_short(namespace)}-{_short(ingress)}-{digest[:10]}"
    )
    return f"app/{annotations.get(NAME_ANNOTATION) or default}/{digest[16:32]}"


def _group(world: World, namespace: str, service: str, port: int) -> str:
    digest = _hash(world.cluster.name, namespace, service, str(port))
    return f"targetgroup/k8s-{_short(namespace)}-{_short(service)}-{digest[:10]}/{digest[16:32]}"


def _short(name: str) -> str:
    return "".join(c for c in name if c.isalnum())[:8]


def _hash(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
