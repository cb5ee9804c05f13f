"""What a workload declares that matters when something happens: variables given twice, pods that get no time to leave
their Service."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import amount
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

SCARCE: Final = Decimal("0.05")  # cores: 5 ms of the 100 ms of a period
LEAST_GRACE: Final = 5  # seconds: endpoints and load balancers need as long to hear of it


def observe(tree: WorkloadTree) -> list[Observation]:
    return [*_repetitions(tree), *_at_once(tree), *_scarce(tree)]


def _repetitions(tree: WorkloadTree) -> Iterator[Observation]:
    for _, container in o.containers(tree.template):
        names = [str(v.get("name", "")) for v in container.get("env") or []]
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            attributes = {"container": str(container.get("name", "")), "variable": name}
            yield Observation(code="workload.env_repeated", subject=tree.subject, attributes=attributes)


def _scarce(tree: WorkloadTree) -> Iterator[Observation]:
    """A limit that lets a container run for a few milliseconds in each tenth of a second. Quotas are cut that fine by
    mistake more often than on purpose."""
    for field, container in o.containers(tree.template):
        limit = ((container.get("resources") or {}).get("limits") or {}).get("cpu")
        cores = amount(limit)
        if field == "containers" and cores is not None and 0 < cores <= SCARCE:
            attributes = {"container": str(container.get("name", "")), "limit": str(limit)}
            text = f"container {attributes['container']} has a CPU limit of {limit}"
            yield Observation(code="workload.cpu_scarce", subject=tree.subject, attributes=attributes, excerpt=text)


def _at_once(tree: WorkloadTree) -> Iterator[Observation]:
    """Of workloads behind a Service: a process that gets its signal at once is still sent requests."""
    if tree.root.get("kind") not in ("Deployment", "StatefulSet") or not extract_services.in_front_of(tree):
        return
    spec = o.spec(tree.template)
    period = spec.get("terminationGracePeriodSeconds")
    grace = 30 if period is None else int(period)
    for container in spec.get("containers") or []:
        hook = (container.get("lifecycle") or {}).get("preStop")
        if not _serves(container) or (hook and grace >= LEAST_GRACE):
            continue
        attributes: dict[str, Any] = {"container": str(container.get("name", "")), "grace_seconds": grace}
        why = "no_grace" if grace < LEAST_GRACE else "no_hook"
        yield Observation(code="workload.ends_at_once", subject=tree.subject, attributes={**attributes, "why": why})
        return


def _serves(container: Obj) -> bool:
    return bool(container.get("ports"))
