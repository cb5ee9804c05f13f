"""What is seen of rollouts and of other changes."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    TROUBLE,
    WELL,
    ObservationType,
    count,
    flag,
    names,
    one_of,
    scalar,
    text,
)

ROLLOUTS: Final = (
    ObservationType(
        "rollout.started",
        "a new revision was rolled out",
        NEUTRAL,
        {
            "revision": scalar(),
            "image": text(),
            "changes": names(),
            "revision_before": scalar(),
            "restart": flag("only a restart"),
            "new_image": flag(),
            "resources": flag(),
            "placement": flag(),
            "volumes": flag(),
            "security": flag(),
        },
        sentences=(
            "revision {revision} of {on} was rolled out: {changes}",
            "revision {revision} of {on} was rolled out with image {image}",
        ),
        is_change=True,
        replaces_earlier=True,
    ),
    ObservationType(
        "rollout.stuck",
        "the newest revision does not become available",
        TROUBLE,
        {"revision": count(), "reason": text()},
        sentences=("the rollout of {on} is stuck",),
        during_rollout=True,
        timed_from_start=True,
        holds_while_seen=True,
        topics=("pods",),
        shows=("rollout",),
    ),
    ObservationType(
        "rollout.held",
        "the rollout is paused or held back",
        NEUTRAL,
        {"why": one_of("paused", "partition", "on_delete"), "waiting": count("pods to replace")},
        sentences=("the rollout of {on} is on hold ({why}); {waiting} pods are waiting",),
        shows=("rollout",),
    ),
    ObservationType(
        "rollout.complete",
        "all replicas are of the newest revision and ready",
        WELL,
        {"replicas": count()},
        sentences=("the rollout of {on} is complete: all {replicas} replicas are of its newest revision",),
        disproves=("rollout",),
    ),
    ObservationType(
        "rollout.earlier_revision",
        "there is an earlier revision to roll back to",
        NEUTRAL,
        {"revision": scalar(), "image": text(), "ready": count("its pods that are ready now")},
        sentences=("{on} can be rolled back to revision {revision} ({image})",),
        offers_rollback=True,
    ),
    ObservationType(
        "rollout.newest_failing",
        "pods of the newest revision fail",
        TROUBLE,
        {"revision": scalar(), "failing": count(), "of": count()},
        sentences=("{failing} of {of} pods of revision {revision} of {on} fail",),
        holds_while_seen=True,
        topics=("pods",),
        shows=("rollout",),
    ),
    ObservationType(
        "rollout.earlier_healthy",
        "pods of an earlier revision ran without restarts",
        WELL,
        {"revision": scalar()},
        sentences=("pods of revision {revision} of {on} ran without restarts",),
    ),
    ObservationType(
        "change.made",
        "it was changed",
        NEUTRAL,
        {"what": one_of("created", "written", "scaled", "rolled_out", "event"), "by": text(), "fields": names()},
        sentences=("{on} was {what}",),
        is_change=True,
    ),
    ObservationType(
        "gitops.out_of_step",
        "the cluster differs from what a GitOps controller declares",
        TROUBLE,
        {
            "controller": one_of("argocd", "flux"),
            "sync": text(),
            "health": text(),
            "revision": text(),
            "message": text(),
            "failed": flag("whether the last sync failed"),
        },
    ),
)
