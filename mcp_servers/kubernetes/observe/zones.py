"""What nodes show together: a zone whose nodes fail while others do not, clocks that differ, memory that ran out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.serving.windows import rfc3339

ZONE: Final = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
FAILING: Final = 2  # nodes of a zone from which it is no single node's trouble
AHEAD: Final = timedelta(seconds=30)  # a node's own times may lie that far in the future
OUT_OF_MEMORY: Final = ("SystemOOM", "OOMKilling")
OF_A_LIMIT: Final = "memory cgroup out of memory"  # of one container, not of the node


def zones(scope: str, nodes: Iterable[Obj]) -> tuple[list[Observation], list[Relation]]:
    """A fact on each zone of which most nodes are not ready, where all nodes of the other zones are."""
    by_zone: dict[str, list[Obj]] = defaultdict(list)
    for node in nodes:
        if name := next((o.labels(node)[label] for label in ZONE if o.labels(node).get(label)), ""):
            by_zone[name].append(node)
    failing = {name: [n for n in members if not _ready(n)] for name, members in by_zone.items()}
    failing_zones = [name for name, members in failing.items() if members]
    if len(by_zone) < 2 or len(failing_zones) != 1:
        return [], []
    name = failing_zones[0]
    ill, whole = failing[name], by_zone[name]
    if len(ill) < FAILING or 2 * len(ill) < len(whole):
        return [], []
    zone = Subject(scope=scope, kind="Zone", name=name)
    others = sum(len(members) for members in by_zone.values()) - len(whole)
    text = f"{len(ill)} of {len(whole)} nodes of zone {name} are not ready, but {others} in other zones are"
    times = [t for n in ill if (t := o.instant(o.condition(n, "Ready").get("lastTransitionTime")))]
    attributes = {"zone": name, "failing": len(ill), "nodes": len(whole), "others": others}
    observation = Observation(
        code="zone.impaired", subject=zone, at=min(times, default=None), attributes=attributes, excerpt=text
    )
    return [observation], [Relation(kind="runs_on", source=o.subject(scope, n), target=zone) for n in whole]


def clock(node: Obj, subject: Subject, now: datetime) -> Iterator[Observation]:
    """A node stamps its conditions with its own clock: what it says of later than now comes from a clock ahead."""
    times = [t for c in o.status(node).get("conditions") or [] if (t := o.instant(c.get("lastHeartbeatTime")))]
    latest = max(times, default=now)
    if latest - now > AHEAD:
        seconds = round((latest - now).total_seconds())
        text = f"node {subject.name} reports at {rfc3339(latest)} while the API server has {rfc3339(now)}"
        yield Observation(code="node.clock_off", subject=subject, at=now, attributes={"seconds": seconds}, excerpt=text)


def out_of_memory(scope: str, events: Iterable[Obj]) -> Iterator[Observation]:
    """That a node ran out of memory and its kernel killed processes, as its events tell."""
    for event in events:
        kind, name = o.involved(event)
        text = str(event.get("message", ""))
        if kind != "Node" or event.get("reason") not in OUT_OF_MEMORY or OF_A_LIMIT in text.lower():
            continue
        attributes: dict[str, Any] = {"message": excerpt(text, 240), "count": o.times_seen(event)}
        last = o.last_seen(event)
        attributes |= {"last": rfc3339(last)} if last else {}
        node = Subject(scope=scope, kind="Node", name=name)
        yield Observation(
            code="node.out_of_memory",
            subject=node,
            at=o.first_seen(event),
            attributes=attributes,
            excerpt=excerpt(text),
        )


def _ready(node: Obj) -> bool:
    return bool(o.condition(node, "Ready").get("status") == "True")
