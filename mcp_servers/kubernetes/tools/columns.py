"""What can be asked of an object by a short name: its state as kubectl writes it, node, owner, restarts, sizes.

A column that has no name here is a path of fields, as `spec.nodeName` or `metadata.labels.app`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.container_views import lasted
from mcp_servers.kubernetes.snapshot.cron_starts import next_start
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.tools import service_endpoints
from mcp_servers.kubernetes.tools.explanation import span
from mcp_servers.kubernetes.tools.template_columns import (
    mounts,
    plain_credentials,
    privileged,
    probe,
    rollout,
    strategy,
    user,
)

Value = Any  # a text, a number, a list of texts, or None where there is none
WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


def value(obj: Obj, column: str, now: datetime) -> Value:
    """The column's value for one object; None where it has none."""
    if column in ("age", "since_restart"):
        moment = o.created_at(obj) if column == "age" else o.instant(_last_restart(obj))
        return int((now - moment).total_seconds()) if moment else None
    if column == "next_run":
        return _next_run(obj, now)
    reader = COLUMNS.get(column)
    return reader(obj) if reader else _at(obj, column)


def _at(obj: Any, path: str) -> Value:
    """What stands at a path, of lists in lists every value; a key with dots in it is found as well."""
    if not path:
        return obj
    if isinstance(obj, list):
        values = [_at(item, path) for item in obj]
        return [x for one in values for x in (one if isinstance(one, list) else [one]) if x is not None] or None
    if not isinstance(obj, dict):
        return None
    head, _, rest = path.partition(".")
    if head in obj:
        return _at(obj[head], rest)
    return next((_at(obj[key], path[len(key) + 1 :]) for key in obj if path == key or path.startswith(f"{key}.")), None)


def _statuses(pod: Obj, *fields: str) -> list[Obj]:
    return [s for field in fields for s in o.status(pod).get(field) or []]


def _containers(pod: Obj) -> list[Obj]:
    return _statuses(pod, "containerStatuses")


def states(obj: Obj) -> list[str]:
    """Every word that fits: what kubectl shows first, then phase, reasons, conditions."""
    if obj["kind"] == "Pod":
        return _pod_states(obj)
    if obj["kind"] in WORKLOADS:
        desired, ready = extract_workloads.desired(obj), extract_workloads.serving(obj, [])
        return (["ScaledToZero"] if not desired else ["Ready"] if ready >= desired else ["NotReady"]) + _conditions(obj)
    words = [str(o.status(obj).get("phase") or "")]
    if obj["kind"] == "Node":
        words = ["Ready" if o.condition(obj, "Ready").get("status") == "True" else "NotReady"]
        words += ["SchedulingDisabled"] if o.spec(obj).get("unschedulable") else []
    if obj["kind"] == "Job":
        words += ["Active"] if o.status(obj).get("active") else []
    if o.spec(obj).get("suspend"):
        words.append("Suspended")
    if o.meta(obj).get("deletionTimestamp"):
        words.insert(0, "Terminating")
    return [w for w in dict.fromkeys([*words, *_conditions(obj)]) if w]


def _conditions(obj: Obj) -> list[str]:
    return [str(c["type"]) for c in o.status(obj).get("conditions") or [] if c.get("status") == "True" and "type" in c]


def _pod_states(pod: Obj) -> list[str]:
    statuses = _statuses(pod, "initContainerStatuses", "containerStatuses")
    states = [(s.get("state") or {}) for s in statuses]
    reasons = [str(h["waiting"]["reason"]) for h in states if (h.get("waiting") or {}).get("reason")]
    end_reasons = [
        str(h["terminated"].get("reason") or "Error")
        for h in states
        if h.get("terminated") and (h["terminated"].get("exitCode") or o.is_over(pod))
    ]
    phase = str(o.status(pod).get("phase") or "Pending")
    words = ["Terminating"] if o.meta(pod).get("deletionTimestamp") else []
    words += _initializing(pod)
    words += [r for r in reasons if r != "PodInitializing"] + end_reasons
    words += [str(o.status(pod).get("reason") or ""), phase]
    words.append("Ready" if o.is_ready(pod) else "Completed" if phase == "Succeeded" else "NotReady")
    if o.condition(pod, "PodScheduled").get("reason") == "Unschedulable":
        words.append("Unschedulable")
    return [w for w in dict.fromkeys(words) if w]


