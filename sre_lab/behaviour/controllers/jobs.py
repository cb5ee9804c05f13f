"""The Job controller: pods until enough have succeeded, or too many have failed, or the time is over."""

from __future__ import annotations

import copy

from sre_lab.behaviour.controllers import job_pod_counts
from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.behaviour.controllers.job_pod_counts import COMPLETE, TOO_LATE, JobPodCounts, JobVerdict, count_pods
from sre_lab.behaviour.controllers.pods import create_pod, is_ready
from sre_lab.behaviour.ownership import owned_objects
from sre_lab.clock import from_rfc3339, rfc3339
from sre_lab.kubernetes import deletion, job_labels
from sre_lab.kubernetes.admission import AdmissionError
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.objects.store import Obj
from sre_lab.world import World

SUSPENDED = "Suspended"


class JobController(Controller):
    kind = "Job"
    component = "job-controller"

    def sync(self, obj: Obj) -> None:
        obj = self._mark(obj)
        if obj["metadata"].get("deletionTimestamp"):
            return
        if finished_as(obj):
            self._remove_in_time(obj)
        elif obj["spec"].get("suspend"):
            self._suspend(obj)
        else:
            self._run(obj)

    def _mark(self, obj: Obj) -> Obj:
        """A recorded Job may lack the selector and labels that the API generates."""
        return obj if obj["spec"].get("selector") else self.edit(obj, job_labels.mark)

    def _remove_in_time(self, obj: Obj) -> None:
        """What ttlSecondsAfterFinished promises."""
        keep = obj["spec"].get("ttlSecondsAfterFinished")
        if keep is None:
            return
        finish = next(c for c in obj["status"]["conditions"] if c["type"] == finished_as(obj))
        left = from_rfc3339(finish["lastTransitionTime"]) + float(keep) - self.world.clock.now()
        if left > 0:
            self.add(obj, delay=left)
            return
        meta = obj["metadata"]
        deletion.delete(self.world, "Job", meta["namespace"], meta["name"], propagation="Foreground")

    def _suspend(self, obj: Obj) -> None:
        counts = count_pods(obj, owned_objects(self.world.objects, "Pod", obj))
        self._remove(obj, counts.active)
        if _condition(obj, SUSPENDED).get("status") != "True":
            self.tell(obj, "Normal", SUSPENDED, "Job suspended")
            obj = self._note_suspension(obj, "True", "JobSuspended", "Job suspended")
        self._write_status(obj, count_pods(obj, owned_objects(self.world.objects, "Pod", obj)), started="")

    def _run(self, obj: Obj) -> None:
        now = self.world.clock.now()
        started = str((obj.get("status") or {}).get("startTime") or rfc3339(now))
        if _condition(obj, SUSPENDED).get("status") == "True":
            started = rfc3339(now)
            self.tell(obj, "Normal", "Resumed", "Job resumed")
            obj = self._note_suspension(obj, "False", "JobResumed", "Job resumed")
        counts = count_pods(obj, owned_objects(self.world.objects, "Pod", obj))
        verdict = _ending(obj) or job_pod_counts.job_verdict(obj, counts) or self._late(obj, from_rfc3339(started), now)
        if verdict is not None:
            self._end(obj, counts, verdict, started)
            return
        if self._start_pods(obj, counts, now):
            counts = count_pods(obj, owned_objects(self.world.objects, "Pod", obj))
        self._write_status(obj, counts, started)

    def _late(self, obj: Obj, started: float, now: float) -> JobVerdict | None:
        deadline = obj["spec"].get("activeDeadlineSeconds")
        if deadline is None:
            return None
        left = started + float(deadline) - now
        if left <= 0:
            return TOO_LATE
        self.add(obj, delay=left)
        return None

    def _start_pods(self, obj: Obj, counts: JobPodCounts, now: float) -> bool:
        count, wait = (
            job_pod_counts.pods_to_start(obj, counts),
            job_pod_counts.backoff_end(counts.counted_failures) - now,
        )
        if count and wait > 0:
            self.add(obj, delay=wait)
            return False
        indexes: list[int] | list[None] = [None] * count
        if job_pod_counts.is_indexed(obj):
            indexes = job_pod_counts.free_indexes(obj, counts)
        for index in indexes[:count]:
            try:
                pod = self._create_pod(obj, index)
            except AdmissionError as refusal:
                self.tell(obj, "Warning", "FailedCreate", f"Error creating: {refusal}")
                self.queue.retry(obj["metadata"]["namespace"], obj["metadata"]["name"])
                break
            self.tell(obj, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        return count > 0

    def _create_pod(self, obj: Obj, index: int | None) -> Obj:
        template, prefix = _template(obj, index)
        return create_pod(self.world, obj, template, name=prefix + self.world.objects.suffix(5))

    def _end(self, obj: Obj, counts: JobPodCounts, verdict: JobVerdict, started: str) -> None:
        """Say how it ends; that it has ended only when none of its pods is left running."""
        self._remove(obj, counts.active)
        left = count_pods(obj, owned_objects(self.world.objects, "Pod", obj))
        over = not left.active and not left.terminating
        self._write_status(obj, left, started, verdict, over=over, kill_count=len(counts.active))
        if not over:
            return
        if verdict.last == COMPLETE.last:
            self.tell(obj, "Normal", "Completed", "Job completed")
        else:
            self.tell(obj, "Warning", verdict.reason, verdict.message)

    def _remove(self, obj: Obj, pods: list[Obj]) -> None:
        for pod in pods:
            self.tell(obj, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
            self.delete(pod)

    def _note_suspension(self, obj: Obj, value: str, reason: str, message: str) -> Obj:
        status = copy.deepcopy(obj.get("status") or {})
        others = [c for c in status.get("conditions") or [] if c["type"] != SUSPENDED]
        status["conditions"] = [*others, _new_condition(SUSPENDED, value, reason, message, self.world.clock.now())]
        return self.put_status(obj, status)

    def _write_status(
        self,
        obj: Obj,
        pod_counts: JobPodCounts,
        started: str,
        verdict: JobVerdict | None = None,
        *,
        over: bool = False,
        kill_count: int = 0,
    ) -> None:
        """`kill_count`: pods that were removed because the Job failed, which count as failed ones from then on."""
        before = obj.get("status") or {}
        now = self.world.clock.now()
        kill_count = kill_count if verdict is not None and verdict.last == "Failed" else 0
        failed = max(len(pod_counts.failed) + kill_count, int(before.get("failed") or 0) if _ending(obj) else 0)
        status: Obj = {
            "startTime": started,
            "active": len(pod_counts.active),
            "succeeded": pod_counts.completions(obj),
            "failed": failed,
            "completedIndexes": job_pod_counts.ranges(pod_counts.done_indexes),
            "conditions": _conditions(before.get("conditions") or [], verdict, over, now),
        }
        if over and verdict is not None and verdict.last == COMPLETE.last:
            status["completionTime"] = rfc3339(now)
        status = {key: value for key, value in status.items() if value}
        ready = 0 if verdict is not None else sum(is_ready(pod) for pod in pod_counts.active)
        counts = {"ready": ready, "terminating": len(pod_counts.terminating), "uncountedTerminatedPods": {}}
        self.put_status(obj, {**status, **counts})


def new_job(world: World, obj: Obj) -> Obj:
    """`obj` as the API stores a new Job: with defaults, a uid, and the selector and labels that name it."""
    return {**job_labels.with_selector(with_defaults(obj), world.random), "status": {}}


def finished_as(job: Obj) -> str:
    """`Complete`, `Failed`, or empty while the Job is not over."""
    return next((kind for kind in ("Complete", "Failed") if _condition(job, kind).get("status") == "True"), "")


def _condition(job: Obj, kind: str) -> Obj:
    conditions: list[Obj] = (job.get("status") or {}).get("conditions") or []
    return next((condition for condition in conditions if condition["type"] == kind), {})


def _ending(job: Obj) -> JobVerdict | None:
    """The verdict that was spoken before, while pods of the Job were still running."""
    for first, last in (("FailureTarget", "Failed"), ("SuccessCriteriaMet", "Complete")):
        condition = _condition(job, first)
        if condition.get("status") == "True":
            return JobVerdict(first, last, condition.get("reason", ""), condition.get("message", ""))
    return None


def _conditions(before: list[Obj], verdict: JobVerdict | None, over: bool, now: float) -> list[Obj]:
    if verdict is None:
        return before
    kinds = [verdict.first, verdict.last] if over else [verdict.first]
    there = {old["type"] for old in before}
    return before + [
        _new_condition(kind, "True", verdict.reason, verdict.message, now) for kind in kinds if kind not in there
    ]


def _new_condition(kind: str, value: str, reason: str, message: str, now: float) -> Obj:
    at = rfc3339(now)
    times = {"lastProbeTime": at, "lastTransitionTime": at}
    return {"type": kind, "status": value, **times, "reason": reason, "message": message}


def _template(job: Obj, index: int | None) -> tuple[Obj, str]:
    """The template of the next pod and how its name begins; a pod of an indexed Job knows its index."""
    name = job["metadata"]["name"]
    template = copy.deepcopy(job["spec"]["template"])
    if index is None:
        return template, f"{name}-"
    meta = template.setdefault("metadata", {})
    for place in ("annotations", "labels"):
        meta[place] = {**(meta.get(place) or {}), job_pod_counts.INDEX: str(index)}
    template["spec"].setdefault("hostname", f"{name}-{index}")
    path = {"apiVersion": "v1", "fieldPath": f"metadata.labels['{job_pod_counts.INDEX}']"}
    for container in [*(template["spec"].get("initContainers") or []), *template["spec"]["containers"]]:
        variables = container.setdefault("env", [])
        if all(one["name"] != "JOB_COMPLETION_INDEX" for one in variables):
            variables.append({"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": path}})
    return template, f"{name}-{index}-"
