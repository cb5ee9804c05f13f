"""A Service that somebody asks for and that is not there, and whether its workload was left behind without one."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.programs import ROLLED_OUT
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.serving.near_names import near


def absent(subject: Subject, asked_by: Iterable[str], lists: Lists, elsewhere: Iterable[str] = ()) -> Observation:
    """`lists` are of the namespace where the Service would be: its Services, and its workloads where they were read.
    `elsewhere` are the other namespaces that have a Service of that name."""
    askers = sorted(set(asked_by))
    carriers = [w for kind in ROLLED_OUT for w in lists.of(kind) if _carries(w, subject.name)]
    orphans = [w for w in carriers if not selection.services_of(o.labels(o.template(w)), lists)]
    there, places = [o.name(s) for s in lists.of("Service")], sorted(elsewhere)
    hint = f"; one of that name is in namespace {', '.join(places)}" if places else ""
    return Observation(
        code="service.absent",
        subject=subject,
        attributes={
            "asked_by": askers,
            "near": [*near(subject.name, there), *(f"{subject.name}.{place}" for place in places)],
            "behind": [f"{w['kind']}/{subject.namespace}/{o.name(w)}" for w in carriers],
            "orphans": bool(orphans),
            "ports": [port for carrier in carriers[:1] for port in _container_ports(carrier)],
        },
        excerpt=f"{', '.join(askers[:2])} calls {subject.name}; namespace {subject.namespace} has no such Service"
        + hint,
    )


def _container_ports(workload: Obj) -> list[str]:
    ports = [port for _, container in o.containers(o.template(workload)) for port in container.get("ports") or []]
    return [str(port["containerPort"]) for port in ports if port.get("containerPort")]


def _carries(workload: Obj, name: str) -> bool:
    """Whether a workload is what a Service of that name would have sent to."""
    return name in (o.name(workload), *o.labels(o.template(workload)).values())
