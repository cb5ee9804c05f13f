"""What a program inside a container meets on the network: names, Services, pods, and what lies outside the cluster."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from http import HTTPStatus

from sre_lab.behaviour.kubelet.process import profile_of
from sre_lab.clock import from_rfc3339
from sre_lab.containers.environment import CLUSTER_DOMAIN, ContainerEnvironment
from sre_lab.instrumentation.network import names
from sre_lab.instrumentation.network.policies import ConnectionEnd, lets_through
from sre_lab.objects.store import Obj
from sre_lab.scenario import Dependency
from sre_lab.world import World


class UnreachableError(Exception):
    """No connection: `how` is `name`, `refused`, `timeout` or `route`; `address` is set once the name was resolved."""

    def __init__(self, how: str, address: str = "") -> None:
        super().__init__(how)
        self.how = how
        self.address = address


@dataclass(frozen=True)
class HttpReply:
    """What an HTTP server said."""

    address: str
    status: int

    @property
    def phrase(self) -> str:
        return HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""


@dataclass(frozen=True)
class ResolvedName:
    """A resolved name: its full form and addresses."""

    full: str
    addresses: tuple[str, ...]


def resolve(env: ContainerEnvironment, name: str) -> ResolvedName:
    """By the search domains of the pod; UnreachableError `name` when nothing has it, `timeout` without cluster DNS."""
    if _is_address(name):
        return ResolvedName(name, (name,))
    if name in ("localhost", env.pod["metadata"]["name"]):
        return ResolvedName(name, ("127.0.0.1" if name == "localhost" else env.address,))
    parts = name.removesuffix(".").removesuffix(f".{CLUSTER_DOMAIN}").removesuffix(".svc").split(".")
    for labels in (parts, [*parts, env.namespace]):
        resolution = _in_cluster(env.world, labels)
        if resolution is not None:
            _ask(env, resolution.full)
            return resolution
    _ask(env, name)
    dependency = _dependency_at(env.world, name)
    if dependency is not None:
        return ResolvedName(name, (dependency.ip,))
    raise UnreachableError("name")


def get(env: ContainerEnvironment, host: str, port: int, path: str) -> HttpReply:
    """The answer to an HTTP GET; UnreachableError."""
    name = resolve(env, host)
    if not name.addresses:
        raise UnreachableError("name")
    address = name.addresses[0]
    world = env.world
    if (dependency := _dependency_at(world, host)) is not None:
        if not dependency.up or not lets_through(world, ConnectionEnd(env.pod), ConnectionEnd(ip=dependency.ip), port):
            raise UnreachableError("timeout", address)
        return HttpReply(address, 200)
    pod, container, target = _listener(env, address, port)
    own = pod["metadata"].get("uid") == env.pod["metadata"].get("uid")
    if not own and not lets_through(world, ConnectionEnd(env.pod), ConnectionEnd(pod), target):
        raise UnreachableError("timeout", address)
    status = _status(world, pod, container, target, path)
    if status is None:
        raise UnreachableError("refused", address)
    return HttpReply(address, status)


def _listener(env: ContainerEnvironment, address: str, port: int) -> tuple[Obj, Obj, int]:
    """(pod, container, its port) that a connection reaches."""
    world = env.world
    if address == "127.0.0.1":
        address = env.address
    service = next((s for s in world.objects.all("Service") if s["spec"].get("clusterIP") == address), None)
    if service is not None:
        return _behind(world, service, port, address)
    for pod in world.objects.all("Pod"):
        status = pod.get("status") or {}
        if status.get("podIP") == address and status.get("phase") == "Running":
            for container in pod["spec"]["containers"]:
                ports = [p.get("containerPort") for p in container.get("ports") or []]
                if port in ports or not ports:
                    return pod, container, port
            raise UnreachableError("refused", address)
    raise UnreachableError("route", address)


def _behind(world: World, service: Obj, port: int, address: str) -> tuple[Obj, Obj, int]:
    row = next((p for p in service["spec"].get("ports") or [] if p.get("port") == port), None)
    if row is None:
        raise UnreachableError("timeout", address)
    meta = service["metadata"]
    ready = _ready(world, meta["namespace"], meta["name"], row.get("name", ""))
    if not ready:
        raise UnreachableError("refused", address)
    pod, target = ready[int(world.clock.now()) % len(ready)]
    containers: list[Obj] = pod["spec"]["containers"]
    listening = [c for c in containers if any(p.get("containerPort") == target for p in c.get("ports") or [])]
    silent = [c for c in containers if not c.get("ports")]
    if not listening and not silent:
        raise UnreachableError("refused", address)
    return pod, (listening or silent)[0], target


def _ready(world: World, namespace: str, service: str, port: str = "") -> list[tuple[Obj, int]]:
    """(pod, port) of each ready address of a Service, as its Endpoints object says."""
    backends = []
    endpoints = world.objects.get("Endpoints", namespace, service) or {}
    for subset in endpoints.get("subsets") or []:
        ports = [p["port"] for p in subset.get("ports") or [] if not port or p.get("name", "") == port]
        for address in subset.get("addresses") or []:
            pod = world.objects.get("Pod", namespace, (address.get("targetRef") or {}).get("name", ""))
            if pod is not None:
                backends.append((pod, ports[0] if ports else 0))
    return backends


def _status(world: World, pod: Obj, container: Obj, port: int, path: str) -> int | None:
    """The status code, None where nothing listens."""
    profile = profile_of(world, container.get("image", ""))
    started = _start_time(pod, container["name"])
    if started is None or not profile.serves or world.clock.now() < started + profile.ready_after:
        return None
    steps = profile.probes.get(path.partition("?")[0], profile.probes.get(str(port), []))
    due = [s for s in steps if started + s.at <= world.clock.now()]
    if due:
        return max(due, key=lambda s: s.at).status
    return 500 if profile.failing_share >= 1 else 200


def _start_time(pod: Obj, container: str) -> float | None:
    for status in (pod.get("status") or {}).get("containerStatuses") or []:
        running = (status.get("state") or {}).get("running")
        if status["name"] == container and running:
            return from_rfc3339(running["startedAt"])
    return None


def _in_cluster(world: World, labels: list[str]) -> ResolvedName | None:
    """`service.namespace`, or `pod.service.namespace` for the pods of a headless Service."""
    if len(labels) not in (2, 3):
        return None
    service = world.objects.get("Service", labels[-1], labels[-2])
    if service is None:
        return None
    full = f"{'.'.join(labels)}.svc.{CLUSTER_DOMAIN}"
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return ResolvedName(spec.get("externalName", ""), (_outside_address(spec.get("externalName", "")),))
    if spec.get("clusterIP") != "None":
        return ResolvedName(full, (spec["clusterIP"],)) if len(labels) == 2 else None
    pods = [pod for pod, _ in _ready(world, labels[-1], labels[-2])]
    if len(labels) == 3:
        pods = [p for p in pods if (p["spec"].get("hostname") or p["metadata"]["name"]) == labels[0]]
    addresses = tuple(p["status"]["podIP"] for p in pods if (p.get("status") or {}).get("podIP"))
    return ResolvedName(full, addresses) if addresses else None


def _ask(env: ContainerEnvironment, name: str) -> None:
    """UnreachableError when the cluster's name server does not answer the pod, or knows no such name."""
    problem = names.problem(env.world, env.pod, name)
    if problem is not None:
        raise UnreachableError("name" if problem.error.endswith("no such host") else "timeout")


def _dependency_at(world: World, host: str) -> Dependency | None:
    return next((d for d in world.dependencies.values() if d.address.partition(":")[0] == host), None)


def _outside_address(name: str) -> str:
    """One address for each outside name, out of the block that documentation uses."""
    return f"198.51.100.{sum(name.encode()) % 254 + 1}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
