"""Rows of Services and what stands around them: endpoints, slices, ingresses, network policies."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.printing.spans import since
from sre_lab.kubernetes.printing.workloads import selector_text

Obj = dict[str, Any]
COLUMNS = {
    "Service": "Name|Type|Cluster-IP|External-IP|Port(s)|Age|*Selector",
    "Endpoints": "Name|Endpoints|Age",
    "EndpointSlice": "Name|AddressType|Ports|Endpoints|Age",
    "Ingress": "Name|Class|Hosts|Address|Ports|Age",
    "IngressClass": "Name|Controller|Parameters|Age",
    "NetworkPolicy": "Name|Pod-Selector|Age",
}


def _age(obj: Obj, now: float) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def service(obj: Obj, now: float) -> list[Any]:
    spec = obj["spec"]
    return [
        obj["metadata"]["name"],
        spec.get("type", "ClusterIP"),
        spec.get("clusterIP") or "<none>",
        _external(obj),
        ",".join(_port(p) for p in spec.get("ports") or []) or "<none>",
        _age(obj, now),
        selector_text({"matchLabels": spec.get("selector") or {}}),
    ]


def _external(obj: Obj) -> str:
    spec = obj["spec"]
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    external_ips = list(spec.get("externalIPs") or [])
    if spec.get("type") == "LoadBalancer":
        balancer = (obj.get("status") or {}).get("loadBalancer") or {}
        addresses = [i.get("ip") or i.get("hostname", "") for i in balancer.get("ingress") or []]
        return ",".join(addresses + external_ips) or "<pending>"
    return ",".join(external_ips) or "<none>"


def _port(port: Obj) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def endpoints(obj: Obj, now: float) -> list[Any]:
    subsets = obj.get("subsets") or []
    addresses = [
        f"{a['ip']}:{p['port']}" if p else a["ip"]
        for s in subsets
        for p in s.get("ports") or [{}]
        for a in s.get("addresses") or []
    ]
    return [obj["metadata"]["name"], _few(addresses) if subsets else "<none>", _age(obj, now)]


def endpoint_slice(obj: Obj, now: float) -> list[Any]:
    ports = [str(p.get("port", "*")) for p in obj.get("ports") or []]
    addresses = [a for e in obj.get("endpoints") or [] for a in e.get("addresses") or []]
    return [
        obj["metadata"]["name"],
        obj.get("addressType", ""),
        _few(ports) or "<unset>",
        _few(addresses) or "<unset>",
        _age(obj, now),
    ]


def _few(values: list[str]) -> str:
    more = f" + {len(values) - 3} more..." if len(values) > 3 else ""
    return ",".join(values[:3]) + more


def ingress(obj: Obj, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    hosts = [r["host"] for r in spec.get("rules") or [] if r.get("host")]
    balancer = (obj.get("status") or {}).get("loadBalancer") or {}
    addresses = [i.get("ip") or i.get("hostname", "") for i in balancer.get("ingress") or []]
    ports = "80, 443" if spec.get("tls") else "80"
    host_text = _few(hosts) or "*"
    return [
        obj["metadata"]["name"],
        spec.get("ingressClassName") or "<none>",
        host_text,
        ",".join(addresses),
        ports,
        _age(obj, now),
    ]


def ingress_class(obj: Obj, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    parameters = spec.get("parameters") or {}
    text = f"{parameters.get('kind')}/{parameters.get('name')}" if parameters else "<none>"
    return [obj["metadata"]["name"], spec.get("controller", ""), text, _age(obj, now)]


def network_policy(obj: Obj, now: float) -> list[Any]:
    return [obj["metadata"]["name"], selector_text((obj.get("spec") or {}).get("podSelector")), _age(obj, now)]


CELLS = {
    "Service": service,
    "Endpoints": endpoints,
    "EndpointSlice": endpoint_slice,
    "Ingress": ingress,
    "IngressClass": ingress_class,
    "NetworkPolicy": network_policy,
}
