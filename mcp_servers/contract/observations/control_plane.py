"""What is seen of the components of the control plane, by the work that they leave undone."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    TROUBLE,
    Attribute,
    ObservationType,
    count,
    number,
    one_of,
    text,
    time,
)

_LEASE: Final[dict[str, Attribute]] = {
    "component": text("who should act: the scheduler, or the manager of the controllers"),
    "lease": one_of(
        "expired",
        "renewed",
        "absent",
        "unknown",
        about="of the component that should act; absent: leases were read, and there is none of that name",
    ),
    "renewed": time("when its lease was renewed last"),
}

CONTROL_PLANE: Final = (
    ObservationType(
        "pod.unassigned",
        "no scheduler has said anything of it",
        TROUBLE,
        {"scheduler": text("the name that its spec asks for"), "seconds": number("since it was created"), **_LEASE},
        sentences=("no scheduler has acted on {on} ({scheduler})",),
        priority=3,
        dates_failure=True,
        holds_while_seen=True,
        topics=("pods",),
        shows=("scheduling",),
    ),
    ObservationType(
        "workload.unprocessed",
        "its controller has not acted on its last change",
        TROUBLE,
        {
            "generation": count(),
            "observed": count("the generation that its status is about"),
            "seconds": number(),
            **_LEASE,
        },
        sentences=("the controller has not acted on generation {generation} of {on}",),
        priority=3,
        timed_from_start=True,
        holds_while_seen=True,
        shows=("replicas", "rollout"),
    ),
)
