"""Ingresses, IngressClasses and NetworkPolicies."""

from __future__ import annotations

from ipaddress import ip_network

from sre_lab.kubernetes.rules import forms, labels
from sre_lab.kubernetes.rules.containers import PROTOCOLS
from sre_lab.kubernetes.rules.shapes import (
    Causes,
    Obj,
    check_form,
    inner,
    items,
    number,
    port,
    required_text,
    text,
    texts,
)
from sre_lab.kubernetes.statuses import GoText, forbidden_value, invalid_value, required_value, unsupported_value

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_POLICY_TYPES = ("Ingress", "Egress")
_DIRECTIONS = (("ingress", "from"), ("egress", "to"))


def ingress(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        go_text = GoText("[]networking.IngressRule(nil)")
        yield invalid_value("spec", go_text, "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend") is not None:
        yield from _backend(inner(spec, "defaultBackend"), "spec.defaultBackend")
    for place, rule in items(spec, "rules"):
        at, host = f"spec.rules[{place}]", text(rule, "host")
        if host:
            yield from _host(host, f"{at}.host")
        if rule.get("http") is not None:
            yield from _paths(inner(rule, "http"), f"{at}.http")
    for place, entry in items(spec, "tls"):
        for host in texts(entry, "hosts"):
            form = forms.wildcard_subdomain if "*" in host else forms.subdomain
            yield from check_form(host, f"spec.tls[{place}].hosts", form)
    if text(spec, "ingressClassName"):
        yield from check_form(spec["ingressClassName"], "spec.ingressClassName", forms.subdomain)
    annotation = inner(inner(obj, "metadata"), "annotations").get(_CLASS_ANNOTATION)
    if old is None and annotation is not None and spec.get("ingressClassName") is not None:
        detail = "can not be set when the class field is also set"
        yield invalid_value(f"annotations.{_CLASS_ANNOTATION}", annotation, detail)


def ingress_class(obj: Obj, old: Obj | None) -> Causes:
    controller = text(inner(obj, "spec"), "controller")
    if not controller:
        yield required_value("spec.controller")
    if old is not None and controller != inner(old, "spec").get("controller"):
        yield invalid_value("spec.controller", controller, "field is immutable")


def network_policy(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    yield from labels.selector(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in _DIRECTIONS:
        for place, rule in items(spec, direction):
            at = f"spec.{direction}[{place}]"
            for where, port_ in items(rule, "ports"):
                yield from _policy_port(port_, f"{at}.ports[{where}]")
            for where, peer in items(rule, peers):
                yield from _peer(peer, f"{at}.{peers}[{where}]")
    for place, kind in enumerate(texts(spec, "policyTypes")):
        if kind not in _POLICY_TYPES:
            yield unsupported_value(f"spec.policyTypes[{place}]", kind, _POLICY_TYPES)


def _host(host: str, path: str) -> Causes:
    if forms.is_address(host):
        yield invalid_value(path, host, "must be a DNS name, not an IP address")
    yield from check_form(host, path, forms.wildcard_subdomain if "*" in host else forms.subdomain)


def _paths(http: Obj, path: str) -> Causes:
    if not http.get("paths"):
        yield required_value(f"{path}.paths")
    for place, entry in items(http, "paths"):
        yield from _path(entry, f"{path}.paths[{place}]")


def _path(entry: Obj, path: str) -> Causes:
    kind, route = entry.get("pathType"), text(entry, "path")
    if kind is None:
        yield required_value(f"{path}.pathType", "pathType must be specified")
        return
    if kind not in _PATH_TYPES:
        yield unsupported_value(f"{path}.pathType", kind, _PATH_TYPES)
    elif not route.startswith("/") and (route or kind != "ImplementationSpecific"):
        yield invalid_value(f"{path}.path", route, "must be an absolute path")
    if kind in ("Exact", "Prefix"):
        for part in _BAD_PARTS:
            if part in route:
                yield invalid_value(f"{path}.path", route, f"must not contain '{part}'")
        for end in _BAD_ENDS:
            if route.endswith(end):
                yield invalid_value(f"{path}.path", route, f"cannot end with '{end}'")
    yield from _backend(inner(entry, "backend"), f"{path}.backend")


def _backend(backend: Obj, path: str) -> Causes:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        yield invalid_value(path, "", "cannot set both resource and service backends")
    elif service is not None:
        yield from required_text(inner(backend, "service"), "name", f"{path}.service", forms.service_name)
        yield from _backend_port(inner(inner(backend, "service"), "port"), path)
    elif resource is None:
        yield invalid_value(path, "", "resource or service backend is required")


def _backend_port(port_: Obj, path: str) -> Causes:
    name, value = text(port_, "name"), number(port_, "number")
    if name and value:
        yield invalid_value(path, "", "cannot set both port name & port number")
    elif name:
        yield from check_form(name, f"{path}.service.port.name", forms.port_name)
    elif value:
        for problem in forms.port_number(value):
            yield invalid_value(f"{path}.service.port.number", value, problem)
    else:
        yield required_value(path, "port name or number is required")


def _policy_port(port_: Obj, path: str) -> Causes:
    protocol = port_.get("protocol")
    if protocol is not None and protocol not in PROTOCOLS:
        yield unsupported_value(f"{path}.protocol", protocol, ("TCP", "UDP", "SCTP"))
    if port_.get("port") is None:
        if port_.get("endPort") is not None:
            detail = "may not be specified when `port` is not specified"
            yield invalid_value(f"{path}.endPort", port_["endPort"], detail)
        return
    yield from port(port_["port"], f"{path}.port")
    first, last = port_["port"], number(port_, "endPort")
    if last is not None and isinstance(first, str):
        yield invalid_value(f"{path}.endPort", last, "may not be specified when `port` is non-numeric")
    elif last is not None and last < first:
        yield invalid_value(f"{path}.endPort", last, "must be greater than or equal to `port`")


def _peer(peer: Obj, path: str) -> Causes:
    present = [field for field in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(field) is not None]
    for field in present[:2] if "ipBlock" not in present else ():
        yield from labels.selector(peer[field], f"{path}.{field}")
    if "ipBlock" in present:
        yield from _block(inner(peer, "ipBlock"), f"{path}.ipBlock")
    if not present:
        yield required_value(path, "must specify a peer")
    elif len(present) > 1 and "ipBlock" in present:
        yield forbidden_value(path, "may not specify both ipBlock and another peer")


def _block(block: Obj, path: str) -> Causes:
    whole = text(block, "cidr")
    if not whole:
        yield required_value(f"{path}.cidr")
        return
    if forms.network(whole):
        yield from check_form(whole, f"{path}.cidr", forms.network)
        return
    for place, part in enumerate(texts(block, "except")):
        at = f"{path}.except[{place}]"
        if forms.network(part):
            yield from check_form(part, at, forms.network)
            return
        outer, hole = ip_network(whole, strict=False), ip_network(part, strict=False)
        inside = outer.version == hole.version and hole.network_address in outer
        if not inside or outer.prefixlen >= hole.prefixlen:
            yield invalid_value(at, part, "must be a strict subset of `cidr`")
