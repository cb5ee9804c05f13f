"""What the API server refuses in one container: ports, environment, mounts, resources."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms, probes, resources
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, inner, items, number, one_of, required_text, text
from sre_lab.kubernetes.statuses import (
    duplicate_value,
    forbidden_value,
    invalid_value,
    required_value,
    unsupported_value,
    value_not_found,
)

PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL = ("Always", "IfNotPresent", "Never")
_MESSAGES = ("File", "FallbackToLogsOnError")
_PROPAGATION = ("None", "HostToContainer", "Bidirectional")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef")
_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_RESOURCE_FIELDS = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_MANY = "may not have more than one field specified at a time"


def container(spec: Obj, path: str, volumes: set[str]) -> Causes:
    """What every container of a pod has to obey; `volumes` are the names of the pod's volumes."""
    yield from required_text(spec, "name", path, forms.label)
    if not spec.get("image"):
        yield required_value(f"{path}.image")
    yield from one_of(spec, "terminationMessagePolicy", path, _MESSAGES)
    yield from _ports(spec, f"{path}.ports")
    yield from _variables(spec, f"{path}.env")
    for place, source in items(spec, "envFrom"):
        yield from _variables_from(source, f"{path}.envFrom", place)
    yield from _mounts(spec, f"{path}.volumeMounts", volumes)
    yield from one_of(spec, "imagePullPolicy", path, _PULL)
    yield from resources.requirements(inner(spec, "resources"), f"{path}.resources")
    yield from _security(inner(spec, "securityContext"), f"{path}.securityContext")


def main(spec: Obj, path: str, grace: int | None) -> Causes:
    """What holds beyond that for a container that runs as long as the pod does."""
    yield from probes.lifecycle(spec, path, grace)
    yield from probes.probes(spec, path)
    if spec.get("restartPolicy") is not None:
        yield forbidden_value(f"{path}.restartPolicy", "may not be set for non-init containers")


def init(spec: Obj, path: str, grace: int | None) -> Causes:
    """What holds beyond that for an init container; a sidecar is one that restarts always."""
    if spec.get("restartPolicy") == "Always":
        yield from probes.lifecycle(spec, path, grace)
        yield from probes.probes(spec, path)
        return
    yield from one_of(spec, "restartPolicy", path, ("Always",))
    for field in ("lifecycle", *probes.PROBES):
        if spec.get(field) is not None:
            yield forbidden_value(f"{path}.{field}", "may not be set for init containers without restartPolicy=Always")


def host_ports(containers: list[tuple[int, Obj]], path: str) -> Causes:
    """A port of the node can be taken only once."""
    in_use: set[str] = set()
    for place, spec in containers:
        for at, port in items(spec, "ports"):
            if port.get("hostPort"):
                host_port = f"{port.get('protocol', 'TCP')}/{port.get('hostIP', '')}/{port['hostPort']}"
                if host_port in in_use:
                    yield duplicate_value(f"{path}[{place}].ports[{at}].hostPort", host_port)
                in_use.add(host_port)


def _ports(spec: Obj, path: str) -> Causes:
    names: set[str] = set()
    for place, port in items(spec, "ports"):
        at, name = f"{path}[{place}]", text(port, "name")
        if name and (problems := forms.port_name(name)):
            for problem in problems:
                yield invalid_value(f"{at}.name", name, problem)
        elif name and name in names:
            yield duplicate_value(f"{at}.name", name)
        names.add(name)
        if not port.get("containerPort"):
            yield required_value(f"{at}.containerPort")
        for field in ("containerPort", "hostPort"):
            value = number(port, field)
            for problem in forms.port_number(value) if value else ():
                yield invalid_value(f"{at}.{field}", value, problem)
        yield from one_of(port, "protocol", at, PROTOCOLS)


def _variables(spec: Obj, path: str) -> Causes:
    for place, variable in items(spec, "env"):
        at = f"{path}[{place}]"
        yield from required_text(variable, "name", at, forms.variable_name)
        if variable.get("valueFrom") is not None:
            yield from _value_from(variable, inner(variable, "valueFrom"), f"{at}.valueFrom")


def _value_from(variable: Obj, source: Obj, path: str) -> Causes:
    present = [field for field in _SOURCES if source.get(field) is not None]
    for field in present:
        yield from _reference(field, inner(source, field), f"{path}.{field}")
    if not present:
        alternatives = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        yield invalid_value(path, "", f"must specify one of: {alternatives}")
    elif variable.get("value"):
        yield invalid_value(path, "", "may not be specified when `value` is not empty")
    elif len(present) > 1:
        yield invalid_value(path, "", _MANY)


def _reference(kind: str, reference: Obj, path: str) -> Causes:
    if kind == "fieldRef":
        field = text(reference, "fieldPath")
        if not field:
            yield required_value(f"{path}.fieldPath")
        elif "[" not in field and field not in _FIELDS:
            is_supported = field in ("metadata.labels", "metadata.annotations", "spec.restartPolicy", "status.phase")
            if is_supported:
                yield unsupported_value(f"{path}.fieldPath", field, _FIELDS)
            else:
                detail = f"error converting fieldPath: field label not supported: {field}"
                yield invalid_value(f"{path}.fieldPath", field, detail)
    elif kind == "resourceFieldRef":
        resource = text(reference, "resource")
        if not resource:
            yield required_value(f"{path}.resource")
        elif resource not in _RESOURCE_FIELDS and ".hugepages-" not in resource:
            yield unsupported_value(f"{path}.resource", resource, _RESOURCE_FIELDS)
    else:
        yield from check_form(text(reference, "name"), f"{path}.name", forms.subdomain)
        yield from required_text(reference, "key", path, forms.config_key)


def _variables_from(source: Obj, path: str, place: int) -> Causes:
    at = f"{path}[{place}]"
    yield from check_form(text(source, "prefix"), f"{at}.prefix", forms.variable_name)
    present = [field for field in ("configMapRef", "secretRef") if source.get(field) is not None]
    for field in present:
        yield from required_text(inner(source, field), "name", f"{at}.{field}", forms.subdomain)
    if not present:
        yield invalid_value(path, "", "must specify one of: `configMapRef` or `secretRef`")
    elif len(present) > 1:
        yield invalid_value(path, "", _MANY)


def _mounts(spec: Obj, path: str, volumes: set[str]) -> Causes:
    points: set[str] = set()
    for place, mount in items(spec, "volumeMounts"):
        at, name, point = f"{path}[{place}]", text(mount, "name"), text(mount, "mountPath")
        if not name:
            yield required_value(f"{at}.name")
        if name not in volumes:
            yield value_not_found(f"{at}.name", name)
        if not point:
            yield required_value(f"{at}.mountPath")
        if point in points:
            yield invalid_value(f"{at}.mountPath", point, "must be unique")
        points.add(point)
        for field in ("subPath", "subPathExpr"):
            yield from descending_path(text(mount, field), f"{path}.{field}")
        yield from one_of(mount, "mountPropagation", path, _PROPAGATION)


def descending_path(value: str, path: str) -> Causes:
    """A path that stays below where it starts."""
    if value.startswith("/"):
        yield invalid_value(path, value, "must be a relative path")
    if ".." in value.split("/"):
        yield invalid_value(path, value, "must not contain '..'")


def _security(context: Obj, path: str) -> Causes:
    for field in ("runAsUser", "runAsGroup"):
        value = number(context, field)
        if value is not None and not 0 <= value <= 2147483647:
            yield invalid_value(f"{path}.{field}", value, "must be between 0 and 2147483647, inclusive")
