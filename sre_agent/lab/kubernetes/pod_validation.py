"""What the API server refuses in a pod or a pod template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sre_agent.lab.kubernetes import quantities
from sre_agent.lab.kubernetes.statuses import (
    Cause,
    duplicate,
    forbidden_value,
    invalid_value,
    missing,
    required,
    unsupported,
)

Obj = dict[str, Any]

_NAME = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    f"an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_NAME}')"
)
_RESTART = ["Always", "OnFailure", "Never"]
_PULL = ["Always", "IfNotPresent", "Never"]
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_UPDATES = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod_spec(spec: Obj, path: str) -> Iterator[Cause]:
    """What is wrong with a pod spec that stands at `path`."""
    volumes = {v.get("name") for v in spec.get("volumes") or []}
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    if spec.get("restartPolicy", "Always") not in _RESTART:
        yield unsupported(f"{path}.restartPolicy", spec["restartPolicy"], _RESTART)
    grace = spec.get("terminationGracePeriodSeconds", 30)
    if isinstance(grace, int) and grace < 0:
        yield invalid_value(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than or equal to 0")
    names: set[str] = set()
    for field in ("containers", "initContainers"):
        for place, container in enumerate(spec.get(field) or []):
            at = f"{path}.{field}[{place}]"
            yield from _container(container, at, volumes)
            if container.get("name") and container["name"] in names:
                yield duplicate(f"{at}.name", container["name"])
            names.add(container.get("name", ""))


def pod_changes(spec: Obj, before: Obj) -> Iterator[Cause]:
    """An existing pod may get other images, a deadline and more tolerations, nothing else."""
    if _fixed(spec) != _fixed(before) or any(
        t not in (spec.get("tolerations") or []) for t in before.get("tolerations") or []
    ):
        changed = sorted(k for k in {*spec, *before} if _fixed(spec).get(k) != _fixed(before).get(k))
        lines = "".join(
            f"\n-\u00a0\t{k}: {before.get(k)!r}\n+\u00a0\t{k}: {spec.get(k)!r}" for k in changed if k != "containers"
        )
        yield forbidden_value("spec", _UPDATES + lines)


def _fixed(spec: Obj) -> Obj:
    fixed = {k: v for k, v in spec.items() if k not in ("activeDeadlineSeconds", "tolerations")}
    for field in ("containers", "initContainers"):
        if field in spec:
            fixed[field] = [{k: v for k, v in c.items() if k != "image"} for c in spec[field]]
    return fixed


def _container(container: Obj, path: str, volumes: set[str | None]) -> Iterator[Cause]:
    name = container.get("name")
    if not name:
        yield required(f"{path}.name")
    elif not re.fullmatch(_NAME, name) or len(name) > 63:
        yield invalid_value(f"{path}.name", name, _NAME_TEXT)
    if not container.get("image"):
        yield required(f"{path}.image")
    elif container["image"] != container["image"].strip():
        yield invalid_value(f"{path}.image", container["image"], "must not have leading or trailing whitespace")
    policy = container.get("imagePullPolicy")
    if policy and policy not in _PULL:
        yield unsupported(f"{path}.imagePullPolicy", policy, _PULL)
    for place, port in enumerate(container.get("ports") or []):
        number = port.get("containerPort")
        if number is None:
            yield required(f"{path}.ports[{place}].containerPort")
        elif not 1 <= number <= 65535:
            yield invalid_value(
                f"{path}.ports[{place}].containerPort", number, "must be between 1 and 65535, inclusive"
            )
    for place, variable in enumerate(container.get("env") or []):
        if not variable.get("name"):
            yield required(f"{path}.env[{place}].name")
        elif variable.get("value") and variable.get("valueFrom"):
            text = "may not be specified when `value` is not empty"
            yield invalid_value(f"{path}.env[{place}].valueFrom", "", text)
    for place, mount in enumerate(container.get("volumeMounts") or []):
        if mount.get("name") not in volumes:
            yield missing(f"{path}.volumeMounts[{place}].name", mount.get("name", ""))
        if not mount.get("mountPath"):
            yield required(f"{path}.volumeMounts[{place}].mountPath")
    for probe in _PROBES:
        if container.get(probe) is not None and not any(h in container[probe] for h in _HANDLERS):
            yield required(f"{path}.{probe}", "must specify a handler type")
    yield from _resources(container.get("resources") or {}, f"{path}.resources")


def _resources(resources: Obj, path: str) -> Iterator[Cause]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            if quantities.parse(amount) < 0:
                yield invalid_value(f"{path}.{field}[{name}]", str(amount), "must be greater than or equal to 0")
            elif name not in ("cpu", "memory", "ephemeral-storage") and "/" not in name and "hugepages-" not in name:
                text = "must be a standard resource for containers"
                yield invalid_value(f"{path}.{field}[{name}]", name, text)
    for name, amount in requests.items():
        if name in limits and quantities.parse(amount) > quantities.parse(limits[name]):
            text = f"must be less than or equal to {name} limit of {limits[name]}"
            yield invalid_value(f"{path}.requests", str(amount), text)
