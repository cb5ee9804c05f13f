"""Taking over a pod that has a past: its status is all that is known of it.

The lab can start from recorded objects. What their status says continues: what runs goes on by its image's profile,
what waits for a missing object is tried again. A failure whose cause is no known fact stays as it was recorded.
"""

from __future__ import annotations

import re

from sre_lab.behaviour.kubelet.backoff import Backoff
from sre_lab.behaviour.kubelet.configuration import MissingError, environment
from sre_lab.behaviour.kubelet.containers import KubeletContainer, TerminatedRun
from sre_lab.behaviour.kubelet.pod_status import TERMINAL
from sre_lab.behaviour.kubelet.worker import PodWorker
from sre_lab.clock import from_rfc3339
from sre_lab.objects.store import Obj
from sre_lab.scenario import seconds

BACK_OFF = re.compile(r"back-off ((?:\d+[hms])+) restarting")
DERIVED = ("ContainerCreating", "PodInitializing", "CreateContainerConfigError", "")  # from objects, not from images


def adopt(worker: PodWorker) -> bool:
    """Fill a fresh worker from the pod's status; returns whether there is anything to do for it now."""
    pod = worker.pod()
    status = pod.get("status", {})
    worker.start_time = from_rfc3339(status["startTime"]) if status.get("startTime") else worker.start_time
    worker.pod_ip = status.get("podIP", "")
    worker.sandbox = bool(worker.pod_ip)
    worker.finished = status.get("phase") in TERMINAL
    statuses = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    by_name = {s["name"]: s for s in statuses}
    for container in worker.containers():
        if container.name in by_name:
            _take_over(worker, container, by_name[container.name])
    return not worker.finished and any(c.wants_start() for c in worker.containers() if not c.completed)


def _take_over(worker: PodWorker, container: KubeletContainer, status: Obj) -> None:
    state = status.get("state") or {}
    container.recorded_status = status
    container.container_id = status.get("containerID", "")
    container.image_id = status.get("imageID", "")
    container.runs = status.get("restartCount", 0) + (1 if container.container_id else 0)
    for past in (status.get("lastState") or {}, state):
        if "terminated" in past:
            container.add_end(_past_run(past["terminated"]))
    if container.image_id:
        worker.node.images.add(container.image)
    is_known = container.image in worker.world.images
    waiting = state.get("waiting", {})
    if "running" in state and (is_known or status.get("ready") or container.role != "main"):
        _continue(worker, container, from_rfc3339(state["running"]["startedAt"]), bool(status.get("ready")))
    elif not is_known and (waiting.get("reason", "") not in DERIVED or "running" in state or container.past_runs):
        container.keeps_recorded_status = True
        container.ready = bool(status.get("ready"))
    elif waiting:
        container.waiting_reason = (waiting.get("reason", ""), waiting.get("message", ""))
        if (match := BACK_OFF.match(waiting.get("message", ""))) and container.past_runs:
            container.backoff = Backoff(seconds(match[1]), container.past_runs[-1].finished)


def _continue(worker: PodWorker, container: KubeletContainer, started: float, ready: bool) -> None:
    try:
        variables = environment(worker.world, worker.pod(), container.spec)
    except MissingError:  # it started while the object still existed
        variables = {}
    worker.resume(container, variables, started)
    container.ready = ready


def _past_run(state: Obj) -> TerminatedRun:
    return TerminatedRun(
        state.get("exitCode", 0),
        state.get("reason", ""),
        from_rfc3339(state["startedAt"]) if state.get("startedAt") else 0.0,
        from_rfc3339(state["finishedAt"]) if state.get("finishedAt") else 0.0,
        state.get("containerID", ""),
        state.get("message", ""),
    )
