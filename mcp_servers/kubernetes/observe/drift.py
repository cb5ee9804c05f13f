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
    for _, declared in o.containers(template):
        has = running.get(declared.get("name"))
        if has is None:
            continue
        for code, apart in (
            ("container.resources_differ", _resources(declared, has)),
            ("container.env_differs", _variables(declared, has)),
        ):
            if apart:
                attributes = {"container": str(declared.get("name", "")), **apart}
                yield Observation(code=code, subject=subject, attributes=attributes)


def _resources(declared: Obj, has: Obj) -> dict[str, Any]:
    wanted, given = declared.get("resources") or {}, has.get("resources") or {}
    apart = [
        (f"{part}.{what} {value}", f"{part}.{what} {(given.get(part) or {}).get(what, 'none')}")
        for part in ("limits", "requests")
        for what, value in (wanted.get(part) or {}).items()
        if not same(value, (given.get(part) or {}).get(what))
    ]
    if not apart:
        return {}
    return {"declared": ", ".join(one for one, _ in apart), "running": ", ".join(other for _, other in apart)}


def _variables(declared: Obj, has: Obj) -> dict[str, Any]:
    """Empty fields that the API server fills in do not count."""
    wanted, given = ({str(v.get("name")): _meant(v) for v in c.get("env") or []} for c in (declared, has))
    found = {
        "added": sorted(given.keys() - wanted.keys()),
        "removed": sorted(wanted.keys() - given.keys()),
        "changed": sorted(name for name in wanted.keys() & given.keys() if wanted[name] != given[name]),
    }
    return found if any(found.values()) else {}


def _meant(variable: Obj) -> Any:
    source = variable.get("valueFrom") or {}
    if "fieldRef" in source:
        return source["fieldRef"].get("fieldPath")
    if "resourceFieldRef" in source:
        return source["resourceFieldRef"].get("resource")
    return source or variable.get("value") or ""
