"""What objects refer to, who may do what, and what steers or restrains workloads."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    REPORTED,
    TROUBLE,
    ObservationType,
    count,
    names,
    number,
    one_of,
    text,
    time,
)

REFERENCES: Final = (
    ObservationType(
        "event.warning",
        "another warning event",
        REPORTED,
        {"reason": text(), "message": text(), "count": count(), "first": time(), "last": time()},
        sentences=("{on} has the warning {reason}: {message}",),
    ),
    ObservationType(
        "reference.missing",
        "it refers to an object, or to a key or port of one, that is not there",
        REPORTED,
        {"kind": text(), "name": text(), "key": text(), "near": names()},
        sentences=("{on} refers to {kind} {name}, which is not there",),
    ),
    ObservationType(
        "reference.gone",
        "it refers to something that is not there, and its present pods run all the same",
        NEUTRAL,
        {
            "kind": text(),
            "name": text(),
            "key": text(),
            "near": names(),
            "why": text(
                "had: they had it when they started, the next one will not | pull_secret: images are pulled without it"
            ),
        },
        sentences=("{on} refers to {kind} {name}, which is not there, and its pods run all the same",),
    ),
    ObservationType(
        "selector.takes_nothing",
        "the selector of a budget, policy or controller takes no pod",
        REPORTED,
        {"selector": text()},
    ),
    ObservationType(
        "reference.newer",
        "what its pods read once, at their start, was written after that",
        REPORTED,
        {"kind": text(), "name": text(), "key": text(), "written": time(), "started": time()},
        sentences=("{kind} {name} was written at {written}, after the pods of {on} had read it",),
    ),
    ObservationType(
        "reference.holds",
        "an address that its log names stands in its configuration",
        REPORTED,
        {
            "address": text(),
            "kind": text(),
            "name": text(),
            "key": text(),
            "written": time("when that object was"),
            "first_read": one_of(
                "yes", "no", "unknown", about="whether the pods that run are the first that read it so"
            ),
        },
        sentences=("{address} stands in {kind} {name}, {key}",),
    ),
    ObservationType(
        "scaler.blocked",
        "an autoscaler cannot act",
        TROUBLE,
        {"condition": text(), "reason": text()},
        shows=("scaling_limit",),
    ),
    ObservationType(
        "scaler.at_maximum",
        "an autoscaler wants more than its maximum",
        REPORTED,
        {"replicas": count(), "maximum": count(), "beyond": text("yes"), "measured": text()},
        holds_while_seen=True,
        shows=("scaling_limit",),
    ),
    ObservationType(
        "budget.exhausted",
        "a budget allows no eviction",
        REPORTED,
        {"healthy": count(), "desired": count(), "expected": count(), "draining": names("nodes")},
        holds_while_seen=True,
        shows=("eviction",),
    ),
    ObservationType(
        "budget.blocks_drain",
        "cordoned nodes are not emptied for a budget",
        TROUBLE,
        {"nodes": names(), "healthy": count(), "desired": count(), "expected": count()},
        shows=("eviction",),
    ),
    ObservationType(
        "budget.overlap", "several budgets cover its pods, so none can be evicted", REPORTED, {"budgets": names()}
    ),
    ObservationType(
        "quota.exhausted",
        "nothing is left of a quota",
        REPORTED,
        {"resource": text(), "used": text(), "hard": text()},
        shows=("quota",),
        sentences=("nothing is left of {on}: {used} of {hard} {resource} are used",),
    ),
    ObservationType(
        "access.denied",
        "an identity may not do something",
        REPORTED,
        {"verb": text(), "resource": text(), "namespace": text(), "bindings": names("those it has")},
    ),
    ObservationType(
        "access.allowed",
        "an identity may do something",
        NEUTRAL,
        {"verb": text(), "resource": text(), "namespace": text()},
    ),
    ObservationType(
        "deletion.stuck",
        "it was deleted and does not go",
        TROUBLE,
        {
            "seconds": number(),
            "finalizers": names(),
            "message": text(),
            "why": one_of("finalizer", "in_use", "contents", "discovery", "node", "unknown"),
        },
        sentences=("{on} was deleted and does not go",),
        shows=("deletion",),
    ),
)
