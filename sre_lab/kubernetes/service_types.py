"""What a Service leaves behind when its type changes: the server takes back what only the old type needs.

A writer that names another value for such a field is taken at its word, and refused by the rules of the new type.
"""

from __future__ import annotations

from sre_lab.objects.store import Obj

_WITH_NODE_PORTS = ("NodePort", "LoadBalancer")


def without_old_type(new: Obj, old: Obj) -> Obj:
    """`new` without the fields that `old` had for its type and that the type of `new` cannot have."""
    if new["kind"] != "Service" or new["spec"].get("type") == old["spec"].get("type"):
        return new
    spec, before = dict(new["spec"]), old["spec"]
    kind, was = spec.get("type"), before.get("type")
    obsolete: list[str] = []
    if kind == "ExternalName":
        obsolete += ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
    if was in _WITH_NODE_PORTS and kind not in _WITH_NODE_PORTS:
        obsolete.append("externalTrafficPolicy")
        spec["ports"] = _without_node_ports(spec, before)
    if was == "LoadBalancer":
        obsolete += ["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"]
    for field in obsolete:
        if field in spec and spec[field] == before.get(field):
            del spec[field]
    return {**new, "spec": spec}


def _without_node_ports(spec: Obj, before: Obj) -> list[Obj]:
    node_ports = {port.get("nodePort") for port in before.get("ports") or []}
    ports = spec.get("ports") or []
    if any(port.get("nodePort") not in node_ports for port in ports if port.get("nodePort")):
        return list(ports)
    return [{key: value for key, value in port.items() if key != "nodePort"} for port in ports]
