"""A pod's status, drawn from what its kubelet knows: phase, conditions, container statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sre_lab.behaviour.kubelet.containers import KubeletContainer, TerminatedRun
from sre_lab.clock import rfc3339
from sre_lab.objects.store import Obj

OURS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
TERMINAL = ("Succeeded", "Failed")
LOST: Obj = {
    "terminated": {
        "exitCode": 137,
        "reason": "ContainerStatusUnknown",
        "message": "The container could not be located when the pod was terminated",
        "startedAt": None,
        "finishedAt": None,
    }
}


@dataclass(frozen=True)
class PodObservation:
    """A pod as its kubelet sees it. `stopped`: nothing of it runs any more and nothing will."""

    inits: list[KubeletContainer]
    mains: list[KubeletContainer]
    sandbox: bool
    stopped: bool
    start_time: float
    host_ip: str
    pod_ip: str
    debuggers: list[KubeletContainer] = field(default_factory=list)

    @property
    def initialised(self) -> bool:
        return all(c.completed or (c.role == "sidecar" and c.process and c.started) for c in self.inits)


def phase(observation: PodObservation) -> str:
    """Succeeded and Failed as soon as the containers decide it, even if the status may not say so yet."""
    failed_init = any(c.over() and not c.completed for c in observation.inits)
    if observation.stopped:
        ran = [c for c in observation.mains if c.past_runs]
        return "Succeeded" if ran and all(c.completed for c in ran) and not failed_init else "Failed"
    if failed_init:
        return "Failed"
    if not observation.initialised and not any(c.runs for c in observation.mains):
        return "Pending"
    if all(c.over() for c in observation.mains):
        return "Succeeded" if all(c.completed for c in observation.mains) else "Failed"
    if any(not c.runs for c in observation.mains):
        return "Pending"
    return "Running"


def render(pod: Obj, observation: PodObservation, now: float) -> Obj:
    """The new status, with what others put into the old one kept."""
    old: Obj = pod.get("status", {})
    current_phase = phase(observation)
    shown_phase = current_phase if current_phase not in TERMINAL or observation.stopped else old.get("phase", "Pending")
    status: Obj = {**old, "phase": shown_phase, "conditions": _conditions(old, observation, current_phase, now)}
    status |= {"hostIP": observation.host_ip, "hostIPs": [{"ip": observation.host_ip}]}
    if observation.pod_ip:
        status |= {"podIP": observation.pod_ip, "podIPs": [{"ip": observation.pod_ip}]}
    status["startTime"] = rfc3339(observation.start_time)
    idle = "PodInitializing" if observation.inits else "ContainerCreating"
    if observation.inits:
        status["initContainerStatuses"] = [_container(c, idle, observation.stopped) for c in observation.inits]
    mains = sorted(observation.mains, key=lambda c: c.name)
    status["containerStatuses"] = [_container(c, idle, observation.stopped) for c in mains]
    if observation.debuggers:
        status["ephemeralContainerStatuses"] = [_debugger(c, observation.stopped) for c in observation.debuggers]
    status["qosClass"] = old.get("qosClass") or quality_of_service(pod)
    return status


def quality_of_service(pod: Obj) -> str:
    resources = [c.get("resources", {}) for c in pod["spec"].get("containers") or []]
    if not any(r.get("requests") or r.get("limits") for r in resources):
        return "BestEffort"
    for r in resources:
        limits = r.get("limits") or {}
        requests = {**limits, **(r.get("requests") or {})}
        if any(name not in limits or requests[name] != limits[name] for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"


def _conditions(old: Obj, observation: PodObservation, current_phase: str, now: float) -> list[Obj]:
    before = {c["type"]: c for c in old.get("conditions") or []}
    unready = [c.name for c in [*observation.inits, *observation.mains] if c.role != "init" and not c.ready]
    incomplete = [c.name for c in observation.inits if not (c.completed or (c.role == "sidecar" and c.started))]
    over = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(current_phase)
    ready = _verdict(not unready, over, "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
    initialisation = (
        ("True", "PodCompleted", "")
        if current_phase == "Succeeded"
        else _verdict(
            not incomplete,
            None,
            "ContainersNotInitialized",
            f"containers with incomplete status: [{' '.join(incomplete)}]",
        )
    )
    values = {
        "PodReadyToStartContainers": (str(observation.sandbox), "", ""),
        "Initialized": initialisation,
        "Ready": ready,
        "ContainersReady": ready,
        "PodScheduled": ("True", "", ""),
    }
    ours = [_condition(before.get(kind), kind, *values[kind], now) for kind in OURS]
    return [*(c for kind, c in before.items() if kind not in OURS), *ours]


def _verdict(good: bool, over: str | None, reason: str, message: str) -> tuple[str, str, str]:
    if over:
        return "False", over, ""
    return ("True", "", "") if good else ("False", reason, message)


def _condition(before: Obj | None, kind: str, value: str, reason: str, message: str, now: float) -> Obj:
    same = before is not None and before["status"] == value
    since = before["lastTransitionTime"] if same and before is not None else rfc3339(now)
    condition: Obj = {"type": kind, "status": value, "lastProbeTime": None, "lastTransitionTime": since}
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition


def _container(c: KubeletContainer, idle: str, stopped: bool) -> Obj:
    if c.keeps_recorded_status and c.recorded_status is not None:
        return c.recorded_status
    state, last = _states(c, idle, stopped)
    status: Obj = {
        **(c.recorded_status or {}),
        "name": c.name,
        "state": state,
        "lastState": last,
        "ready": c.completed if c.role == "init" else c.ready,
        "restartCount": c.restarts,
        "image": (c.recorded_status or {}).get("image") or c.image,
        "imageID": c.image_id,
        "started": c.process is not None and c.started,
    }
    if c.container_id:
        status["containerID"] = c.container_id
    if c.spec.get("volumeMounts"):
        status["volumeMounts"] = [_mount(m) for m in c.spec["volumeMounts"]]
    return status


def _debugger(c: KubeletContainer, stopped: bool) -> Obj:
    """Nobody probes an ephemeral container: it is never ready."""
    status = _container(c, "ContainerCreating", stopped) | {"ready": False}
    return {key: value for key, value in status.items() if key != "started"}


def _states(c: KubeletContainer, idle: str, stopped: bool) -> tuple[Obj, Obj]:
    """(state, lastState)"""
    nothing: list[Obj] = [{}, {}]
    before, last = (nothing + [_termination(e) for e in c.past_runs])[-2:]
    if c.process is not None:
        return {"running": {"startedAt": rfc3339(c.process.started)}}, last
    if c.waiting_reason is not None and not stopped and (not c.past_runs or c.wants_start()):
        reason, message = c.waiting_reason
        return {"waiting": {"reason": reason, **({"message": message} if message else {})}}, last
    if c.past_runs:
        return last, before
    return (LOST if stopped else {"waiting": {"reason": idle}}), {}


def _termination(run: TerminatedRun) -> Obj:
    body: dict[str, Any] = {"exitCode": run.code, "reason": run.reason}
    if run.message:
        body["message"] = run.message
    body |= {"startedAt": rfc3339(run.started), "finishedAt": rfc3339(run.finished)}
    return {"terminated": body | {"containerID": run.container_id}}


def _mount(mount: Obj) -> Obj:
    status = {"name": mount["name"], "mountPath": mount["mountPath"]}
    if mount.get("readOnly"):
        status |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return status
