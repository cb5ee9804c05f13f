"""The CronJob controller: a Job at each due time, and no more of the finished ones than the history limits keep."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.behaviour.controllers.jobs import finished_as, new_job
from sre_lab.behaviour.ownership import controller_reference, owned_objects
from sre_lab.clock import from_rfc3339, rfc3339
from sre_lab.kubernetes.schedule import CronSchedule, CronScheduleError, parse
from sre_lab.objects.store import Obj, ObjectChange

SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
LATE_SECONDS = 0.1  # a due time is looked at a little later, so that it has surely passed
TOO_MANY_MISSED = 100
LOOKS_BACK = (3600.0, 86400.0, 32 * 86400.0, 5 * 366 * 86400.0)  # for the last one, where there were so many
MISSED = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
FORBIDDEN = "Not starting job because prior execution is running and concurrency policy is Forbid"


class CronJobController(Controller):
    kind = "CronJob"
    component = "cronjob-controller"
    owns = ("Job",)

    def on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] != "Job" or change.type != "MODIFIED" or _has_just_ended(change):
            super().on_change(change)  # the progress of a running Job changes nothing here

    def sync(self, obj: Obj) -> None:
        jobs = owned_objects(self.world.objects, "Job", obj)
        status = copy.deepcopy(obj.get("status") or {})
        self._forget_finished(obj, jobs)
        self._note_jobs(obj, jobs, status)
        if not obj["metadata"].get("deletionTimestamp") and not obj["spec"].get("suspend"):
            self._start_due(obj, status)
        if not status.get("active"):
            status.pop("active", None)
        self.put_status(obj, status)

    def _forget_finished(self, obj: Obj, jobs: list[Obj]) -> None:
        for ending, limit in (("Failed", "failedJobsHistoryLimit"), ("Complete", "successfulJobsHistoryLimit")):
            keep = obj["spec"].get(limit)
            if keep is None:
                continue
            over = sorted((job for job in jobs if finished_as(job) == ending), key=_start_time)
            for job in over[: max(0, len(over) - int(keep))]:
                self.delete(job)
                self.tell(obj, "Normal", "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")

    def _note_jobs(self, obj: Obj, jobs: list[Obj], status: Obj) -> None:
        """Take finished Jobs off the list of active ones, and say what is there without having been started here."""
        active: list[Obj] = status.get("active") or []
        for job in jobs:
            name, ending = job["metadata"]["name"], finished_as(job)
            is_active = any(reference["uid"] == job["metadata"]["uid"] for reference in active)
            if not is_active and not ending:
                text = f"Saw a job that the controller did not create or forgot: {name}"
                self.tell(obj, "Warning", "UnexpectedJob", text)
            elif is_active and ending:
                active = [reference for reference in active if reference["uid"] != job["metadata"]["uid"]]
                self.tell(obj, "Normal", "SawCompletedJob", f"Saw completed job: {name}, condition: {ending}")
            if ending == "Complete":
                completion = job["status"].get("completionTime") or ""
                status["lastSuccessfulTime"] = max(status.get("lastSuccessfulTime") or "", completion)
        there = {job["metadata"]["uid"] for job in jobs}
        for reference in [r for r in active if r["uid"] not in there]:
            self.tell(obj, "Warning", "MissingJob", f"Active job went missing: {reference['name']}")
        status["active"] = [reference for reference in active if reference["uid"] in there]

    def _start_due(self, obj: Obj, status: Obj) -> None:
        spec, now = obj["spec"], self.world.clock.now()
        try:
            schedule = parse(str(spec.get("schedule", "")), str(spec.get("timeZone") or ""))
        except CronScheduleError as problem:
            text = f'unparseable schedule: "{spec.get("schedule")}" : {problem}'
            self.tell(obj, "Warning", "UnparseableSchedule", text)
            return
        due = self._last_due(obj, status, schedule, now)
        if due is not None:
            self._start(obj, status, due, now)
        following = schedule.next_after(now)
        if following is not None:
            self.add(obj, delay=following - now + LATE_SECONDS)

    def _last_due(self, obj: Obj, status: Obj, schedule: CronSchedule, now: float) -> float | None:
        """The latest due time that has not been served."""
        since = from_rfc3339(status.get("lastScheduleTime") or obj["metadata"]["creationTimestamp"])
        deadline = obj["spec"].get("startingDeadlineSeconds")
        if deadline is not None:
            since = max(since, now - float(deadline))
        dues = list(islice(_dues(schedule, since, now), TOO_MANY_MISSED + 1))
        if len(dues) <= TOO_MANY_MISSED:
            return dues[-1] if dues else None
        self.tell(obj, "Warning", "TooManyMissedTimes", MISSED)
        for back in LOOKS_BACK:
            dues.extend(_dues(schedule, max(since, now - back), now))
            if dues[-1] > now - back:
                break
        return dues[-1]

    def _start(self, obj: Obj, status: Obj, due: float, now: float) -> None:
        spec, meta = obj["spec"], obj["metadata"]
        deadline = spec.get("startingDeadlineSeconds")
        if deadline is not None and due + float(deadline) < now:
            at = datetime.fromtimestamp(due, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
            self.tell(obj, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {at}")
            return
        name = f"{meta['name']}-{int(due // 60)}"
        if self.world.objects.get("Job", meta["namespace"], name) is not None:
            return
        policy = spec.get("concurrencyPolicy", "Allow")
        if policy == "Forbid" and status.get("active"):
            self.tell(obj, "Normal", "JobAlreadyActive", FORBIDDEN)
            return
        if policy == "Replace":
            self._replace(obj, status)
        job = self.world.objects.create(new_job(self.world, _job(obj, name, due)))
        self.tell(obj, "Normal", "SuccessfulCreate", f"Created job {name}")
        status["active"] = [*(status.get("active") or []), _reference(job)]
        status["lastScheduleTime"] = rfc3339(due)

    def _replace(self, obj: Obj, status: Obj) -> None:
        for reference in status.get("active") or []:
            job = self.world.objects.get("Job", obj["metadata"]["namespace"], reference["name"])
            if job is not None:
                self.delete(job)
                self.tell(obj, "Normal", "SuccessfulDelete", f"Deleted job {reference['name']}")
        status["active"] = []


def _dues(schedule: CronSchedule, since: float, now: float) -> Iterator[float]:
    """Each due time after `since`, until now."""
    due = schedule.next_after(since)
    while due is not None and due <= now:
        yield due
        due = schedule.next_after(due)


def _has_just_ended(change: ObjectChange) -> bool:
    return change.before is None or finished_as(change.object) != finished_as(change.before)


def _job(obj: Obj, name: str, due: float) -> Obj:
    template = copy.deepcopy(obj["spec"]["jobTemplate"])
    of_template = template.get("metadata") or {}
    meta = {
        "name": name,
        "namespace": obj["metadata"]["namespace"],
        "annotations": {**(of_template.get("annotations") or {}), SCHEDULED_AT: rfc3339(due)},
        "labels": dict(of_template.get("labels") or {}),
        "ownerReferences": [controller_reference(obj)],
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"]}


def _reference(job: Obj) -> Obj:
    meta = job["metadata"]
    reference = {key: meta[key] for key in ("name", "namespace", "resourceVersion", "uid")}
    return {"apiVersion": "batch/v1", "kind": "Job", **reference}


def _start_time(job: Obj) -> tuple[str, str]:
    return (job.get("status") or {}).get("startTime") or "", job["metadata"]["name"]
