"""What is seen of nodes and zones."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    PAST_TROUBLE,
    REPORTED,
    TROUBLE,
    WELL,
    ObservationType,
    count,
    number,
    one_of,
    text,
    time,
)

NODES: Final = (
    ObservationType(
        "node.not_ready",
        "a node does not report or is not ready",
        TROUBLE,
        {"reason": text(), "message": text()},
        sentences=("{on} is not ready: {message}",),
        quotes_source=True,
        holds_while_seen=True,
        topics=("node",),
        shows=("node",),
    ),
    ObservationType(
        "node.was_not_ready",
        "a node did not report or was not ready, and is back",
        PAST_TROUBLE,
        {"until": time(), "since": time("where an event tells it"), "message": text()},
        sentences=("{on} was not ready from {since} until {until}", "{on} was not ready until {until}"),
        over_since="until",
        topics=("node",),
    ),
    ObservationType(
        "node.pressure",
        "a node lacks memory, disk or process ids",
        TROUBLE,
        {"condition": text(), "message": text()},
        sentences=("{on} is under {condition}: {message}",),
        quotes_source=True,
        holds_while_seen=True,
        topics=(
            "memory",
            "disk",
        ),
        shows=("pressure",),
    ),
    ObservationType(
        "node.closed",
        "a node accepts no new pods",
        REPORTED,
        {"why": one_of("cordoned", "taint"), "taint": text()},
        is_change=True,
    ),
    ObservationType(
        "node.ready",
        "a node reports and is ready",
        WELL,
        proves_well=("Node",),
        disproves=("node", "pressure"),
        quotes_source=True,
        topics=("node",),
    ),
    ObservationType(
        "node.leaving",
        "a node is being removed",
        REPORTED,
        {
            "why": one_of("spot", "rebalance", "maintenance", "scale_in", "shutdown", "gone", "unknown"),
            "by": text(),
            "message": text(),
        },
        quotes_source=True,
    ),
    ObservationType(
        "node.not_joined",
        "machines that were started do not join the cluster",
        TROUBLE,
        {"by": text(), "message": text(), "count": count(), "first": time(), "last": time()},
        quotes_source=True,
        holds_while_seen=True,
    ),
    ObservationType(
        "node.full",
        "the requests of its pods leave no room",
        REPORTED,
        {"resource": text(), "requested": text(), "allocatable": text()},
        quotes_source=True,
    ),
    ObservationType(
        "node.condition",
        "another condition of a node reports trouble",
        TROUBLE,
        {"condition": text(), "status": one_of("True", "False", "Unknown"), "message": text()},
        quotes_source=True,
        holds_while_seen=True,
    ),
    ObservationType(
        "zone.impaired",
        "the nodes of one zone fail, those of other zones do not",
        TROUBLE,
        {"zone": text(), "failing": count(), "nodes": count(), "others": count()},
    ),
    ObservationType(
        "node.out_of_memory",
        "a node ran out of memory and its kernel killed processes",
        PAST_TROUBLE,
        {"message": text(), "count": count(), "last": time()},
        quotes_source=True,
        topics=("memory",),
    ),
    ObservationType(
        "node.clock_off",
        "a node's clock differs from the API server's",
        TROUBLE,
        {"seconds": number()},
        quotes_source=True,
        holds_while_seen=True,
    ),
)
