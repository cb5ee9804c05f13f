"""What the API server refuses in a pod or a pod template."""

from __future__ import annotations

from sre_lab.kubernetes.rules import containers, forms, go, labels, resources, scheduling, volumes
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, inner, items, number, one_of, text, texts
from sre_lab.kubernetes.statuses import duplicate_value, forbidden_value, invalid_value, required_value

_RESTART = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_PREEMPTION = ("PreemptLowerPriority", "Never")
_MOST_SECONDS = 2147483647
_NAMESERVERS = 3
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"


def pod(obj: Obj, old: Obj | None) -> Causes:
    """A pod of its own, beyond its metadata."""
    spec = inner(obj, "spec")
    yield from pod_annotations(inner(obj, "metadata").get("annotations"), "metadata.annotations")
    yield from pod_spec(spec, "spec", of_pod=True)
    for field in ("containers", "initContainers"):
        for place, container in items(spec, field):
            image = text(container, "image")
            if image != image.strip():
                detail = "must not have leading or trailing whitespace"
                yield invalid_value(f"spec.{field}[{place}].image", image, detail)
    if old is None and spec.get("ephemeralContainers"):
        yield forbidden_value("spec.ephemeralContainers", "cannot be set on create")
    if old is None and spec.get("nodeName") and spec.get("schedulingGates"):
        yield forbidden_value("spec.nodeName", "cannot be set until all schedulingGates have been cleared")


def template(value: Obj, path: str, claims: list[str] | None = None) -> Causes:
    """A pod template at `path`; `claims` are names that its containers can mount beside its volumes."""
    meta = inner(value, "metadata")
    yield from labels.labels(meta.get("labels"), f"{path}.labels")
    yield from labels.check_annotations(meta.get("annotations"), f"{path}.annotations")
    yield from pod_annotations(meta.get("annotations"), f"{path}.annotations")
    spec = inner(value, "spec")
    yield from pod_spec(spec, f"{path}.spec", claims=claims)
    if spec.get("ephemeralContainers"):
        yield forbidden_value(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def pod_annotations(values: object, path: str) -> Causes:
    """Annotations that mean something for a pod."""
    cost = values.get(DELETION_COST) if isinstance(values, dict) else None
    if isinstance(cost, str) and not cost.lstrip("-").isdigit():
        yield invalid_value(f"{path}[{DELETION_COST}]", cost, "must be a 32bit integer")


def pod_spec(spec: Obj, path: str, *, of_pod: bool = False, claims: list[str] | None = None) -> Causes:
    """What is wrong with a pod spec that stands at `path`, in the server's order."""
    grace = number(spec, "terminationGracePeriodSeconds")
    mountable, causes = volumes.volumes(spec, path)
    yield from causes
    yield from _containers(spec, path, grace, mountable | {*(claims or ())})
    if spec.get("hostNetwork"):
        yield from _host_network(spec, path, of_pod)
    yield from one_of(spec, "restartPolicy", path, _RESTART)
    yield from one_of(spec, "dnsPolicy", path, _DNS)
    yield from labels.labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    yield from scheduling.affinity(spec, path)
    yield from _resolving(spec, f"{path}.dnsConfig")
    yield from _gates(spec, path)
    yield from scheduling.topology_spread(spec, path)
    yield from _names(spec, path)
    yield from scheduling.tolerations(spec, path)
    for place, alias in items(spec, "hostAliases"):
        yield from check_form(text(alias, "ip"), f"{path}.hostAliases[{place}].ip", forms.address)
        for at, name in enumerate(texts(alias, "hostnames")):
            yield from check_form(name, f"{path}.hostAliases[{place}].hostnames[{at}]", forms.subdomain)
    for field in ("priorityClassName", "runtimeClassName"):
        if text(spec, field):
            yield from check_form(text(spec, field), f"{path}.{field}", forms.subdomain)
    yield from one_of(spec, "preemptionPolicy", path, _PREEMPTION)
    yield from resources.requirements({"limits": spec.get("overhead")}, f"{path}.overhead")


def _containers(spec: Obj, path: str, grace: int | None, mountable: set[str]) -> Causes:
    mains, inits = items(spec, "containers"), items(spec, "initContainers")
    if not mains:
        yield required_value(f"{path}.containers")
    names: set[str] = set()
    for place, container in mains:
        at = f"{path}.containers[{place}]"
        yield from containers.container(container, at, mountable)
        if text(container, "name") in names:
            yield duplicate_value(f"{at}.name", container["name"])
        names.add(text(container, "name"))
        yield from containers.main(container, at, grace)
    yield from containers.host_ports(mains, f"{path}.containers")
    for place, container in inits:
        at = f"{path}.initContainers[{place}]"
        yield from containers.container(container, at, mountable)
        if text(container, "name") and text(container, "name") in names:
            yield duplicate_value(f"{at}.name", container["name"])
        names.add(text(container, "name"))
        yield from containers.host_ports([(place, container)], f"{path}.initContainers")
        yield from containers.init(container, at, grace)


def _host_network(spec: Obj, path: str, of_pod: bool) -> Causes:
    for place, container in items(spec, "containers"):
        for at, port in items(container, "ports"):
            host_port = port.get("hostPort") or 0
            if (of_pod or host_port) and host_port != port.get("containerPort"):
                detail = "must match `containerPort` when `hostNetwork` is true"
                yield invalid_value(f"{path}.containers[{place}].ports[{at}].hostPort", host_port, detail)


def _resolving(spec: Obj, path: str) -> Causes:
    config, servers = inner(spec, "dnsConfig"), texts(inner(spec, "dnsConfig"), "nameservers")
    if spec.get("dnsPolicy") == "None":
        if spec.get("dnsConfig") is None:
            yield required_value(path, "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not servers:
            detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            yield required_value(f"{path}.nameservers", detail)
            return
    if len(servers) > _NAMESERVERS:
        go_text = go.strings(servers)
        yield invalid_value(f"{path}.nameservers", go_text, f"must not have more than {_NAMESERVERS} nameservers")
    for place, server in enumerate(servers):
        yield from check_form(server, f"{path}.nameservers[{place}]", forms.address)
    for place, search in enumerate(texts(config, "searches")):
        yield from check_form(search.removesuffix("."), f"{path}.searches[{place}]", forms.subdomain)
    for place, option in items(config, "options"):
        if not option.get("name"):
            yield required_value(f"{path}.options[{place}]", "must not be empty")


def _gates(spec: Obj, path: str) -> Causes:
    for place, gate in items(spec, "readinessGates"):
        kind = text(gate, "conditionType")
        yield from check_form(kind, f"{path}.readinessGates[{place}].conditionType", forms.qualified_name)
    names: set[str] = set()
    for place, gate in items(spec, "schedulingGates"):
        name = text(gate, "name")
        yield from check_form(name, f"{path}.schedulingGates[{place}]", forms.qualified_name)
        if name in names:
            yield duplicate_value(f"{path}.schedulingGates[{place}]", name)
        names.add(name)


def _names(spec: Obj, path: str) -> Causes:
    for field in ("serviceAccountName", "nodeName"):
        if text(spec, field):
            yield from check_form(text(spec, field), f"{path}.{field}", forms.subdomain)
    seconds = number(spec, "activeDeadlineSeconds")
    if seconds is not None and not 1 <= seconds <= _MOST_SECONDS:
        detail = f"must be between 1 and {_MOST_SECONDS}, inclusive"
        yield invalid_value(f"{path}.activeDeadlineSeconds", seconds, detail)
    for field in ("hostname", "subdomain"):
        if text(spec, field):
            yield from check_form(text(spec, field), f"{path}.{field}", forms.label)
