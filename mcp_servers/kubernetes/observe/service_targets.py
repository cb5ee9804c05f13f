"""Where a Service sends what reaches it: to which ports, to whose pods, and from which nodes.

Endpoints may be ready and still be the wrong ones: a port on which nobody listens, pods of another program, or pods
that only some nodes may reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe import route_corrections as fitting
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.programs import program
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import top

TCP: Final = "TCP"  # where a port names no protocol
POLICIES: Final = {"internal": "internalTrafficPolicy", "external": "externalTrafficPolicy"}


def observe(service: Obj, scope: str, lists: Lists) -> Iterator[Observation]:
    """What is odd about where a Service sends to. One without pods sends nowhere: that is told elsewhere."""
    pods = [p for p in selection.pods_of(service, lists) if not o.is_over(p)]
    if not pods:
        return
    yield from _ports(service, scope, pods)
    yield from _programs(service, scope, pods, lists)
    yield from _nodes(service, scope, pods, lists)


def _ports(service: Obj, scope: str, pods: list[Obj]) -> Iterator[Observation]:
    """A named target port that no pod has reaches nothing; a number is only not declared, which may be well."""
    numbers = {c.get("containerPort") for p in pods for _, x in o.containers(p) for c in x.get("ports") or []}
    names = {str(c["name"]) for p in pods for _, x in o.containers(p) for c in x.get("ports") or [] if c.get("name")}
    yield from _protocols(service, scope, pods)
    astray = [p for p in o.spec(service).get("ports") or [] if not _is_had(p, numbers, names)]
    for port in astray:
        target = port.get("targetPort") or port.get("port")
        by_name = _by_name(target)
        declared_ports = sorted(names) if by_name else sorted(str(n) for n in numbers)
        attributes = {"port": int(port.get("port") or 0), "target_port": str(target), "by_name": by_name}
        fits = fitting.target_port(port, service, pods) if len(astray) == 1 else ""
        yield _observation("service.port_mismatch", service, scope, **attributes, declared=declared_ports, fitting=fits)


def _protocols(service: Obj, scope: str, pods: list[Obj]) -> Iterator[Observation]:
    """A port that every pod declares, and none for the protocol that the Service sends: nobody listens to that."""
    by_port: dict[Any, set[str]] = {}
    for one in (x for p in pods for _, c in o.containers(p) for x in c.get("ports") or []):
        for key in (one.get("containerPort"), one.get("name")):
            by_port.setdefault(key, set()).add(str(one.get("protocol") or TCP))
    for port in o.spec(service).get("ports") or []:
        target, protocol = port.get("targetPort") or port.get("port"), str(port.get("protocol") or TCP)
        listening = by_port.get(target if _by_name(target) else int(target or 0), set())
        if listening and protocol not in listening:
            attributes = {"port": int(port.get("port") or 0), "protocol": protocol, "declared": sorted(listening)}
            yield _observation("service.protocol_mismatch", service, scope, **attributes)


def _is_had(port: Obj, numbers: set[Any], names: set[str]) -> bool:
    """Whether a pod declares where this port leads to; of pods that declare nothing no number is doubted."""
    target = port.get("targetPort") or port.get("port")
    return target in names or (not _by_name(target) and (not numbers or int(target or 0) in numbers))


def _by_name(target: Any) -> bool:
    return isinstance(target, str) and not target.isdigit()


def _programs(service: Obj, scope: str, pods: list[Obj], lists: Lists) -> Iterator[Observation]:
    """Pods of different programs behind one name. Releases of one program side by side carry its name all the same."""
    roots = {(r["kind"], o.name(r)): r for r in (top(p, lists) for p in pods if o.is_ready(p))}
    if len(roots) < 2:
        return
    programs = {key: (program(root), True) for key, root in roots.items()}
    if len(set(programs.values())) == 1:  # a worker may carry the labels of the program whose worker it is
        programs = {key: (name, _listens(service, roots[key])) for key, (name, _) in programs.items()}
    if len(set(programs.values())) < 2 or any(not name for name, _ in programs.values()):
        return
    name = o.name(service)
    listeners = [key for key, (_, listens) in programs.items() if listens]
    main_key = next((key for key in listeners if name in (key[1], programs[key][0])), None)
    if main_key is None:
        return  # a Service of another name may be meant for all of them
    others = [f"{kind}/{other}" for kind, other in roots if programs[(kind, other)] != programs[main_key]]
    attributes = {
        "selector": o.selector_text(o.selector(service)),
        "meant": "/".join(main_key),
        "others": sorted(others),
    }
    fits = fitting.selector(service, lists, roots[main_key])
    yield _observation("service.mixed_backends", service, scope, **attributes, fitting=fits)


def _listens(service: Obj, root: Obj) -> bool:
    """Whether its pods declare a port that the Service sends to."""
    ports = o.spec(service).get("ports") or []
    targets = {str(port.get("targetPort") or port.get("port")) for port in ports}
    declared_ports = [x for _, c in o.containers(o.template(root)) for x in c.get("ports") or []]
    return any({str(x.get("containerPort")), str(x.get("name"))} & targets for x in declared_ports)


def _nodes(service: Obj, scope: str, pods: list[Obj], lists: Lists) -> Iterator[Observation]:
    """Nodes with pods of the namespace from which nothing behind the Service can be reached."""
    for direction in POLICIES:
        if not keeps_to_node(service, direction):
            continue
        having = {str(o.spec(p).get("nodeName") or "") for p in pods if o.is_ready(p)}
        every = {str(o.spec(p).get("nodeName") or "") for p in lists.of("Pod") if not o.is_over(p)}
        every |= {o.name(node) for node in lists.of("Node")}
        without = sorted(every - having - {""})
        if without:
            yield _observation("service.node_local", service, scope, policy=direction, without=without)


def keeps_to_node(service: Obj, direction: str) -> bool:
    """Whether it sends only to pods of the node where a request comes from. A Service without an address of its own
    sends nothing itself: its callers choose among its pods."""
    spec = o.spec(service)
    bare = spec.get("clusterIP") == "None" or spec.get("type") == "ExternalName"
    return spec.get(POLICIES[direction]) == "Local" and not bare


def _observation(code: str, service: Obj, scope: str, **attributes: Any) -> Observation:
    return Observation(code=code, subject=o.subject(scope, service), attributes=attributes)