def _initializing(pod: Obj) -> list[str]:
    """How kubectl writes the init container that all others wait for, as `Init:0/2` or `Init:Error`; that it is so."""
    sidecars = {c.get("name") for c in o.spec(pod).get("initContainers") or [] if c.get("restartPolicy") == "Always"}
    statuses = _statuses(pod, "initContainerStatuses")
    for place, status in enumerate(statuses):
        state = status.get("state") or {}
        waiting, termination = (state.get("waiting") or {}).get("reason"), state.get("terminated")
        if (termination and not termination.get("exitCode")) or (
            status.get("name") in sidecars and status.get("started")
        ):
            continue
        if termination:
            return [
                f"Init:{termination.get('reason') or 'ExitCode:' + str(termination.get('exitCode'))}",
                "Initializing",
            ]
        if waiting and waiting != "PodInitializing":
            return [f"Init:{waiting}", "Initializing"]
        return [f"Init:{place}/{len(statuses)}", "Initializing"]
    waits = [((s.get("state") or {}).get("waiting") or {}).get("reason") for s in _containers(pod)]
    return ["PodInitializing", "Initializing"] if "PodInitializing" in waits else []


def _end_reasons(pod: Obj) -> list[str]:
    """Why containers ended before: the reasons of their last runs."""
    statuses = _statuses(pod, "initContainerStatuses", "containerStatuses")
    last = [((s.get("lastState") or {}).get("terminated") or {}) for s in statuses]
    return [str(t.get("reason") or f"exit code {t.get('exitCode')}") for t in last if t]


def _run_before(pod: Obj) -> Value:
    """How long the run of each container took that its last restart ended: `24 s until 2026-09-21T14:11:20Z`."""
    ends = [((s.get("lastState") or {}).get("terminated") or {}) for s in _containers(pod)]
    runs = [(end, lasted(end)) for end in ends if end]
    return [
        f"{span(time.total_seconds())} until {end['finishedAt']}, exit code {end.get('exitCode')}"
        for end, time in runs
        if time is not None
    ] or None


def _run_time(obj: Obj) -> Value:
    """How long a Job ran, from its start to its end, and when: `20m until 2026-09-21T13:53:20Z`."""
    status = o.status(obj) if obj["kind"] == "Job" else {}
    ends = [one.get("lastTransitionTime") for one in status.get("conditions") or [] if one.get("type") == "Failed"]
    begin, end = status.get("startTime"), status.get("completionTime") or next(iter(ends), None)
    time = lasted({"startedAt": begin, "finishedAt": end}) if begin and end else None
    return f"{span(time.total_seconds())} until {end}" if time is not None else None


def _dns_name(obj: Obj) -> Value:
    """The name by which any pod of the cluster reaches a Service."""
    return f"{o.name(obj)}.{o.meta(obj).get('namespace')}.svc" if obj["kind"] == "Service" else None


def _restarts(obj: Obj) -> Value:
    return sum(int(s.get("restartCount") or 0) for s in _containers(obj)) if obj["kind"] == "Pod" else None


