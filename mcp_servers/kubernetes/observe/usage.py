"""What containers use beside what their limits give: told where nothing is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import amount, millicores

FULL: Final = Decimal("0.9")  # of the CPU limit: the rest is lost between two measurements


def observe(used: Obj, pod: Obj, scope: str) -> list[Observation]:
    """One fact for each container of the pod that uses its whole CPU limit. `used` is its PodMetrics."""
    limits = {c.get("name"): ((c.get("resources") or {}).get("limits") or {}).get("cpu") for _, c in o.containers(pod)}
    observations = []
    for container in used.get("containers") or []:
        name, cpu = container.get("name", ""), (container.get("usage") or {}).get("cpu")
        limit, using = amount(limits.get(name)), amount(cpu)
        if limit and using is not None and using >= FULL * limit:
            attributes = {
                "container": name,
                "used": millicores(cpu),
                "limit": str(limits[name]),
                "share": round(float(using / limit) * 100),
            }
            text = f"container {name} uses {attributes['used']} of its CPU limit {limits[name]}"
            observations.append(
                Observation(
                    code="cpu.at_limit", subject=o.subject(scope, pod), at=o.instant(used.get("timestamp")),
                    attributes=attributes, excerpt=text,
                )
            )  # fmt: skip
    return observations
