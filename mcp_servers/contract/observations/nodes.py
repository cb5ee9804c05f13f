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
        shows=("node",),
    ),
    ObservationType(
        "node.pressure",
        "a node lacks memory, disk or process ids",
        TROUBLE,
        {"condition": text(), "message": text()},
        sentences=("{on} is under {condition}: {message}",),
        shows=("pressure",),
    ),
    ObservationType(
        "node.closed",
        "a node takes no new pods",
        REPORTED,
        {"why": one_of("cordoned", "taint"), "taint": text()},
        is_change=True,
    ),
    ObservationType(
        "node.ready", "a node reports and is ready", WELL, proves_well=("Node",), disproves=("node", "pressure")
    ),
    ObservationType(
        "node.leaving",
        "a node is taken away",
        REPORTED,
        {
            "why": one_of("spot", "rebalance", "maintenance", "scale_in", "shutdown", "gone", "unknown"),
            "by": text(),
            "message": text(),
        },
    ),
    ObservationType(
        "node.not_joined",
        "machines that were started do not become nodes",
        TROUBLE,
        {"by": text(), "message": text(), "count": count(), "first": time(), "last": time()},
    ),
    ObservationType(
        "node.full",
        "the requests of its pods leave no room",
        REPORTED,
        {"resource": text(), "requested": text(), "allocatable": text()},
    ),
    ObservationType(
        "node.condition",
        "another condition of a node tells trouble",
        TROUBLE,
        {"condition": text(), "status": one_of("True", "False", "Unknown"), "message": text()},
    ),
    ObservationType(
        "zone.impaired",
        "the nodes of one zone fail, those of others do not",
        TROUBLE,
        {"zone": text(), "failing": count(), "nodes": count(), "others": count()},
    ),
    ObservationType(
        "node.out_of_memory",
        "the kernel of a node ended processes for want of memory",
        PAST_TROUBLE,
        {"message": text(), "count": count(), "last": time()},
    ),
    ObservationType("node.clock_off", "a node's clock differs from the API server's", TROUBLE, {"seconds": number()}),
)