def _last_restart(obj: Obj) -> Value:
    ends = [((s.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for s in _containers(obj)]
    return max((e for e in ends if e), default=None)


def _ready(obj: Obj) -> Value:
    if obj["kind"] == "Pod":
        total = len(list(o.spec(obj).get("containers") or []))
        return f"{sum(1 for s in _containers(obj) if s.get('ready'))}/{total}"
    if obj["kind"] in WORKLOADS:
        return f"{extract_workloads.serving(obj, [])}/{extract_workloads.desired(obj)}"
    return None


def _replicas(obj: Obj) -> Value:
    return extract_workloads.desired(obj) if obj["kind"] in WORKLOADS else None


def _owner(obj: Obj) -> Value:
    kind, name, _ = o.owner(obj)
    return f"{kind}/{name}" if name else None


def _images(obj: Obj) -> Value:
    return [str(c.get("image", "")) for _, c in o.containers(o.template(obj))] or None


def _next_run(obj: Obj, now: datetime) -> Value:
    """When a CronJob is due next, in UTC; None where it is suspended or nobody can tell."""
    spec = o.spec(obj)
    if obj["kind"] != "CronJob" or spec.get("suspend"):
        return None
    due = next_start(spec, now)
    return due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if due else None


def _resources(part: str) -> Callable[[Obj], Value]:
    """The limits or requests of each container, as `web memory=64Mi`."""

    def amounts(obj: Obj) -> Value:
        containers = [
            (str(c.get("name", "")), (c.get("resources") or {}).get(part)) for _, c in o.containers(o.template(obj))
        ]
        return [
            f"{name} {what}={amount}" for name, quantities in containers for what, amount in (quantities or {}).items()
        ] or None

    return amounts


def _size(obj: Obj) -> Value:
    """What a claim asks for, what a volume holds, or the capacity of a node."""
    if obj["kind"] == "PersistentVolumeClaim":
        request = ((o.spec(obj).get("resources") or {}).get("requests") or {}).get("storage")
        return request or (o.status(obj).get("capacity") or {}).get("storage")
    if obj["kind"] == "PersistentVolume":
        return (o.spec(obj).get("capacity") or {}).get("storage")
    return None


def _text(obj: Obj) -> str:
    """Everything that is declared, as text; of Secrets and ConfigMaps the keys alone."""
    display = o.for_display(obj)
    return json.dumps({"metadata": display.get("metadata"), "spec": display.get("spec")}, ensure_ascii=False)


def _pairs(mapping: dict[str, str]) -> list[str] | None:
    return [f"{key}={value}" for key, value in sorted(mapping.items())] or None


COLUMNS: Final[dict[str, Callable[[Obj], Value]]] = {
    "name": o.name,
    "namespace": lambda obj: o.meta(obj).get("namespace"),
    "state": lambda obj: next(iter(states(obj)), None),
    "states": states,
    "words": lambda obj: [*states(obj), *_end_reasons(obj)],
    "ended": lambda obj: _end_reasons(obj) or None,
    "run_before": _run_before,
    "run_time": _run_time,
    "dns_name": _dns_name,
    "ready": _ready,
    "restarts": _restarts,
    "last_restart": _last_restart,
    "replicas": _replicas,
    "node": lambda obj: o.spec(obj).get("nodeName"),
    "owner": _owner,
    "images": _images,
    "containers": lambda obj: [str(c.get("name", "")) for _, c in o.containers(o.template(obj))] or None,
    "labels": lambda obj: _pairs(o.labels(obj)),
    "annotations": lambda obj: _pairs(o.marks(o.for_display(obj))),
    "limits": _resources("limits"),
    "requests": _resources("requests"),
    "readiness": probe("readinessProbe"),
    "liveness": probe("livenessProbe"),
    "startup": probe("startupProbe"),
    "strategy": strategy,
    "user": user,
    "privileged": privileged,
    "plain_credentials": plain_credentials,
    "mounts": mounts,
    "rollout": rollout,
    "size": _size,
    "storage_class": lambda obj: o.spec(obj).get("storageClassName"),
    "volume": lambda obj: o.spec(obj).get("volumeName"),
    "address": lambda obj: o.status(obj).get("podIP") or o.spec(obj).get("clusterIP"),
    service_endpoints.COLUMN: lambda obj: obj.get(service_endpoints.COUNT),
    "responsible": lambda obj: o.responsible(obj) or None,
    "keys": lambda obj: sorted(obj.get("data") or {}) or None if obj["kind"] in ("ConfigMap", "Secret") else None,
    "text": _text,
}
