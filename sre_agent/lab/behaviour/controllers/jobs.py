"""The Job controller: pods until enough have succeeded, or too many have failed, or the time is over."""

from __future__ import annotations

from sre_agent.lab.behaviour.controllers.controller import Controller
from sre_agent.lab.behaviour.controllers.pods import create_pod, is_active, is_ready, phase, restarts
from sre_agent.lab.behaviour.ownership import owned
from sre_agent.lab.clock import from_rfc3339, rfc3339
from sre_agent.lab.kubernetes import job_labels
from sre_agent.lab.kubernetes.admission import AdmissionError
from sre_agent.lab.kubernetes.defaults import with_defaults
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World

FIRST_BACKOFF_SECONDS = 10.0
LONGEST_BACKOFF_SECONDS = 600.0
COMPLETE = ("SuccessCriteriaMet", "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
TOO_MANY = ("FailureTarget", "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
TOO_LATE = ("FailureTarget", "Failed", "DeadlineExceeded", "Job was active longer than specified deadline")
Verdict = tuple[str, str, str, str]


class Jobs(Controller):
    kind = "Job"
    component = "job-controller"

    def sync(self, obj: Obj) -> None:
        obj = self._mark(obj)
        status = obj.get("status") or {}
        if obj["metadata"].get("deletionTimestamp") or obj["spec"].get("suspend") or finished_as(obj):
            return
        now = self.world.clock.now()
        started = status.get("startTime") or rfc3339(now)
        pods = owned(self.world.objects, "Pod", obj)
        verdict = self._verdict(obj, pods, from_rfc3339(started), now)
        if verdict is None:
            pods += self._start_pods(obj, pods, now)
        self._write_status(obj, pods, started, verdict)

    def _mark(self, obj: Obj) -> Obj:
        """A recorded Job may lack the selector and labels that the API generates."""
        return obj if obj["spec"].get("selector") else self.edit(obj, job_labels.mark)

    def _verdict(self, obj: Obj, pods: list[Obj], started: float, now: float) -> Verdict | None:
        spec = obj["spec"]
        succeeded = sum(phase(pod) == "Succeeded" for pod in pods)
        if succeeded >= int(spec.get("completions") or 1):
            return COMPLETE
        failures = sum(phase(pod) == "Failed" for pod in pods)
        if spec["template"]["spec"].get("restartPolicy") == "OnFailure":
            failures += sum(restarts(pod) for pod in pods if is_active(pod))
        limit = spec.get("backoffLimit")
        if failures > (6 if limit is None else int(limit)):
            return TOO_MANY
        deadline = spec.get("activeDeadlineSeconds")
        if deadline is not None:
            left = started + float(deadline) - now
            if left <= 0:
                return TOO_LATE
            self.add(obj, delay=left)
        return None

    def _start_pods(self, obj: Obj, pods: list[Obj], now: float) -> list[Obj]:
        spec = obj["spec"]
        active = [pod for pod in pods if is_active(pod)]
        succeeded = sum(phase(pod) == "Succeeded" for pod in pods)
        parallel = spec.get("parallelism")
        wanted = min(1 if parallel is None else int(parallel), int(spec.get("completions") or 1) - succeeded)
        wait = _backoff_end(pods) - now
        if len(active) < wanted and wait > 0:
            self.add(obj, delay=wait)
            return []
        created = []
        for _ in range(wanted - len(active)):
            try:
                pod = create_pod(self.world, obj, spec["template"])
            except AdmissionError as refusal:
                self.tell(obj, "Warning", "FailedCreate", f"Error creating: {refusal}")
                self.queue.retry(obj["metadata"]["namespace"], obj["metadata"]["name"])
                break
            self.tell(obj, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
            created.append(pod)
        return created

    def _write_status(self, obj: Obj, pods: list[Obj], started: str, verdict: Verdict | None) -> None:
        active = [pod for pod in pods if is_active(pod)]
        at = rfc3339(self.world.clock.now())
        status: Obj = {
            "startTime": started,
            "active": len(active),
            "succeeded": sum(phase(pod) == "Succeeded" for pod in pods),
            "failed": sum(phase(pod) == "Failed" for pod in pods),
        }
        if verdict is not None:
            first, last, reason, message = verdict
            for pod in active:
                self.tell(obj, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
                self.delete(pod)
            status["failed"] += len(active) if verdict is not COMPLETE else 0
            status["active"] = 0
            times = {"lastProbeTime": at, "lastTransitionTime": at, "reason": reason, "message": message}
            status["conditions"] = [{"type": kind, "status": "True", **times} for kind in (first, last)]
            if verdict is COMPLETE:
                status["completionTime"] = at
                self.tell(obj, "Normal", "Completed", "Job completed")
            else:
                self.tell(obj, "Warning", reason, message)
        status = {key: value for key, value in status.items() if value}
        ready = sum(is_ready(pod) for pod in active) if verdict is None else 0
        self.put_status(obj, {**status, "ready": ready, "terminating": 0, "uncountedTerminatedPods": {}})


def new_job(world: World, obj: Obj) -> Obj:
    """`obj` as the API stores a new Job: with defaults, a uid, and the selector and labels that name it."""
    return {**job_labels.named(with_defaults(obj), world.random), "status": {}}


def finished_as(job: Obj) -> str:
    """`Complete`, `Failed`, or empty while the Job is not over."""
    conditions = (job.get("status") or {}).get("conditions") or []
    return next((c["type"] for c in conditions if c["type"] in ("Complete", "Failed") and c["status"] == "True"), "")


def _backoff_end(pods: list[Obj]) -> float:
    """When the next pod may start: the wait doubles with each failed one."""
    ends = [_finished_at(pod) for pod in pods if phase(pod) == "Failed"]
    if not ends:
        return 0.0
    return max(ends) + min(FIRST_BACKOFF_SECONDS * 2.0 ** (len(ends) - 1), LONGEST_BACKOFF_SECONDS)


def _finished_at(pod: Obj) -> float:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    ends = [s["state"]["terminated"]["finishedAt"] for s in statuses if "terminated" in (s.get("state") or {})]
    return from_rfc3339(max([pod["metadata"]["creationTimestamp"], *filter(None, ends)]))
