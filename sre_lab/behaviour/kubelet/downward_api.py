"""What a pod may be told of itself: the values of `fieldRef` and `resourceFieldRef`."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.world import World

_KEYED = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")


def field(pod: Obj, path: str) -> str:
    """The value of a field path; empty where the pod has no such value yet. Maps come as lines of `key="value"`."""
    match = _KEYED.fullmatch(path)
    if match is not None:
        return str((pod["metadata"].get(match[1]) or {}).get(match[2], ""))
    value: object = pod
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if path in ("status.podIPs", "status.hostIPs") and isinstance(value, list):
        return ",".join(str(one["ip"]) for one in value)
    if isinstance(value, dict):
        return "\n".join(f'{key}="{one}"' for key, one in sorted(value.items()))
    return "" if value is None else str(value)


def resource(world: World, pod: Obj, container: Obj, reference: Obj) -> str:
    """`limits.memory` and the like in units of the divisor; without a limit that of the node."""
    if reference.get("containerName"):
        everyone = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or [])]
        container = next((c for c in everyone if c["name"] == reference["containerName"]), container)
    kind, _, name = str(reference["resource"]).partition(".")
    amounts = (container.get("resources") or {}).get(kind) or {}
    amount = amounts.get(name)
    if amount is None and kind == "limits":
        node = world.objects.get("Node", "", pod["spec"].get("nodeName") or "") or {}
        amount = ((node.get("status") or {}).get("allocatable") or {}).get(name)
    divisor = parse(str(reference.get("divisor") or "1")) or Decimal(1)
    return str((parse(str(amount or "0")) / divisor).to_integral_value(rounding=ROUND_CEILING))
