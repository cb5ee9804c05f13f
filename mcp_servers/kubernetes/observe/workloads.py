"""What workloads show: how many serve, how Jobs ended, and their other warning events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import both_ends, excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.windows import rfc3339

_SCALED_DOWN: Final = re.compile(r"Scaled down replica set \S+ (?:from (\d+) )?to 0$")


def observe(tree: WorkloadTree) -> list[Observation]:
    """Facts on the root, and on the Jobs of a CronJob."""
    kind = tree.root["kind"]
    if kind in ("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"):
        return _replicas(tree)
    if kind == "Job":
        return _job(tree.root, tree.subject, tree.subject)
    if kind == "CronJob":
        return _cron_job(tree)
    return []


def desired(root: Obj) -> int:
    if root["kind"] == "DaemonSet":
        return int(o.status(root).get("desiredNumberScheduled") or 0)
    replicas = o.spec(root).get("replicas")
    return 1 if replicas is None else int(replicas)


def serving(root: Obj, pods: Iterable[Obj]) -> int:
    """The pods that are ready; where none were read, what the controller counted: a status may be older than they."""
    present = [pod for pod in pods if not o.is_over(pod) and not o.meta(pod).get("deletionTimestamp")]
    status = o.status(root)
    if present or not status:
        return sum(1 for pod in present if o.is_ready(pod))
    if root["kind"] == "DaemonSet":
        return int(status.get("numberReady") or 0)
    ready = int(status.get("readyReplicas") or 0)
    return min(ready, int(status.get("availableReplicas", ready) or 0))  # ready, and for as long as it has to be


def is_settled(root: Obj) -> bool:
    """Whether the status is about the present spec."""
    generation = o.status(root).get("observedGeneration")
    return generation is None or int(generation) >= int(o.meta(root).get("generation") or 0)


def warnings(tree: WorkloadTree, objects: Iterable[Obj]) -> list[Observation]:
    """Warning events of these objects, the same text of an object once, the newest first."""
    by_key: dict[tuple[str, str, str], tuple[Subject, int, datetime | None, datetime | None, str]] = {}
    for obj in objects:
        subject = o.subject(tree.scope, obj)
        for event in tree.events(obj):
            if event.get("type") != "Warning":
                continue
            text = " ".join(str(event.get("message", "")).split())
            key = (str(subject), str(event.get("reason", "")), text[:120])
            count, first, last = o.times_seen(event), o.first_seen(event), o.last_seen(event)
            if key in by_key:
                _, before, earliest, latest, _ = by_key[key]
                count += before
                first = min((t for t in (first, earliest) if t), default=None)
                last = max((t for t in (last, latest) if t), default=None)
            by_key[key] = (subject, count, first, last, text)
    result = [_warning(reason, *rest) for (_, reason, _), rest in by_key.items()]
    return sorted(result, key=lambda w: str(w.attributes.get("last", "")), reverse=True)


def _warning(
    reason: str, subject: Subject, count: int, first: datetime | None, last: datetime | None, text: str
) -> Observation:
    attributes: dict[str, Any] = {"reason": reason, "message": both_ends(text, 240), "count": count}
    attributes |= {"first": rfc3339(first)} if first else {}
    attributes |= {"last": rfc3339(last)} if last else {}
    return Observation(
        code="event.warning",
        subject=subject,
        at=first,
        attributes=attributes,
        excerpt=both_ends(text),
    )


def _replicas(tree: WorkloadTree) -> list[Observation]:
    root = tree.root
    replicas, ready = desired(root), serving(root, tree.pods)
    if replicas == 0 and root["kind"] != "DaemonSet":
        return [_at_zero(tree)]
    if ready >= replicas and not is_settled(root):
        return []  # the count is of before the last write
    condition = o.condition(root, "Available")
    at = (
        o.instant(condition.get("lastTransitionTime"))
        if (condition.get("status") == "True") == (ready >= replicas)
        else None
    )
    return [
        Observation(
            code="workload.available" if ready >= replicas else "workload.unavailable",
            subject=tree.subject,
            at=at,
            attributes={"desired": replicas, "ready": ready},
            excerpt="" if ready >= replicas else excerpt(str(condition.get("message") or "")),
        )
    ]


def _at_zero(tree: WorkloadTree) -> Observation:
    """That none is wanted, since when and how many were before, where the controller's events still tell."""
    scalings = [e for owner in (tree.root, *tree.sets) for e in tree.events(owner)]
    downs = [(e, match) for e in scalings if (match := _SCALED_DOWN.search(str(e.get("message", ""))))]
    event, match = max(downs, key=lambda pair: o.last_seen(pair[0]) or tree.now, default=(None, None))
    attributes: dict[str, Any] = {}
    if match is not None:
        attributes["before"] = int(match[1])
    return Observation(
        code="workload.scaled_to_zero",
        subject=tree.subject,
        at=o.last_seen(event) if event else None,
        attributes=attributes,
        excerpt=excerpt(str(event.get("message", ""))) if event else "",
    )


def _job(job: Obj, subject: Subject, serves: Subject) -> list[Observation]:
    """A failed Job, or a complete one: what it wanted was done."""
    failed, complete = o.condition(job, "Failed"), o.condition(job, "Complete")
    if failed.get("status") == "True":
        message = str(failed.get("message") or "")
        return [
            Observation(
                code="job.failed",
                subject=subject,
                at=o.instant(failed.get("lastTransitionTime")),
                attributes={"reason": str(failed.get("reason") or ""), "message": excerpt(message)},
                excerpt=excerpt(message),
            )
        ]
    if complete.get("status") == "True":
        completions = int(o.spec(job).get("completions") or 1)
        done = int(o.status(job).get("succeeded") or completions)
        at = o.instant(complete.get("lastTransitionTime"))
        counts: dict[str, Any] = {"desired": completions, "ready": done}
        return [Observation(code="workload.available", subject=serves, at=at, attributes=counts)]
    return []


def _cron_job(tree: WorkloadTree) -> list[Observation]:
    """Each failed Job; the CronJob is well when its newest finished Job was and it is not told to stand still."""
    observations: list[Observation] = []
    finished = bool(o.spec(tree.root).get("suspend"))
    for job in tree.sets:
        job_observations = _job(job, o.subject(tree.scope, job), tree.subject)
        observations += [x for x in job_observations if x.code == "job.failed" or not finished]
        finished = finished or bool(job_observations)
    return observations
