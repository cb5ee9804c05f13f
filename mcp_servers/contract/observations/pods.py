"""What is seen of pods."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    PAST_TROUBLE,
    TROUBLE,
    WELL,
    ObservationType,
    count,
    names,
    number,
    one_of,
    text,
)

PODS: Final = (
    ObservationType(
        "pod.mount_failed",
        "a volume cannot be mounted",
        TROUBLE,
        {
            "volume": text(),
            "missing_kind": text(),
            "missing_name": text(),
            "why": one_of("missing", "attached_elsewhere", "attach_failed", "timeout", "unknown"),
        },
        over_once="started",
    ),
    ObservationType(
        "pod.unschedulable",
        "no node takes it",
        TROUBLE,
        {
            "message": text(),
            "why": one_of(
                "claim",
                "volume",
                "capacity",
                "ports",
                "spread",
                "affinity",
                "selector",
                "taint",
                "cordoned",
                "node",
                "gated",
                "unknown",
            ),
            "lacks": names("resources"),
            "nodes": count("how many there are"),
        },
        sentences=("no node takes {on}: {message}",),
        over_once="started",
        shows=("scheduling", "replicas"),
    ),
    ObservationType(
        "pod.evicted",
        "it was taken off its node",
        PAST_TROUBLE,
        {
            "message": text(),
            "why": one_of("node_low", "local_storage", "preempted", "taint", "drained", "shutdown", "unknown"),
            "resource": text(),
            "container": text(),
            "using": text(),
        },
        sentences=("{on} was evicted: {message}",),
    ),
    ObservationType(
        "pod.scale_up_refused",
        "no node is added for it",
        TROUBLE,
        {
            "by": text(),
            "why": one_of("maximum", "cloud_capacity", "cloud_quota", "no_fit", "failed"),
            "message": text(),
        },
    ),
    ObservationType(
        "pod.partly_running",
        "containers of it run and others do not",
        TROUBLE,
        {"running": names(), "failing": names(), "main_runs": one_of("yes", "no", about="the first or default one")},
        sentences=("in {on} {running} runs and {failing} fails",),
        during_rollout=True,
    ),
    ObservationType(
        "pod.network_failed",
        "it is given no network",
        TROUBLE,
        {"why": one_of("no_addresses", "plugin", "unknown"), "message": text(), "count": count()},
    ),
    ObservationType(
        "pod.not_ready",
        "it does not serve",
        TROUBLE,
        {"reason": text(), "seconds": number()},
        sentences=("{on} is not ready",),
        during_rollout=True,
        shows=("replicas",),
    ),
    ObservationType(
        "pod.ready",
        "it serves",
        WELL,
        {"seconds": number()},
        proves_well=("Pod",),
        disproves=("replicas", "restarts", "scheduling"),
    ),
    ObservationType("pod.failed", "it ended and is not restarted", PAST_TROUBLE, {"reason": text()}),
    ObservationType(
        "pod.ended",
        "a pod that was to run on is over, without a reason in its status",
        PAST_TROUBLE,
        {"local_limits": names()},
    ),
)
