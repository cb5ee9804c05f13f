"""What should have begun, ended or gone away: CronJobs that did not start, volumes, and deletions that stand still."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mcp_servers.contract import cron
from mcp_servers.kubernetes.observe import claims as extract_claims
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.cron_starts import next_start
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj

LATE: Final = timedelta(minutes=2)  # the controller starts Jobs within seconds of their time
PILE: Final = 3  # runs at once, from which the next ones wait for no one either
PROTECTIONS: Final = frozenset({"kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"})
GOING: Final = timedelta(minutes=2)  # beside the grace period that the deletion gives
CHANGED: Final = "lastTransitionTime"
FIELDS: Final = {"schedule": "schedule", "deadline": "startingDeadlineSeconds", "time zone": "timeZone"}
_ZONED: Final = re.compile(r"^(?:CRON_)?TZ=\S+\s+")  # which older clusters took within the schedule
DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"


def cron_jobs(around: Surroundings) -> Iterator[Fact]:
    """What the runs of each CronJob show. Among many a suspended one is meant so."""
    for job in around.lists.of("CronJob"):
        if not o.spec(job).get("suspend"):
            yield from _starts(around, job)


def runs(around: Surroundings, job: Obj) -> Iterator[Fact]:
    """What one Job or CronJob shows that was asked about: also that it is told not to run."""
    spec = o.spec(job)
    if not spec.get("suspend"):
        yield from _starts(around, job) if job["kind"] == "CronJob" else ()
        return
    last = o.instant(o.status(job).get("lastScheduleTime"))
    due = next_start(spec, last or o.created_at(job)) if job["kind"] == "CronJob" else None
    since = due if due is not None and due < around.now else o.instant(o.condition(job, "Suspended").get(CHANGED))
    yield around.observed(
        "job.suspended", job, at=since, text="spec.suspend: true", schedule=str(spec.get("schedule", "")),
        due=due.isoformat() if due else "", last=last.isoformat() if last else "",
    )  # fmt: skip


def _starts(around: Surroundings, job: Obj) -> Iterator[Fact]:
    """Starts of a CronJob that were due and did not come, and that no run of it ended well."""
    spec, status = o.spec(job), o.status(job)
    last = o.instant(status.get("lastScheduleTime"))
    if what := _unreadable(spec):
        yield around.observed(
            "cronjob.unreadable",
            job,
            what=what,
            schedule=str(spec.get("schedule", "")),
            value=str(spec.get(FIELDS[what], "")),
        )
    active = len(status.get("active") or [])
    if active >= PILE:
        policy = str(spec.get("concurrencyPolicy") or "Allow")
        yield around.observed(
            "cronjob.piled_up", job, active=active, schedule=str(spec.get("schedule", "")), policy=policy
        )
    waits_for = [
        str(run.get("name")) for run in status.get("active") or [] if spec.get("concurrencyPolicy") == "Forbid"
    ]
    due = next_start(spec, last or o.created_at(job))
    if due is not None and waits_for:
        due = next_start(spec, due)  # that one start is left out is normal with Forbid, that two are is not
    if due is not None and around.now - due > LATE:
        warnings = [event for event in around.lists.about(job) if event.get("type") == "Warning"]
        text = str(warnings[-1].get("message") or "") if warnings else ""
        yield around.observed(
            "cronjob.missed", job, at=due, text=text, schedule=str(spec.get("schedule", "")),
            due=due.isoformat(), last=last.isoformat() if last else "", waits_for=waits_for,
        )  # fmt: skip
    if last is not None and not status.get("lastSuccessfulTime") and not status.get("active"):
        yield around.observed("cronjob.never_succeeded", job, last=last.isoformat())


def claims(around: Surroundings) -> Iterator[Fact]:
    """Claims that lost their volume or wait for one. A claim that waits for its first pod is well; one that a
    workload uses is told with it."""
    used = {r.name for f in around.trees for r in references(f.template) if r.kind == "PersistentVolumeClaim"}
    used |= {r.name for p in around.lists.of("Pod") for r in references(p) if r.kind == "PersistentVolumeClaim"}
    for claim in around.lists.of("PersistentVolumeClaim"):
        volume = str(o.spec(claim).get("volumeName") or "")
        if volume:
            target = around.subject_named("PersistentVolume", volume, "")
            yield around.relation("bound_to", around.subject(claim), target)
        phase = o.status(claim).get("phase")
        if phase == "Lost":
            yield around.observed("volume.claim_lost", claim, volume=volume)
        if phase != "Pending":
            continue
        if o.name(claim) not in used and not _waits_for_a_pod(around, claim):
            yield from extract_claims.pending(claim, around.subject(claim), around.lists.about(claim), around.lists)
        class_ = str(o.spec(claim).get("storageClassName") or "")
        if not volume and around.is_absent("StorageClass", class_):
            yield around.missing(claim, "StorageClass", class_)


def volumes(around: Surroundings) -> Iterator[Fact]:
    """Volumes that failed, and those that nothing uses."""
    for volume in around.lists.of("PersistentVolume"):
        phase, claim_ref = o.status(volume).get("phase"), o.spec(volume).get("claimRef") or {}
        claim = f"{claim_ref.get('namespace', '')}/{claim_ref.get('name', '')}" if claim_ref else ""
        if phase == "Failed":
            message = str(o.status(volume).get("message") or o.status(volume).get("reason") or "")
            yield around.observed("volume.failed", volume, text=message, message=message)
        elif phase in ("Available", "Released", "Pending"):
            yield around.observed("volume.unused", volume, phase=phase, claim=claim)


def deletions(around: Surroundings, objects: Iterable[Obj]) -> Iterator[Fact]:
    """Objects that were deleted, whose time has come, and that are still there."""
    for obj in objects:
        deleted = o.instant(o.meta(obj).get("deletionTimestamp"))
        if deleted is None or around.now - deleted < GOING:
            continue
        conditions = [c for c in o.status(obj).get("conditions") or [] if c.get("status") == "True"]
        message = "; ".join(str(c.get("message") or "") for c in conditions) if obj["kind"] == "Namespace" else ""
        finalizers = [*(o.meta(obj).get("finalizers") or []), *(o.spec(obj).get("finalizers") or [])]
        yield around.observed(
            "deletion.stuck", obj, at=deleted, text=message, message=message, finalizers=finalizers,
            seconds=int((around.now - deleted).total_seconds()), why=_held_by(obj, finalizers),
        )  # fmt: skip


def _held_by(obj: Obj, finalizers: list[str]) -> str:
    """What a deletion waits for: a pod for its node, a claim for who uses it, a namespace for what is in it."""
    true = {c.get("type") for c in o.status(obj).get("conditions") or [] if c.get("status") == "True"}
    if obj.get("kind") == "Namespace" and true & {
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
    }:
        return "discovery"
    if obj.get("kind") == "Namespace" and true & {"NamespaceFinalizersRemaining", "NamespaceContentRemaining"}:
        return "contents"
    if set(finalizers) & PROTECTIONS:
        return "in_use"
    if finalizers:
        return "finalizer"
    return "node" if obj.get("kind") == "Pod" else "unknown"


def _unreadable(spec: Obj) -> str:
    """What of a CronJob the controller cannot work with; empty where all is well."""
    if not cron.is_schedule(_ZONED.sub("", str(spec.get("schedule", "")))):
        return "schedule"
    if int(spec.get("startingDeadlineSeconds") or 0) < 0:
        return "deadline"
    try:
        ZoneInfo(str(spec.get("timeZone") or "UTC"))
    except (ValueError, ZoneInfoNotFoundError):
        return "time zone"
    return ""


def _waits_for_a_pod(around: Surroundings, claim: Obj) -> bool:
    name = o.spec(claim).get("storageClassName")
    default = [c for c in around.lists.of("StorageClass") if o.marks(c).get(DEFAULT_CLASS) == "true"]
    storage_class = around.lists.by_name("StorageClass", str(name)) if name is not None else next(iter(default), None)
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
