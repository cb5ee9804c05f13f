"""What is seen of volumes and claims."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    REPORTED,
    TROUBLE,
    ObservationType,
    flag,
    names,
    one_of,
    text,
)

STORAGE: Final = (
    ObservationType(
        "volume.claim_pending",
        "a claim is not bound",
        TROUBLE,
        {
            "storage_class": text(),
            "message": text(),
            "why": one_of("class_missing", "no_class", "no_volume", "denied", "limit", "failed", "waiting", "unknown"),
            "default_class": text("the default storage class; empty: there is none, or several"),
            "missing_class": text("the class that it names, JSON, as the default one is made; empty: it is there"),
            "creatable": flag("nothing in its name or its claim says that a class as the default one is would not do"),
        },
        priority=4,
        quotes_source=True,
        holds_while_seen=True,
        shows=("scheduling",),
    ),
    ObservationType(
        "volume.unfit",
        "the volume that a claim names, or the nearest of the free ones, does not fit a claim (subject: the claim)",
        REPORTED,
        {
            "volume": text(),
            "against": names("each thing for which it is not taken"),
            "named": flag("the claim names this volume and takes no other"),
        },
        sentences=("the volume {volume} does not fit {on}: {against}",),
        holds_while_seen=True,
    ),
    ObservationType(
        "volume.in_other_zone",
        "a volume of waiting pods is in zones, or on nodes, where no node accepts them (subject: the workload)",
        TROUBLE,
        {
            "volume": text("empty: it is still to be made"),
            "storage_class": text("which would make it"),
            "claim": text(),
            "label": text("of nodes that it goes by; empty: the zone"),
            "zones": names(),
            "node_zones": names("the volume, of the open nodes"),
            "nodes": names("those in its zones"),
        },
        quotes_source=True,
        holds_while_seen=True,
    ),
    ObservationType(
        "volume.shared",
        "more pods use a claim than its access modes allow (subject: the workload)",
        REPORTED,
        {"claim": text(), "modes": names(), "pods": names("that use it"), "nodes": names("of these pods")},
        quotes_source=True,
        holds_while_seen=True,
    ),
    ObservationType(
        "volume.claim_lost",
        "a claim has lost its volume",
        TROUBLE,
        {"volume": text()},
        quotes_source=True,
        holds_while_seen=True,
    ),
    ObservationType(
        "volume.unused",
        "a volume is not in use",
        REPORTED,
        {"phase": one_of("Available", "Released", "Pending"), "claim": text()},
        quotes_source=True,
    ),
    ObservationType(
        "volume.failed",
        "a volume could not be reclaimed",
        TROUBLE,
        {"message": text()},
        quotes_source=True,
        holds_while_seen=True,
    ),
)
