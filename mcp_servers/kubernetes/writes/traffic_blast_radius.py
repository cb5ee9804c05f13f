"""How far a write to a Service or an Ingress reaches: which pods answer, on which port, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from mcp_servers.kubernetes.connection.client import Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ingress_backends import backends
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import numbers
from mcp_servers.kubernetes.writes.other_actors import other_actors

DISPLAY_LIMIT: Final = 3  # names in a sentence
INTERNAL, EXTERNAL = "internalTrafficPolicy", "externalTrafficPolicy"


def redirecting(beside: NamespaceContext, before: Obj, after: Obj) -> str:
    """The sentence for a Service that sends elsewhere, or from elsewhere, than it did."""
    service = o.name(before)
    pods = beside.list("/api/v1", "pods", lambda pod: not o.is_over(pod))
    routes = beside.list(
        "/apis/networking.k8s.io/v1", "ingresses", lambda i: service in [b.service for b in backends(i)]
    )
    parts = [_pods_told(before, after, pods), *_ports_told(before, after, pods), *_nodes_told(before, after)]
    if routes is None:
        parts.append("the Ingresses that route through it could not be read")
    elif routes:
        one = len(routes) == 1
        names = enumeration([o.name(route) for route in routes])
        parts.append(f"{'Ingress' if one else 'Ingresses'} {names} {'routes' if one else 'route'} through it")
    return "; ".join(parts) + "."


def redirected(
    beside: NamespaceContext, service: Obj | None, names: Sequence[str], as_of: datetime, changed: Obj | None = None
) -> dict[str, Any]:
    """The numbers of a write after which requests no longer come to the pods behind this Service. `changed` is what is
    written to, where that is not the Service."""
    pods = beside.list("/api/v1", "pods", lambda pod: not o.is_over(pod))
    target_pods = (
        None if pods is None or service is None else selected_pods(o.selector({**service, "kind": "Service"}), pods)
    )
    return numbers(beside, target_pods, target_pods, names, as_of=as_of) | other_actors(
        beside, changed or service or {}, [], target_pods
    )


def behind(service: Obj | None, pods: Sequence[Obj] | None) -> str:
    """In brackets what answers for a Service."""
    if service is None:
        return "which does not exist"
    if o.spec(service).get("type") == "ExternalName":
        return f"an alias of {o.spec(service).get('externalName')}"
    if pods is None:
        return "its pods could not be read"
    if not o.selector(service):
        return "its endpoints are managed elsewhere"
    return serving(selected_pods(o.selector(service), pods))


def serving(pods: Sequence[Obj]) -> str:
    """`3 pods, 2 of them ready`."""
    ready = sum(1 for pod in pods if o.is_ready(pod))
    if not pods:
        return "no pod"
    if len(pods) == 1:
        return f"1 pod, which is {'ready' if ready else 'not ready'}"
    how_many = "all" if ready == len(pods) else str(ready) if ready else "none"
    return f"{len(pods)} pods, {how_many} of them ready"


def selected_pods(selector: dict[str, str], pods: Sequence[Obj]) -> list[Obj]:
    """The pods that a Service's selector takes, without those that have ended."""
    return [pod for pod in pods if not o.is_over(pod) and o.matches(selector, o.labels(pod))]


def declared_ports(pods: Sequence[Obj]) -> set[str]:
    """Numbers and names of the ports that the containers of pods declare."""
    ports = [port for pod in pods for _, container in o.containers(pod) for port in container.get("ports") or []]
    return {str(port[field]) for port in ports for field in ("containerPort", "name") if port.get(field)}


def enumeration(names: Sequence[str]) -> str:
    return ", ".join([*names[:DISPLAY_LIMIT], *(["..."] if len(names) > DISPLAY_LIMIT else [])])


def _pods_told(before: Obj, after: Obj, pods: list[Obj] | None) -> str:
    which = f"Service {o.name(before)} in namespace {o.meta(before).get('namespace')}"
    if pods is None:
        return f"{which} sends traffic to pods that could not be read"
    present, target_selector = o.spec(before).get("selector") or {}, o.spec(after).get("selector") or {}
    if not target_selector:
        return f"{which} keeps sending traffic to endpoints that are managed elsewhere"
    target_pods = selected_pods(target_selector, pods)
    destination = serving(target_pods) + (
        f" ({enumeration([o.name(pod) for pod in target_pods])})" if target_pods else ""
    )
    if target_selector == present:
        return f"{which} keeps sending traffic to {destination}"
    return f"{which} will send traffic to {destination} instead of {serving(selected_pods(present, pods))}"


def _ports_told(before: Obj, after: Obj, pods: list[Obj] | None) -> list[str]:
    parts = []
    for old, new in zip(o.spec(before).get("ports") or [], o.spec(after).get("ports") or [], strict=True):
        target = new.get("targetPort")
        if target != old.get("targetPort"):
            has = pods is None or str(target) in declared_ports(selected_pods(o.spec(after)["selector"], pods))
            unknown = "" if has else ", which none of them declares"
            parts.append(f"its port {new['port']} will lead to their port {target}{unknown}")
    return parts


def _nodes_told(node_before: Obj, after: Obj) -> list[str]:
    before, now = o.spec(node_before), o.spec(after)
    parts = []
    if before.get(INTERNAL) != now.get(INTERNAL):
        where = "every node" if now[INTERNAL] == "Cluster" else "only nodes that have one of its pods"
        parts.append(f"it is reached from {where}")
    if before.get(EXTERNAL) != now.get(EXTERNAL):
        address = "a node's address instead of the caller's" if now[EXTERNAL] == "Cluster" else "the caller's address"
        parts.append(f"requests from outside show its pods {address}")
    health = before.get("healthCheckNodePort")
    if health and now.get("healthCheckNodePort") != health:
        parts.append(f"its health check port {health} is released")
    return parts
