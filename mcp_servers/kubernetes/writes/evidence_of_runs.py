"""Whether a Deployment ever ran the template of one of its ReplicaSets, as far as that can be proved.

Nothing on a ReplicaSet proves it. Who may create one chooses its owner reference, labels, revision number, annotations
and size; the API server takes `managedFields` and the name of the manager as the creator sends them; and its pods run,
and get ready, whatever the Deployment wants. Its creation time is the API server's own, but says nothing by itself: it
may have been put there before the rollout that is to be undone.

What proves it is the Deployment controller's own event on the Deployment: it scaled this ReplicaSet up from nothing.
The controller does that for the template that the Deployment wants. A ReplicaSet that somebody else made it only ever
shrinks, or grows in proportion from the size that it came with. Events of an earlier ReplicaSet of the same name are
older than the present one and do not count. Events are kept for an hour by default: what ran before that is not
proved, and a human is asked. Who may also write Events, or change ReplicaSets, is not kept out by this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection.client import ClusterConnection
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.serving.windows import rfc3339

CONTROLLER: Final = "deployment-controller"
REASON: Final = "ScalingReplicaSet"
_FROM_NOTHING: Final = re.compile(r"Scaled up replica set (\S+) from 0 to [1-9]\d*")


@dataclass(frozen=True)
class TemplateRun:
    """`at` is when the Deployment controller last began to run it, None where that is not proved."""

    at: datetime | None
    as_of: datetime
    coverage: list[Coverage]

    def data(self) -> dict[str, Any]:
        """`ran` (true|false), `ran_at` (RFC 3339, empty where it did not) and `ran_seconds_ago` (-1 where it did not),
        by the cluster's clock."""
        ago = max(0, int((self.as_of - self.at).total_seconds())) if self.at else -1
        return {"ran": self.at is not None, "ran_at": rfc3339(self.at) if self.at else "", "ran_seconds_ago": ago}

    def sentence(self, replica_set: Obj) -> str:
        if self.at is not None:
            how = f"its controller scaled {o.name(replica_set)} up at {rfc3339(self.at)}"
            return f"The Deployment ran this template: {how}."
        return (
            f"Nothing proves that the Deployment ever ran this template: no event shows its"
            f" controller scaling up {o.name(replica_set)}."
        )


def run_of(cluster: ClusterConnection, deployment: Obj, replica_set: Obj, as_of: datetime) -> TemplateRun:
    """What the events on the Deployment prove. Where they may not be read, nothing is proved and coverage says so."""
    beside = NamespaceContext(cluster, str(o.meta(deployment)["namespace"]))
    events = beside.list("/api/v1", "events", lambda event: _tells(event, deployment)) or []
    created, name = o.created_at(replica_set), o.name(replica_set)
    times = [t for e in events if (t := _scaled_up(e, name)) is not None and created is not None and t >= created]
    return TemplateRun(max(times, default=None), as_of, beside.coverage)


def _tells(event: Obj, deployment: Obj) -> bool:
    about = event.get("involvedObject") or {}
    by = (event.get("source") or {}).get("component") or event.get("reportingComponent")
    return bool(
        event.get("reason") == REASON
        and by == CONTROLLER
        and about.get("kind") == "Deployment"
        and about.get("uid") == o.meta(deployment)["uid"]
    )


def _scaled_up(event: Obj, name: str) -> datetime | None:
    """The first time that the event tells: a later one may be another ReplicaSet's of the same name."""
    match = _FROM_NOTHING.fullmatch(str(event.get("message", "")))
    return o.first_seen(event) if match and match[1] == name else None
