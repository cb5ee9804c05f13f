"""Ephemeral containers: they enter a running pod to look around, and are never changed or removed again."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from sre_lab.kubernetes.pod_defaults import fill
from sre_lab.kubernetes.statuses import StatusCause, duplicate_value, forbidden_value, required_value, value_not_found
from sre_lab.objects.store import Obj

FIELD = "spec.ephemeralContainers"
NOT_ALLOWED = ("ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy")


def with_defaults(containers: list[Obj]) -> list[Obj]:
    """With the defaults of the API server."""
    result = copy.deepcopy(containers)
    for container in result:
        latest = ":" not in str(container.get("image", "")).rsplit("/", 1)[-1]
        fill(container, imagePullPolicy="Always" if latest else "IfNotPresent", resources={})
        fill(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    return result


def causes(pod: Obj, old: Obj) -> Iterator[StatusCause]:
    """What is wrong with the ephemeral containers of `pod`, which had those of `old`."""
    spec = pod["spec"]
    names = {c["name"] for part in ("containers", "initContainers") for c in spec.get(part) or []}
    targets = set(names)
    for place, container in enumerate(spec["ephemeralContainers"]):
        path, name = f"{FIELD}[{place}]", container.get("name", "")
        if not name:
            yield required_value(f"{path}.name")
        elif name in names:
            yield duplicate_value(f"{path}.name", name)
        names.add(name)
        if not container.get("image"):
            yield required_value(f"{path}.image")
        target = container.get("targetContainerName")
        if target and target not in targets:
            yield value_not_found(f"{path}.targetContainerName", target)
        for field in NOT_ALLOWED:
            if container.get(field):
                yield forbidden_value(f"{path}.{field}", "cannot be set for an Ephemeral Container")
        if container.get("resources"):
            yield forbidden_value(f"{path}.resources", "cannot be set for an Ephemeral Container")
    now = {c.get("name"): c for c in spec["ephemeralContainers"]}
    for before in old["spec"].get("ephemeralContainers") or []:
        if before["name"] not in now:
            yield forbidden_value(FIELD, f'existing ephemeral containers "{before["name"]}" may not be removed\n')
        elif now[before["name"]] != before:
            yield forbidden_value(FIELD, f'existing ephemeral containers "{before["name"]}" may not be changed\n')
