"""Services: ports, types, addresses, and what depends on the type."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms, go, labels
from sre_lab.kubernetes.rules.containers import PROTOCOLS
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, inner, items, number, one_of, port, text, texts
from sre_lab.kubernetes.statuses import (
    GoText,
    duplicate_value,
    forbidden_value,
    invalid_value,
    required_value,
    unsupported_value,
)

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_EXTERNAL = ("LoadBalancer", "NodePort")
_POLICIES = ("Cluster", "Local")
_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_AFFINITIES = ("ClientIP", "None")
_MOST_SECONDS = 86400
_ONCE = "may not change once set"


def service(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    if old is not None:
        yield from _changes(spec, inner(old, "spec"))
    if not spec.get("ports") and not _is_headless(spec) and spec.get("type") != "ExternalName":
        yield required_value("spec.ports")
    yield from _type_causes(spec)
    yield from _ports(spec)
    yield from labels.labels(spec.get("selector"), "spec.selector")
    yield from _affinity(spec)
    yield from _addresses(spec)
    if spec.get("type") not in _TYPES:
        yield unsupported_value("spec.type", spec.get("type"), _TYPES)
    yield from _unique_ports(spec)
    yield from _policies(spec)


def _is_headless(spec: Obj) -> bool:
    return spec.get("clusterIP") == "None"


def _type_causes(spec: Obj) -> Causes:
    kind = spec.get("type")
    if kind in _EXTERNAL and _is_headless(spec):
        yield invalid_value("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    if kind == "LoadBalancer":
        for place, port_ in items(spec, "ports"):
            if port_.get("port") == 10250:
                detail = "may not expose port 10250 externally since it is used by kubelet"
                yield invalid_value(f"spec.ports[{place}]", 10250, detail)
    if kind == "ExternalName":
        if spec.get("clusterIP") or spec.get("clusterIPs"):
            yield forbidden_value("spec.clusterIPs", "may not be set for ExternalName services")
        for field in ("ipFamilies", "ipFamilyPolicy"):
            if spec.get(field):
                yield forbidden_value(f"spec.{field}", "may not be set for ExternalName services")
        name = text(spec, "externalName").removesuffix(".")
        if name:
            yield from check_form(name, "spec.externalName", forms.subdomain)
        else:
            yield required_value("spec.externalName")


def _ports(spec: Obj) -> Causes:
    ports = items(spec, "ports")
    names: set[str] = set()
    for place, port_ in ports:
        at, name = f"spec.ports[{place}]", text(port_, "name")
        if name:
            yield from check_form(name, f"{at}.name", forms.label)
            if name in names:
                yield duplicate_value(f"{at}.name", name)
            names.add(name)
        elif len(ports) > 1:
            yield required_value(f"{at}.name")
        value = number(port_, "port") or 0
        for problem in forms.port_number(value):
            yield invalid_value(f"{at}.port", value, problem)
        yield from one_of(port_, "protocol", at, PROTOCOLS)
        if port_.get("targetPort") is not None:
            yield from port(port_["targetPort"], f"{at}.targetPort")
        if text(port_, "appProtocol"):
            yield from check_form(port_["appProtocol"], f"{at}.appProtocol", forms.qualified_name)


def _affinity(spec: Obj) -> Causes:
    yield from one_of(spec, "sessionAffinity", "spec", _AFFINITIES)
    if spec.get("sessionAffinity") == "None" and spec.get("sessionAffinityConfig") is not None:
        yield forbidden_value("spec.sessionAffinityConfig", "must not be set when session affinity is None")
    seconds = inner(inner(spec, "sessionAffinityConfig"), "clientIP").get("timeoutSeconds")
    if isinstance(seconds, int) and not 0 < seconds <= _MOST_SECONDS:
        detail = f"must be greater than 0 and less than {_MOST_SECONDS}"
        yield invalid_value("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, detail)


def _addresses(spec: Obj) -> Causes:
    if spec.get("type") == "ExternalName":
        return
    own, addresses = text(spec, "clusterIP"), texts(spec, "clusterIPs")
    if own and addresses and addresses[0] != own:
        yield invalid_value("spec.clusterIPs", go.strings(addresses), "first value must match `clusterIP`")
    for place, family in enumerate(texts(spec, "ipFamilies")):
        if family not in _FAMILIES:
            yield unsupported_value(f"spec.ipFamilies[{place}]", family, _FAMILIES)
    yield from one_of(spec, "ipFamilyPolicy", "spec", _FAMILY_POLICIES)
    for place, address in enumerate(addresses or ([own] if own else [])):
        if address != "None" or place:
            yield from check_form(address, f"spec.clusterIPs[{place}]", forms.address)
    for place, address in enumerate(texts(spec, "externalIPs")):
        yield from check_form(address, f"spec.externalIPs[{place}]", forms.address)


def _unique_ports(spec: Obj) -> Causes:
    ports = items(spec, "ports")
    if spec.get("type") == "ClusterIP":
        for place, port_ in ports:
            if port_.get("nodePort"):
                yield forbidden_value(f"spec.ports[{place}].nodePort", "may not be used when `type` is 'ClusterIP'")
    node_ports: set[tuple[str, int]] = set()
    for place, port_ in ports:
        key = (text(port_, "protocol") or "TCP", number(port_, "nodePort") or 0)
        if key[1] and key in node_ports:
            yield duplicate_value(f"spec.ports[{place}].nodePort", key[1])
        node_ports.add(key)
    keys: set[tuple[str, int]] = set()
    for place, port_ in ports:
        key = (text(port_, "protocol") or "TCP", number(port_, "port") or 0)
        if key in keys:
            fields = f'Name:"", Protocol:{go.quote(key[0])}, AppProtocol:(*string)(nil), Port:{key[1]}'
            target = 'TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0'
            yield duplicate_value(f"spec.ports[{place}]", GoText(f"core.ServicePort{{{fields}, {target}}}"))
        keys.add(key)


def _policies(spec: Obj) -> Causes:
    kind = spec.get("type")
    ranges = texts(spec, "loadBalancerSourceRanges")
    if ranges and kind != "LoadBalancer":
        yield forbidden_value("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
    for place, value in enumerate(ranges):
        yield from check_form(value.strip(), f"spec.LoadBalancerSourceRanges[{place}]", forms.network)
    for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if spec.get(field) is not None and kind != "LoadBalancer":
            yield forbidden_value(f"spec.{field}", "may only be used when `type` is 'LoadBalancer'")
    policy = spec.get("externalTrafficPolicy")
    if kind in _EXTERNAL or (kind == "ClusterIP" and spec.get("externalIPs")):
        yield from one_of(spec, "externalTrafficPolicy", "spec", _POLICIES)
    elif policy:
        yield invalid_value("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services")
    local_balancer = kind == "LoadBalancer" and policy == "Local"
    if spec.get("healthCheckNodePort") and not local_balancer:
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid_value("spec.healthCheckNodePort", spec["healthCheckNodePort"], detail)
    yield from one_of(spec, "internalTrafficPolicy", "spec", _POLICIES)
    yield from one_of(spec, "trafficDistribution", "spec", ("PreferClose",))


def _changes(spec: Obj, before: Obj) -> Causes:
    if "ExternalName" in (spec.get("type"), before.get("type")):
        return
    was, now = before.get("clusterIP"), spec.get("clusterIP")
    if was and was != now:
        go_text = go.strings([now] if now else None)
        detail = _ONCE if now else "primary clusterIP can not be unset"
        yield invalid_value("spec.clusterIPs[0]", go_text, detail)
    families, old = texts(spec, "ipFamilies"), texts(before, "ipFamilies")
    if families and old and families[0] != old[0]:
        yield invalid_value("spec.ipFamilies[0]", go.strings(families, "core.IPFamily"), _ONCE)
    both = spec.get("type") == before.get("type") == "LoadBalancer"
    if both and spec.get("loadBalancerClass") != before.get("loadBalancerClass"):
        yield invalid_value("spec.loadBalancerClass", spec.get("loadBalancerClass"), _ONCE)
