"""What the pods of a Job amount to: how many count as succeeded and failed, and whether that ends the Job. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from sre_lab.behaviour.controllers.pods import condition, is_active, phase, restarts
from sre_lab.clock import from_rfc3339
from sre_lab.objects.store import Obj

INDEX = "batch.kubernetes.io/job-completion-index"
FIRST_BACKOFF_SECONDS = 10.0
LONGEST_BACKOFF_SECONDS = 600.0


@dataclass(frozen=True)
class JobVerdict:
    """How a Job ends: the condition that says so first, the one that ends it, and why."""

    first: str
    last: str
    reason: str
    message: str


COMPLETE = JobVerdict(
    "SuccessCriteriaMet", "Complete", "CompletionsReached", "Reached expected number of succeeded pods"
)
TOO_MANY = JobVerdict("FailureTarget", "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
TOO_LATE = JobVerdict("FailureTarget", "Failed", "DeadlineExceeded", "Job was active longer than specified deadline")


@dataclass(frozen=True)
class JobPodCounts:
    """The pods of one Job. `counted_failures` are the failed ones that its policy does not ignore."""

    active: list[Obj]
    succeeded: list[Obj]
    failed: list[Obj]
    counted_failures: list[Obj]
    terminating: list[Obj]  # still on their way out
    policy: str = ""  # what the podFailurePolicy says that ends the Job

    @property
    def done_indexes(self) -> set[int]:
        return {index for pod in self.succeeded if (index := index_of(pod)) is not None}

    def completions(self, job: Obj) -> int:
        return len(self.done_indexes) if is_indexed(job) else len(self.succeeded)


def count_pods(job: Obj, pods: list[Obj]) -> JobPodCounts:
    failed = [pod for pod in pods if phase(pod) == "Failed"]
    decisions = [(pod, *_rule_decision(job, pod)) for pod in failed]
    return JobPodCounts(
        active=[pod for pod in pods if is_active(pod)],
        succeeded=[p for p in pods if phase(p) == "Succeeded" and not p["metadata"].get("deletionTimestamp")],
        failed=failed,
        counted_failures=[pod for pod, action, _ in decisions if action != "Ignore"],
        terminating=[p for p in pods if p["metadata"].get("deletionTimestamp") and phase(p) in ("Pending", "Running")],
        policy=next((text for _, action, text in decisions if action == "FailJob"), ""),
    )


def job_verdict(job: Obj, counts: JobPodCounts) -> JobVerdict | None:
    """How the Job ends by what its pods did; None while it goes on."""
    spec = job["spec"]
    if counts.policy:
        return JobVerdict("FailureTarget", "Failed", "PodFailurePolicy", counts.policy)
    failures = len(counts.counted_failures)
    if spec["template"]["spec"].get("restartPolicy") == "OnFailure":
        failures += sum(restarts(pod) for pod in counts.active)
    limit = spec.get("backoffLimit")
    if failures > (6 if limit is None else int(limit)):
        return TOO_MANY
    completions = spec.get("completions")
    if completions is None:  # a work queue: the first success says that the work is done
        return COMPLETE if counts.succeeded and not counts.active else None
    return COMPLETE if counts.completions(job) >= int(completions) else None


def pods_to_start(job: Obj, counts: JobPodCounts) -> int:
    """How many pods should start now."""
    spec = job["spec"]
    parallel = spec.get("parallelism")
    desired = 1 if parallel is None else int(parallel)
    completions = spec.get("completions")
    if completions is not None:
        desired = min(desired, int(completions) - counts.completions(job))
    elif counts.succeeded:
        desired = 0
    return max(0, desired - len(counts.active))


def free_indexes(job: Obj, counts: JobPodCounts) -> list[int]:
    """The completion indexes that neither are done nor have a pod at work, lowest first."""
    busy = counts.done_indexes | {index for pod in counts.active if (index := index_of(pod)) is not None}
    return [index for index in range(int(job["spec"].get("completions") or 0)) if index not in busy]


def is_indexed(job: Obj) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def index_of(pod: Obj) -> int | None:
    text = (pod["metadata"].get("annotations") or {}).get(INDEX)
    return int(text) if text is not None else None


def ranges(indexes: set[int]) -> str:
    """Indexes as a status writes them: `0-2,5`."""
    spans: list[list[int]] = []
    for index in sorted(indexes):
        if spans and spans[-1][1] == index - 1:
            spans[-1][1] = index
        else:
            spans.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def backoff_end(pods: list[Obj]) -> float:
    """When the next pod may start after these failed ones: the wait doubles with each."""
    if not pods:
        return 0.0
    wait = min(FIRST_BACKOFF_SECONDS * 2.0 ** (len(pods) - 1), LONGEST_BACKOFF_SECONDS)
    return max(_finished_at(pod) for pod in pods) + wait


def _finished_at(pod: Obj) -> float:
    ends = [
        s["state"]["terminated"].get("finishedAt") for s in _statuses(pod) if "terminated" in (s.get("state") or {})
    ]
    return from_rfc3339(max([pod["metadata"]["creationTimestamp"], *filter(None, ends)]))


def _statuses(pod: Obj) -> list[Obj]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _rule_decision(job: Obj, pod: Obj) -> tuple[str, str]:
    """The action of the first rule of the podFailurePolicy that matches a failed pod, and what it says."""
    for place, rule in enumerate((job["spec"].get("podFailurePolicy") or {}).get("rules") or []):
        what = _exit_match(rule["onExitCodes"], pod) if rule.get("onExitCodes") else _condition_match(rule, pod)
        if what:
            return str(rule["action"]), f"{what} matching {rule['action']} rule at index {place}"
    return "Count", ""


def _exit_match(rule: Obj, pod: Obj) -> str:
    for status in _statuses(pod):
        code = ((status.get("state") or {}).get("terminated") or {}).get("exitCode", 0)
        if not code or rule.get("containerName") not in (None, status["name"]):
            continue
        if (code in rule["values"]) == (rule["operator"] == "In"):
            where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            return f"Container {status['name']} for pod {where} failed with exit code {code}"
    return ""


def _condition_match(rule: Obj, pod: Obj) -> str:
    for pattern in rule.get("onPodConditions") or []:
        pod_condition = condition(pod, pattern["type"])
        if pod_condition is not None and pod_condition["status"] == pattern.get("status", "True"):
            where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            return f"Pod {where} has condition {pattern['type']}"
    return ""
