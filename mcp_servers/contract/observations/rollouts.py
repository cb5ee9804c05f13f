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
        "a new revision came",
        NEUTRAL,
        {
            "revision": scalar(),
            "image": text(),
            "changes": names(),
            "revision_before": scalar(),
            "restart": flag("nothing but a restart"),
            "new_image": flag(),
            "resources": flag(),
            "placement": flag(),
            "volumes": flag(),
            "security": flag(),
        },
        sentences=(
            "revision {revision} of {on} came: {changes}",
            "revision {revision} of {on} came with image {image}",
        ),
        is_change=True,
        replaces_earlier=True,
    ),
    ObservationType(
        "rollout.stuck",
        "the newest revision does not become available",
        TROUBLE,
        {"revision": count(), "reason": text()},
        sentences=("the rollout of {on} does not come to its end",),
        during_rollout=True,
        timed_from_start=True,
        holds_while_seen=True,
        topics=("pods",),
    ),
    ObservationType(
        "rollout.held",
        "the workload is told not to roll on",
        NEUTRAL,
        {"why": one_of("paused", "partition", "on_delete"), "waiting": count("pods to replace")},
        sentences=("the rollout of {on} is held ({why}), {waiting} pods wait",),
    ),
    ObservationType(
        "rollout.earlier_revision",
        "a revision to return to exists",
        NEUTRAL,
        {"revision": scalar(), "image": text(), "ready": count("pods of it that serve now")},
        sentences=("revision {revision} of {on} is there to return to ({image})",),
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
    ),
    ObservationType(
        "rollout.earlier_healthy",
        "pods of an earlier revision serve or served without restarts",
        WELL,
        {"revision": scalar()},
        sentences=("pods of revision {revision} of {on} served without restarts",),
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
        "what a GitOps controller keeps is not as declared",
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
