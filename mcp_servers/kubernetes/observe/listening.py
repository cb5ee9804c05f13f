"""Ports that are asked beside the ports on which a program says that it listens.

Probe, container and Service may agree with each other and still all be wrong: only the program knows where it listens.
What it does not say proves nothing by itself; somebody has to be refused there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists

if TYPE_CHECKING:
    from mcp_servers.signals.logs.listening import ListeningPort

PROBES: Final = ("readiness", "liveness", "startup")


def observe(pod: Obj, ports: Sequence[ListeningPort], scope: str, lists: Lists) -> Iterator[Observation | Relation]:
    """Of a pod with one container, whose whole log was read: which ports are asked that it does not name."""
    containers = o.spec(pod).get("containers") or []
    if not ports or len(containers) != 1:
        return
    subject = o.subject(scope, pod)
    for one in ports:
        attributes = {"port": one.port, "host": one.host, "loopback": one.is_loopback}
        yield Observation(code="program.listens", subject=subject, attributes=attributes, excerpt=one.line)
    open_to_all = {one.port for one in ports if not one.is_loopback}
    names = {str(p["name"]): p.get("containerPort") for p in containers[0].get("ports") or [] if p.get("name")}
    listens = {"listens": [_text(one) for one in ports], "loopback": not open_to_all}
    for probe in PROBES:
        probe_spec = containers[0].get(f"{probe}Probe") or {}
        port = _number(
            (probe_spec.get("httpGet") or probe_spec.get("tcpSocket") or probe_spec.get("grpc") or {}).get("port"),
            names,
        )
        if port and port not in open_to_all:
            yield Observation(
                code="port.unheard",
                subject=subject,
                attributes={"by": probe, "port": port, **listens},
                excerpt=ports[0].line,
            )
    for service in selection.services_of(o.labels(pod), lists):
        for entry in o.spec(service).get("ports") or []:
            port = _number(entry.get("targetPort") or entry.get("port"), names)
            if port and port not in open_to_all:
                about = o.subject(scope, service)
                shown_by = {"by": "service", "port": port, **listens}
                yield Observation(code="port.unheard", subject=about, attributes=shown_by, excerpt=ports[0].line)
                yield Relation(kind="selects", source=about, target=subject)


def _text(one: ListeningPort) -> str:
    return f"{one.host}:{one.port}" if one.is_loopback else str(one.port)


def _number(port: object, names: dict[str, object]) -> int:
    """A port by number or by its name in the container; 0 where there is none."""
    value = names.get(str(port), port)
    return int(str(value)) if str(value).isdigit() else 0
