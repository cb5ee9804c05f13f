"""The way from a pod, or from outside, to the backends of a Service, and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sre_lab.instrumentation.endpoints import PodBackend, backends
from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.instrumentation.network import names
from sre_lab.instrumentation.network.policies import ConnectionEnd, lets_through
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.scenario import Dependency
from sre_lab.world import World

READ = {"Pod", "Service", "Endpoints", "NetworkPolicy", "Namespace", "Node", "Deployment", "ConfigMap"}
OUTSIDE = ConnectionEnd(ip="10.0.0.50")  # a load balancer's or a neighbour's address in the VPC
REFUSED = "connect: connection refused"
TIMEOUT = "i/o timeout"


@dataclass(frozen=True)
class ServiceTarget:
    """A Service that is called, and the port of it; None means its first."""

    namespace: str
    service: str
    port: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.service

    @staticmethod
    def parse(text: str, namespace: str) -> ServiceTarget:
        """`service`, `namespace/service`, either with `:port`."""
        name, _, port = text.partition(":")
        where, slash, service = name.rpartition("/")
        return ServiceTarget(where if slash else namespace, service, int(port) if port else None)


@dataclass(frozen=True)
class ServiceRoute:
    """Where connections from one place end: its backends get an even `share_each`, the others fail."""

    backends: tuple[PodBackend, ...] = ()
    share_each: float = 0.0
    failures: tuple[RequestFailure, ...] = field(default=())


class ServiceNetwork:
    """Routes of one world, kept until an object changes that could change them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes: dict[tuple[str, str, ServiceTarget, float], ServiceRoute] = {}
        world.objects.subscribe(self._on_change)

    def route(self, source: Obj | None, target: ServiceTarget, patience_ms: float) -> ServiceRoute:
        """From a pod, or with None from outside of the cluster."""
        meta = source["metadata"] if source is not None else {"namespace": "", "name": ""}
        key = (meta["namespace"], meta["name"], target, patience_ms)
        if key not in self._routes:
            self._routes[key] = _route(self._world, source, target, patience_ms)
        return self._routes[key]

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] in READ:
            self._routes.clear()


def to_dependency(world: World, pod: Obj, dependency: Dependency, patience_ms: float) -> RequestFailure | None:
    """Why the pod cannot connect to something outside of the cluster; None when it can."""
    host, _, port = dependency.address.partition(":")
    about = dependency.address or dependency.name
    failure = names.problem(world, pod, host) if host else None
    if failure is not None:
        return RequestFailure(1.0, failure.error, about, failure.waits_ms)
    number = int(port) if port.isdigit() else 443
    if not dependency.up or not lets_through(world, ConnectionEnd(pod), ConnectionEnd(ip=dependency.ip), number):
        return RequestFailure(1.0, f"dial tcp {dependency.ip}:{number}: {TIMEOUT}", about, patience_ms)
    return None


def _route(world: World, source: Obj | None, target: ServiceTarget, patience_ms: float) -> ServiceRoute:
    service = world.objects.get("Service", target.namespace, target.service)
    name = names.cluster_name(target.namespace, target.service)
    if source is not None and (dns_failure := names.problem(world, source, name)) is not None:
        return ServiceRoute(failures=(dns_failure,))
    if service is None:
        return ServiceRoute(failures=(names.no_such_host(world, name),))
    ports = [int(p["port"]) for p in service["spec"].get("ports") or []]
    port = target.port or (ports[0] if ports else 80)
    about = f"{name}:{port}"
    dial = f"dial tcp {service['spec'].get('clusterIP') or name}:{port}: "
    refused = RequestFailure(1.0, dial + REFUSED, about, code=502)
    timeout = RequestFailure(1.0, dial + TIMEOUT, about, patience_ms, code=504)
    if port not in ports:
        return ServiceRoute(failures=(timeout,))
    pod_backends = backends(world, target.namespace, target.service, port)
    if source is not None and service["spec"].get("internalTrafficPolicy") == "Local":
        node = source["spec"].get("nodeName")
        local = [b for b in pod_backends if b.pod["spec"].get("nodeName") == node]
        if pod_backends and not local:
            return ServiceRoute(failures=(timeout,))
        pod_backends = local
    if not pod_backends:
        return ServiceRoute(failures=(RequestFailure(1.0, refused.error, about, code=503),))
    return _spread(world, ConnectionEnd(source) if source is not None else OUTSIDE, pod_backends, refused, timeout)


def _spread(
    world: World,
    source: ConnectionEnd,
    pod_backends: list[PodBackend],
    refused: RequestFailure,
    timeout: RequestFailure,
) -> ServiceRoute:
    each = 1.0 / len(pod_backends)
    open_backends, silent, closed = [], 0, 0
    for backend in pod_backends:
        if not lets_through(world, source, ConnectionEnd(backend.pod), backend.port) or _is_cut_off(world, backend.pod):
            silent += 1
        elif backend.container is None:
            closed += 1
        else:
            open_backends.append(backend)
    failures = [f.of(each * n) for f, n in ((timeout, silent), (refused, closed)) if n]
    return ServiceRoute(tuple(open_backends), each, tuple(failures))


def _is_cut_off(world: World, pod: Obj) -> bool:
    """Whether the pod's node says that its network does not work."""
    node = world.objects.get("Node", "", pod["spec"].get("nodeName", ""))
    conditions = ((node or {}).get("status") or {}).get("conditions") or []
    return any(c.get("type") == "NetworkUnavailable" and c.get("status") == "True" for c in conditions)
