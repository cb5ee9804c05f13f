"""What a Deployment says about its rollout: counts and the conditions Available, Progressing, ReplicaFailure."""

from __future__ import annotations

import copy

from sre_lab.behaviour.controllers import conditions
from sre_lab.behaviour.controllers.rolling_update import limits, replicas
from sre_lab.clock import from_rfc3339
from sre_lab.objects.store import Obj

NEVER = 2**31 - 1  # progressDeadlineSeconds that means: no deadline
COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"


def replica_counts(deployment: Obj, new: Obj | None, old: list[Obj], now: float) -> Obj:
    """The status without its verdict on progress: counts and Available."""
    sets = [*old, *([new] if new else [])]
    before = deployment.get("status") or {}
    available = _sum(sets, "availableReplicas")
    desired = sum(replicas(rs) for rs in sets)
    counts = {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        "replicas": _sum(sets, "replicas"),
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, desired - available),
    }
    status: Obj = {key: value for key, value in counts.items() if value}
    if before.get("collisionCount"):
        status["collisionCount"] = before["collisionCount"]
    if before.get("conditions"):
        status["conditions"] = copy.deepcopy(before["conditions"])
    if available >= replicas(deployment) - limits(deployment)[1]:
        reason, text, value = "MinimumReplicasAvailable", "Deployment has minimum availability.", "True"
    else:
        reason, text, value = "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", "False"
    conditions.set_condition(status, conditions.condition("Available", value, reason, text, now))
    return status


def with_progress(deployment: Obj, status: Obj, new: Obj | None, old: list[Obj], now: float) -> Obj:
    """`status` with Progressing and ReplicaFailure as the rollout now stands."""
    progressing = conditions.find(status, "Progressing")
    if deadline(deployment) is None:
        conditions.drop(status, "Progressing")
    elif not _was_complete(status, progressing):
        subject = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{deployment["metadata"]["name"]}"'
        if is_complete(deployment, status):
            text = f"{subject} has successfully progressed."
            conditions.set_condition(status, conditions.condition("Progressing", "True", COMPLETE, text, now))
        elif _is_progress(deployment.get("status") or {}, status):
            _note_progress(status, progressing, f"{subject} is progressing.", now)
        elif has_timed_out(deployment, status, now):
            text = f"{subject} has timed out progressing."
            conditions.set_condition(status, conditions.condition("Progressing", "False", TIMED_OUT, text, now))
    _take_over_failure(status, [*([new] if new else []), *old], now)
    return status


def deadline(deployment: Obj) -> float | None:
    value = deployment["spec"].get("progressDeadlineSeconds", 600)
    return None if value is None or int(value) == NEVER else float(value)


def is_complete(deployment: Obj, status: Obj) -> bool:
    desired = replicas(deployment)
    same = all(status.get(name, 0) == desired for name in ("updatedReplicas", "replicas", "availableReplicas"))
    return bool(same and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1))


def has_timed_out(deployment: Obj, status: Obj, now: float) -> bool:
    progressing = conditions.find(status, "Progressing")
    limit = deadline(deployment)
    if progressing is None or limit is None or progressing.get("reason") == COMPLETE:
        return False
    if progressing.get("reason") == TIMED_OUT:
        return True
    return from_rfc3339(progressing["lastUpdateTime"]) + limit < now


def overdue_at(deployment: Obj, status: Obj) -> float | None:
    """When to look again for the progress deadline; None when nothing is under way."""
    progressing = conditions.find(status, "Progressing")
    limit = deadline(deployment)
    if progressing is None or limit is None or is_complete(deployment, status):
        return None
    if progressing.get("reason") in (TIMED_OUT, COMPLETE) or "lastUpdateTime" not in progressing:
        return None
    return from_rfc3339(progressing["lastUpdateTime"]) + limit + 1.0


def _note_progress(status: Obj, before: Obj | None, text: str, now: float) -> None:
    new = conditions.condition("Progressing", "True", "ReplicaSetUpdated", text, now)
    if before is not None and before["status"] == "True":
        new["lastTransitionTime"] = before.get("lastTransitionTime", new["lastTransitionTime"])
    conditions.replace(status, new)


def _was_complete(status: Obj, progressing: Obj | None) -> bool:
    same = status.get("replicas", 0) == status.get("updatedReplicas", 0)
    return bool(same and progressing is not None and progressing.get("reason") == COMPLETE)


def _is_progress(before: Obj, after: Obj) -> bool:
    def old_replicas(status: Obj) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    counters = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return any(after.get(k, 0) > before.get(k, 0) for k in counters) or old_replicas(after) < old_replicas(before)


def _take_over_failure(status: Obj, sets: list[Obj], now: float) -> None:
    failures = [f for rs in sets if (f := conditions.find(rs.get("status") or {}, "ReplicaFailure")) is not None]
    if not failures:
        conditions.drop(status, "ReplicaFailure")
        return
    failure = failures[0]
    new = conditions.condition(
        "ReplicaFailure", failure["status"], failure.get("reason", ""), failure.get("message", ""), now
    )
    at = failure.get("lastTransitionTime", new["lastTransitionTime"])
    conditions.set_condition(status, {**new, "lastUpdateTime": at, "lastTransitionTime": at})


def _sum(sets: list[Obj], name: str) -> int:
    return sum(int((rs.get("status") or {}).get(name) or 0) for rs in sets)
