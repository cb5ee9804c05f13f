"""The pod row: READY, STATUS and RESTARTS computed as kubectl's printer does, not read from one field."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.printing.spans import since

Obj = dict[str, Any]
COLUMNS = "Name|Ready|Status|Restarts|Age|*IP|*Node|*Nominated Node|*Readiness Gates"


def cells(pod: Obj, now: float) -> list[Any]:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    ready, total, text, restarts, last = _summary(pod)
    count: str = str(restarts)
    if restarts and last:
        count = f"{restarts} ({since(last, now)} ago)"
    ips = status.get("podIPs") or []
    return [
        pod["metadata"]["name"],
        f"{ready}/{total}",
        text,
        count,
        since(pod["metadata"].get("creationTimestamp"), now),
        (ips[0].get("ip") if ips else status.get("podIP")) or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        _gates(spec, status),
    ]


def status_text(pod: Obj) -> str:
    """What kubectl prints as STATUS: `CrashLoopBackOff`, `Init:0/1`, `Completed`, `Terminating` …"""
    return _summary(pod)[2]


def _summary(pod: Obj) -> tuple[int, int, str, int, str]:
    """(ready containers, containers, status, restarts, time of the last restart or "")"""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    inits = spec.get("initContainers") or []
    sidecars = {c["name"] for c in inits if c.get("restartPolicy") == "Always"}
    total = len(spec.get("containers") or []) + len(sidecars)
    text = status.get("reason") or status.get("phase") or ""
    conditions = status.get("conditions") or []
    if any(c["type"] == "PodScheduled" and c.get("reason") == "SchedulingGated" for c in conditions):
        text = "SchedulingGated"
    init_statuses = status.get("initContainerStatuses") or []
    waiting, ready = _init_state(init_statuses, sidecars, len(inits))
    restarts, last = _restarts(init_statuses)
    if waiting:
        text = waiting
    if not waiting or _holds(conditions, "Initialized"):
        statuses = status.get("containerStatuses") or []
        relevant = [s for s in init_statuses if s["name"] in sidecars] + statuses
        restarts, last = _restarts(relevant)
        text, running = _container_state(statuses, text)
        ready += running
        if text == "Completed" and running:
            text = "Running" if _holds(conditions, "Ready") else "NotReady"
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            text = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            text = "Terminating"
    return ready, total, text, restarts, last


def _init_state(statuses: list[Obj], sidecars: set[str], total: int) -> tuple[str, int]:
    """(`Init:…` while an init container is not done, else ""; ready sidecars)"""
    ready = 0
    for place, status in enumerate(statuses):
        state = status.get("state") or {}
        termination, waits = state.get("terminated"), state.get("waiting")
        if termination and termination.get("exitCode", 0) == 0:
            continue
        if status["name"] in sidecars and status.get("started"):
            ready += bool(status.get("ready"))
            continue
        if termination:
            return f"Init:{_end_text(termination)}", ready
        if waits and waits.get("reason") and waits["reason"] != "PodInitializing":
            return f"Init:{waits['reason']}", ready
        return f"Init:{place}/{total}", ready
    return "", ready


def _container_state(statuses: list[Obj], text: str) -> tuple[str, int]:
    """(the status that the first container with something to say gives, running and ready containers)"""
    running = 0
    for status in reversed(statuses):
        state = status.get("state") or {}
        if (state.get("waiting") or {}).get("reason"):
            text = state["waiting"]["reason"]
        elif state.get("terminated"):
            text = _end_text(state["terminated"])
        elif status.get("ready") and "running" in state:
            running += 1
    return text, running


def _end_text(termination: Obj) -> str:
    if termination.get("reason"):
        return str(termination["reason"])
    signal = termination.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{termination.get('exitCode', 0)}"


def _restarts(statuses: list[Obj]) -> tuple[int, str]:
    ends = [(s.get("lastState") or {}).get("terminated") or {} for s in statuses]
    return sum(s.get("restartCount", 0) for s in statuses), max((e.get("finishedAt") or "" for e in ends), default="")


def _holds(conditions: list[Obj], kind: str) -> bool:
    return any(c["type"] == kind and c.get("status") == "True" for c in conditions)


def _gates(spec: Obj, status: Obj) -> str:
    gates = spec.get("readinessGates") or []
    if not gates:
        return "<none>"
    passing = sum(_holds(status.get("conditions") or [], g["conditionType"]) for g in gates)
    return f"{passing}/{len(gates)}"
