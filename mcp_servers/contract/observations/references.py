"""What objects refer to, who may do what, and what steers or restrains workloads."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    REPORTED,
    TROUBLE,
    ObservationType,
    count,
    flag,
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
        past_sentences=(
            "{on} had the warning {reason} {count} times, last at {last}: {message}",
            "{on} had the warning {reason}: {message}",
        ),
    ),
    ObservationType(
        "reference.missing",
        "it refers to an object, key or port that does not exist",
        REPORTED,
        {"kind": text(), "name": text(), "key": text(), "near": names()},
        sentences=("{on} refers to {kind} {name}, which does not exist",),
        topics=("references",),
    ),
    ObservationType(
        "reference.gone",
        "it refers to something that does not exist, but its current pods run anyway",
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
        sentences=("{on} refers to {kind} {name}, which does not exist, but its pods run anyway",),
    ),
    ObservationType(
        "selector.takes_nothing",
        "the selector of a budget, policy or controller matches no pod",
        REPORTED,
        {"selector": text()},
    ),
    ObservationType(
        "reference.newer",
        "something that its pods read at startup was changed afterwards",
        REPORTED,
        {"kind": text(), "name": text(), "key": text(), "written": time(), "started": time()},
        sentences=("{kind} {name} was written at {written}, after the pods of {on} had read it",),
    ),
    ObservationType(
        "reference.no_such_host",
        "its configuration names a host of the cluster for which there is no Service",
        REPORTED,
        {"host": text(), "near": names("Services of near names")},
        sentences=("the configuration of {on} names the host {host}, for which there is no Service",),
        holds_while_seen=True,
        quotes_source=True,
        topics=("references",),
        shows=("errors", "availability"),
    ),
    ObservationType(
        "reference.holds",
        "an address from its log is set in its configuration",
        REPORTED,
        {
            "address": text(),
            "kind": text(),
            "name": text(),
            "key": text(),
            "written": time("when that object was"),
            "first_read": one_of(
                "yes", "no", "unknown", about="whether the running pods are the first to read this value"
            ),
            "restorable": one_of("yes", "no", about="whether kubectl applied another value there last"),
        },
        sentences=("{address} is set in {kind} {name}, {key}",),
    ),
    ObservationType(
        "scaler.blocked",
        "an autoscaler cannot act",
        TROUBLE,
        {"condition": text(), "reason": text(), "metric": text("of its own that it is about")},
        shows=("scaling_limit",),
    ),
    ObservationType(
        "scaler.unfit",
        "what an autoscaler is to scale is not there, or lacks what it is to be measured by",
        TROUBLE,
        {
            "what": one_of("target", "container", "request"),
            "target": text("kind and name of what it is to scale"),
            "resource": text("of the metric"),
            "container": text("that is not there, or requests nothing of the resource"),
            "there": names("what exists instead: workloads, or containers"),
        },
        sentences=("{on} is to scale {target}, which does not fit it ({what} {container} {resource})",),
        holds_while_seen=True,
        shows=("scaling_limit",),
    ),
    ObservationType(
        "scaler.conflict",
        "several autoscalers scale the same workload",
        TROUBLE,
        {"target": text(), "others": names("the other autoscalers")},
        sentences=("{on} sizes {target}, and so does {others}",),
        holds_while_seen=True,
        shows=("replicas",),
    ),
    ObservationType(
        "scaler.at_maximum",
        "an autoscaler wants more than its maximum",
        REPORTED,
        {"replicas": count(), "maximum": count(), "beyond": text("yes"), "measured": text(), "wanted": count()},
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
        "a disruption budget keeps cordoned nodes from draining",
        TROUBLE,
        {
            **{"nodes": names(), "healthy": count(), "desired": count(), "expected": count()},
            "all_required": flag("every pod is healthy and has to be"),
        },
        shows=("eviction",),
    ),
    ObservationType(
        "budget.overlap", "several budgets cover its pods, so none can be evicted", REPORTED, {"budgets": names()}
    ),
    ObservationType(
        "quota.exhausted",
        "a quota is used up",
        REPORTED,
        {"resource": text(), "used": text(), "hard": text()},
        sentences=("{on} is used up: {used} of {hard} {resource}",),
        shows=("quota",),
    ),
    ObservationType(
        "quota.refused",
        "a quota refused pods of something that is no longer there",
        REPORTED,
        {"object": text("kind and name"), "requested": text("resource and amount"), "count": count()},
        sentences=("{on} refused pods of {object}, which is gone: {requested} were asked for",),
        quotes_source=True,
        shows=("quota", "pods", "replicas"),
    ),
    ObservationType(
        "access.denied",
        "an identity may not do something",
        REPORTED,
        {
            "verb": text(),
            "resource": text(),
            "namespace": text(),
            "bindings": names("those it has"),
            "rule": text("the rule of a Role that would allow it, JSON; empty: the Roles there are not known"),
            "role": text("the only Role there that allows it and is not bound to the identity"),
            "bound_role": text("the only Role there that is bound to it, and lacks the rule"),
        },
        holds_while_seen=True,
        topics=("access",),
    ),
    ObservationType(
        "access.allowed",
        "an identity may do something",
        NEUTRAL,
        {"verb": text(), "resource": text(), "namespace": text()},
        topics=("access",),
    ),
    ObservationType(
        "deletion.stuck",
        "its deletion is stuck",
        TROUBLE,
        {
            "seconds": number(),
            "finalizers": names(),
            "message": text(),
            "why": one_of("finalizer", "in_use", "contents", "discovery", "node", "unknown"),
        },
        sentences=("the deletion of {on} is stuck",),
        shows=("deletion",),
    ),
)
