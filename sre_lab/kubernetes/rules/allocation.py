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
    wanted = text(spec, "clusterIP")
    if wanted and wanted != "None" and wanted != before.get("clusterIP") and forms.is_address(wanted):
        yield from _address(wanted, others)
    held = {port.get("nodePort") for _, port in items(before, "ports")}
    taken = {
        (port.get("protocol", "TCP"), port["nodePort"])
        for service in others
        for _, port in items(inner(service, "spec"), "ports")
        if port.get("nodePort")
    }
    for place, port in items(spec, "ports"):
        number, at = port.get("nodePort"), f"spec.ports[{place}].nodePort"
        if not isinstance(number, int) or not number or number in held:
            continue
        if number not in PORTS:
            told = f"The range of valid ports is {PORTS.start}-{PORTS.stop - 1}"
            yield invalid_value(at, number, f"provided port is not in the valid range. {told}")
        elif (port.get("protocol", "TCP"), number) in taken:
            yield invalid_value(at, number, "provided port is already allocated")


def _address(wanted: str, others: list[Obj]) -> Causes:
    shown, told = go.strings([wanted]), f"failed to allocate IP {wanted}: "
    if ip_address(wanted) not in ip_network(ADDRESSES):
        said = f"the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {ADDRESSES}"
        yield invalid_value("spec.clusterIPs", shown, told + said)
    elif any(inner(service, "spec").get("clusterIP") == wanted for service in others):
        yield invalid_value("spec.clusterIPs", shown, told + _TAKEN)
