"""What a Service asks for by number and cannot have: an address or a port that is taken or not on offer."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from sre_lab.kubernetes.rules import forms, go
from sre_lab.kubernetes.rules.shapes import Causes, Obj, inner, items, text
from sre_lab.kubernetes.statuses import invalid_value
from sre_lab.world import World

ADDRESSES = "10.96.0.0/12"
PORTS = range(30000, 32768)
_TAKEN = "provided IP is already allocated"


def problems(world: World, obj: Obj, old: Obj | None = None) -> Causes:
    """Why the Service cannot get what it names; nothing for what it holds already as `old`."""
    if obj["kind"] != "Service":
        return
    spec, before = inner(obj, "spec"), inner(old or {}, "spec")
    others = [s for s in world.objects.all("Service") if old is None or s["metadata"] != old["metadata"]]
    address = text(spec, "clusterIP")
    if address and address != "None" and address != before.get("clusterIP") and forms.is_address(address):
        yield from _address(address, others)
    node_ports = {port.get("nodePort") for _, port in items(before, "ports")}
    in_use = {
        (port.get("protocol", "TCP"), port["nodePort"])
        for service in others
        for _, port in items(inner(service, "spec"), "ports")
        if port.get("nodePort")
    }
    for place, port in items(spec, "ports"):
        number, at = port.get("nodePort"), f"spec.ports[{place}].nodePort"
        if not isinstance(number, int) or not number or number in node_ports:
            continue
        if number not in PORTS:
            detail = f"The range of valid ports is {PORTS.start}-{PORTS.stop - 1}"
            yield invalid_value(at, number, f"provided port is not in the valid range. {detail}")
        elif (port.get("protocol", "TCP"), number) in in_use:
            yield invalid_value(at, number, "provided port is already allocated")


def _address(address: str, others: list[Obj]) -> Causes:
    go_text, lead = go.strings([address]), f"failed to allocate IP {address}: "
    if ip_address(address) not in ip_network(ADDRESSES):
        detail = f"the provided IP ({address}) is not in the valid range. The range of valid IPs is {ADDRESSES}"
        yield invalid_value("spec.clusterIPs", go_text, lead + detail)
    elif any(inner(service, "spec").get("clusterIP") == address for service in others):
        yield invalid_value("spec.clusterIPs", go_text, lead + _TAKEN)
