"""What a Service or a rule of an Ingress that leads astray would have to say, where the cluster leaves one answer only.

Where it leaves none, or several, nothing is said: a guess would send requests to a program that was not meant.
"""

from __future__ import annotations

from typing import Any

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.ingress_backends import IngressBackend
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.programs import PROGRAM_LABELS, ROLLED_OUT, program
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import top
from mcp_servers.serving.near_names import near


def selector(service: Obj, lists: Lists, named_workload: Obj | None = None) -> str:
    """The selector that takes the pods of the workload that is meant, some of them ready, and of no other program.

    As little as possible of the present one is changed. Empty where there is none.
    """
    workload = named_workload or workload_for(service, lists)
    if workload is None:
        return ""
    has = o.labels(o.template(workload))
    matching_labels = {key: value for key, value in o.selector(service).items() if has.get(key) == value}
    own = o.selector(workload)
    choices = (matching_labels if matching_labels.keys() & own.keys() else {}, matching_labels | own)
    return next((o.selector_text(choice) for choice in choices if _takes_only(choice, workload, lists)), "")


def target_port(port: Obj, service: Obj, pods: list[Obj]) -> str:
    """The port that all of the pods declare and no other port of the Service leads to: one of the same name, else the
    only one, else the only one of a near name. Empty where there is none."""
    target = str(port.get("targetPort") or port.get("port"))
    protocol = port.get("protocol", "TCP")
    target_ports = {
        str(p.get("targetPort") or p.get("port")) for p in o.spec(service).get("ports") or [] if p is not port
    }
    every = [{(x["containerPort"], str(x.get("name") or "")) for x in _declared_ports(pod, protocol)} for pod in pods]
    free = (
        [candidate for candidate in set.intersection(*every) if not {str(candidate[0]), candidate[1]} & target_ports]
        if every
        else []
    )
    candidates = [candidate for candidate in free if candidate[1] and candidate[1] == port.get("name")] or free
    if len(candidates) > 1:
        alike = near(target, [name for _, name in candidates if name])
        candidates = [candidate for candidate in candidates if candidate[1] in alike]
    if len(candidates) != 1:
        return ""
    number, name = candidates[0]
    return name if name and not target.isdigit() else str(number)


def backend(wrong: IngressBackend, lists: Lists) -> tuple[str, str]:
    """(Service, port) for a rule whose own is not there: the Service itself, else the only near one with ready pods;
    the port as the rule has it, else its only one. Both empty where there is none."""
    there = lists.by_name("Service", wrong.service)
    names = [wrong.service] if there else near(wrong.service, [o.name(s) for s in lists.of("Service")])
    services = [s for s in lists.of("Service") if o.name(s) in names and _serves(s, lists)]
    if len(services) != 1:
        return "", ""
    ports = o.spec(services[0]).get("ports") or []
    same = [p for p in ports if wrong.port in (str(p.get("port")), p.get("name"))]
    if not same and len(ports) != 1:
        return "", ""
    return o.name(services[0]), wrong.port if same else str(ports[0]["port"])


def workload_for(service: Obj, lists: Lists) -> Obj | None:
    """The workload that a Service is named after; else the only near one that no other Service leads to."""
    name, every = o.name(service), [w for kind in ROLLED_OUT for w in lists.of(kind)]
    namesakes = [w for w in every if o.name(w) == name] or [w for w in every if program(w) == name]
    matches = namesakes or [w for w in every if _is_near(service, w) and not selection.services_of(_template(w), lists)]
    return matches[0] if len(matches) == 1 else None


def _is_near(service: Obj, workload: Obj) -> bool:
    """By what names a program: a label that a whole group shares, as `tier`, says nothing."""
    names = [o.name(service), *(value for key, value in o.selector(service).items() if key in PROGRAM_LABELS)]
    has = {o.name(workload), program(workload)} - {""}
    return any(near(name, has) for name in names)


def _takes_only(choice: dict[str, str], workload: Obj, lists: Lists) -> bool:
    label_selector = {"matchLabels": choice} if choice else None
    pods = [pod for pod in selection.pods(label_selector, lists) if not o.is_over(pod)]
    roots = [top(one, lists) for one in (*pods, *selection.workloads(label_selector, lists))]
    own = program(workload)
    of_it = all(root is workload or (own and program(root) == own) for root in roots)
    return of_it and any(o.is_ready(pod) for pod in pods)


def _serves(service: Obj, lists: Lists) -> bool:
    return any(o.is_ready(pod) for pod in selection.pods_of(service, lists))


def _template(workload: Obj) -> dict[str, str]:
    return o.labels(o.template(workload))


def _declared_ports(pod: Obj, protocol: str) -> list[dict[str, Any]]:
    ports = [p for field, x in o.containers(pod) if field == "containers" for p in x.get("ports") or []]
    return [p for p in ports if p.get("protocol", "TCP") == protocol]
