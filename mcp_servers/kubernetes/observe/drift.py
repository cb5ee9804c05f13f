"""What runs otherwise than it was declared: a webhook changed the pod, or somebody did. Names of variables only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import same


def observe(pod: Obj, template: Obj, subject: Subject) -> Iterator[Observation]:
    """Containers whose resources or variables are not those of the template; what it leaves open may be filled in."""
    running = {c.get("name"): c for _, c in o.containers(pod)}
    for _, container in o.containers(template):
        has = running.get(container.get("name"))
        if has is None:
            continue
        for code, apart in (
            ("container.resources_differ", _resources(container, has)),
            ("container.env_differs", _variables(container, has)),
        ):
            if apart:
                attributes = {"container": str(container.get("name", "")), **apart}
                yield Observation(code=code, subject=subject, attributes=attributes)


def _resources(container: Obj, has: Obj) -> dict[str, Any]:
    declared_resources, actual_resources = container.get("resources") or {}, has.get("resources") or {}
    apart = [
        (f"{part}.{what} {value}", f"{part}.{what} {(actual_resources.get(part) or {}).get(what, 'none')}")
        for part in ("limits", "requests")
        for what, value in (declared_resources.get(part) or {}).items()
        if not same(value, (actual_resources.get(part) or {}).get(what))
    ]
    if not apart:
        return {}
    return {"declared": ", ".join(one for one, _ in apart), "running": ", ".join(other for _, other in apart)}


def _variables(container: Obj, has: Obj) -> dict[str, Any]:
    """Empty fields that the API server fills in do not count."""
    declared_values, actual_values = (
        {str(v.get("name")): _value_of(v) for v in c.get("env") or []} for c in (container, has)
    )
    differences = {
        "added": sorted(actual_values.keys() - declared_values.keys()),
        "removed": sorted(declared_values.keys() - actual_values.keys()),
        "changed": sorted(
            name
            for name in declared_values.keys() & actual_values.keys()
            if declared_values[name] != actual_values[name]
        ),
    }
    return differences if any(differences.values()) else {}


def _value_of(variable: Obj) -> Any:
    source = variable.get("valueFrom") or {}
    if "fieldRef" in source:
        return source["fieldRef"].get("fieldPath")
    if "resourceFieldRef" in source:
        return source["resourceFieldRef"].get("resource")
    return source or variable.get("value") or ""
