"""What is seen of workloads, Jobs and where their pods may run."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    PAST_TROUBLE,
    REPORTED,
    TROUBLE,
    WELL,
    ObservationType,
    count,
    names,
    number,
    one_of,
    text,
    time,
)

WORKLOADS: Final = (
    ObservationType(
        "workload.available",
        "all wanted replicas serve",
        WELL,
        {"desired": count(), "ready": count()},
        sentences=("{on} serves with {ready} of {desired} replicas",),
        proves_well=(
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "ReplicaSet",
            "Job",
            "CronJob",
            "Service",
        ),
    ),
    ObservationType(
        "workload.unavailable",
        "fewer replicas serve than wanted",
        TROUBLE,
        {"desired": count(), "ready": count()},
        sentences=("{on} serves with {ready} of {desired} replicas",),
        felt_by_users=True,
        during_rollout=True,
    ),
    ObservationType(
        "workload.scaled_to_zero",
        "no replica is wanted",
        TROUBLE,
        {"before": number("replicas, where an event tells")},
        sentences=(
            "{on} is scaled to zero, from {before}",
            "{on} is scaled to zero",
        ),
        felt_by_users=True,
        is_change=True,
    ),
    ObservationType(
        "workload.ends_at_once",
        "its pods get no time to leave their Service when they end",
        NEUTRAL,
        {"container": text(), "grace_seconds": number(), "why": one_of("no_hook", "no_grace")},
    ),
    ObservationType(
        "workload.env_repeated",
        "a variable stands in its template twice, the last counts",
        REPORTED,
        {"container": text(), "variable": text()},
    ),
    ObservationType(
        "workload.pods_refused",
        "pods cannot be created",
        TROUBLE,
        {
            "reason": one_of("quota", "range", "admission", "webhook", "service_account", "rights", "unknown"),
            "message": text(),
            "by": text("the quota, policy or webhook"),
        },
        sentences=("pods of {on} cannot be created ({reason}): {message}",),
    ),
    ObservationType(
        "workload.pods_removed",
        "pods of it that are gone were taken off their nodes",
        PAST_TROUBLE,
        {
            "why": text("as of pod.evicted"),
            "by": text(),
            "message": text(),
            "count": count(),
            "first": time(),
            "last": time(),
        },
    ),
    ObservationType("workload.absent", "no workload of that name exists", TROUBLE, {"near": names("near names")}),
    ObservationType(
        "job.failed",
        "a Job gave up",
        TROUBLE,
        {"reason": text(), "message": text()},
        sentences=("{on} gave up ({reason})",),
    ),
    ObservationType(
        "job.held_open",
        "its own container has ended and another runs on, so it does not end",
        TROUBLE,
        {"running": names(), "ended": names()},
        sentences=("{on} does not end: {running} runs on",),
    ),
    ObservationType(
        "job.suspended",
        "a Job or CronJob is told not to run",
        TROUBLE,
        {"schedule": text(), "last": time("its last start"), "due": time("of a CronJob the start after that")},
    ),
    ObservationType(
        "cronjob.missed",
        "a CronJob did not start when it should have",
        TROUBLE,
        {"schedule": text(), "due": time(), "last": time()},
    ),
    ObservationType(
        "cronjob.unreadable",
        "a CronJob that can never start",
        TROUBLE,
        {"what": one_of("schedule", "time zone", "deadline"), "schedule": text(), "value": text("what cannot be read")},
        sentences=("{on} can never start: its {what} cannot be read",),
    ),
    ObservationType("cronjob.never_succeeded", "no run of a CronJob ended well yet", REPORTED, {"last": time()}),
    ObservationType(
        "placement.unmet",
        "no node is as its pods demand",
        TROUBLE,
        {
            "demand": one_of("node_selector", "node_affinity", "toleration", "open_node"),
            "wanted": text(),
            "nodes": count("how many there are"),
            "fitting": names("nodes that are closed to it and fit otherwise"),
        },
    ),
    ObservationType(
        "workload.holds_most",
        "it holds most of what the nodes give",
        NEUTRAL,
        {"resource": text(), "requested": text(), "share": number("per cent"), "pods": count()},
    ),
    ObservationType(
        "workload.too_large",
        "its pod asks for more than any node can give",
        TROUBLE,
        {"resource": text(), "requested": text(), "largest": text()},
    ),
    ObservationType(
        "workload.dns_elsewhere",
        "its pods ask another name server than the cluster's",
        NEUTRAL,
        {"policy": one_of("Default", "None"), "servers": names(), "before": text("what the revision before did")},
    ),
    ObservationType(
        "workload.scaled",
        "the number of its replicas was changed",
        NEUTRAL,
        {"before": number(), "after": count(), "way": one_of("up", "down")},
    ),
    ObservationType(
        "telemetry.interrupted",
        "a workload that carries metrics, logs or traces away does not serve",
        TROUBLE,
        {"image": text(), "agent": text(), "ready": count(), "desired": count()},
    ),
)
