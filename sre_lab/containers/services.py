"""The variables that a kubelet sets for the Services that were there when a container started."""

from __future__ import annotations

from sre_lab.clock import from_rfc3339
from sre_lab.objects.store import Obj
from sre_lab.world import World

API = ("default", "kubernetes")  # whose variables every container has
ADDRESS = {
    "KUBERNETES_SERVICE_HOST": "10.96.0.1",
    "KUBERNETES_SERVICE_PORT": "443",
}  # where a world has no such Service


def variables(world: World, pod: Obj) -> dict[str, str]:
    """`NAME_SERVICE_HOST` and its kin, in the order of the Services' names."""
    namespace, wants_links = pod["metadata"]["namespace"], pod["spec"].get("enableServiceLinks", True)
    began = _began(pod)
    variables = dict(ADDRESS)
    for service in sorted(world.objects.all("Service"), key=lambda s: str(s["metadata"]["name"])):
        meta = service["metadata"]
        here = (meta["namespace"], meta["name"])
        if here == API or (wants_links and meta["namespace"] == namespace and here[1] != API[1]):
            created = meta.get("creationTimestamp")
            if here == API or created is None or began is None or from_rfc3339(created) <= began:
                variables |= _of(service)
    return variables


def _of(service: Obj) -> dict[str, str]:
    """Of one Service; a headless one has none."""
    address, ports = service["spec"].get("clusterIP", ""), service["spec"].get("ports") or []
    if not ports or address in ("", "None"):
        return {}
    name = service["metadata"]["name"].upper().replace("-", "_")
    variables = {f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": str(ports[0]["port"])}
    for port in ports:
        if port.get("name"):
            variables[f"{name}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
    first = ports[0]
    variables[f"{name}_PORT"] = f"{first.get('protocol', 'TCP').lower()}://{address}:{first['port']}"
    for port in ports:
        protocol = port.get("protocol", "TCP")
        lead = f"{name}_PORT_{port['port']}_{protocol}"
        variables[lead] = f"{protocol.lower()}://{address}:{port['port']}"
        variables |= {f"{lead}_PROTO": protocol.lower(), f"{lead}_PORT": str(port["port"]), f"{lead}_ADDR": address}
    return variables


def _began(pod: Obj) -> float | None:
    started = (pod.get("status") or {}).get("startTime")
    return from_rfc3339(started) if started else None
