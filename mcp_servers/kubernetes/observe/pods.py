"""What pods show beside their containers: readiness, scheduling, volumes, eviction, and the nodes they are on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import both_ends, excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.observe import scaling_up, scheduler_words
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import pod_removals as departures
from mcp_servers.kubernetes.snapshot.objects import Obj

_MOUNT_REASONS: Final = frozenset({"FailedMount", "FailedAttachVolume", "FailedMapVolume"})
_VOLUME: Final = re.compile(r"for volume \"([^\"]+)\"|unmounted volumes=\[([^\],]+)")
_NOT_FOUND: Final = re.compile(r"(configmap|secret|persistentvolumeclaim) \"(?:[^\"/]+/)?([^\"]+)\" not found", re.I)
_NO_KEY: Final = re.compile(r"references non-existent (secret|config) key: (\S+)", re.I)
_MOUNT: Final = r"\bmount(?:\.\w+)?(?: error\(\d+\))?: [^\n]*?"  # a line of the program that mounts
_WHY: Final = (
    (
        "attached_elsewhere",
        re.compile(r"Multi-Attach|already (?:exclusively )?attached|already used by|VolumeInUse", re.I),
    ),
    ("attach_failed", re.compile(r"AttachVolume|VolumeAttachment|attach(?:ing)? volume|AttachmentLimitExceeded", re.I)),
    # What mount and its helpers say of who serves the volume, after the layers that passed it on.
    ("denied", re.compile(rf"denied by (?:the )?server|{_MOUNT}(?:permission denied|not permitted)", re.I)),
    ("name_unknown", re.compile(rf"{_MOUNT}name or service not known|failed to resolve (?:server|\")", re.I)),
    ("absent", re.compile(rf"{_MOUNT}no such file|special device \S+ does not exist|FileSystemNotFound", re.I)),
    ("unreachable", re.compile(rf"{_MOUNT}(?:connection (?:timed out|refused)|no route to host)", re.I)),
    ("no_driver", re.compile(r"list of registered CSI drivers|dial unix \S*csi\S*\.sock", re.I)),
    ("volume_mode", re.compile(r"has volumeMode (?:Block|Filesystem), but is specified in volume", re.I)),
    ("timeout", re.compile(r"timed out waiting|DeadlineExceeded|deadline exceeded", re.I)),
)
_KINDS: Final = {
    "configmap": "ConfigMap",
    "config": "ConfigMap",
    "secret": "Secret",
    "persistentvolumeclaim": "PersistentVolumeClaim",
}
_SOURCES: Final = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "secretName")}
STARTING: Final = timedelta(seconds=60)  # for images, volumes and the application, beside what the probes allow
_BEFORE: Final = ("ContainerCreating", "PodInitializing")


def observe(pod: Obj, subject: Subject, events: Sequence[Obj], now: datetime) -> list[Observation]:
    """Facts on the pod itself; those on its containers are `extract_containers.observe`."""
    if eviction := _eviction(pod, subject, events):
        return [eviction]
    phase = o.status(pod).get("phase", "")
    if phase == "Failed":
        return [_rejection(pod, subject) or _failure(pod, subject)]
    if phase == "Succeeded":
        return [_unexplained_end(pod, subject)] if _was_to_run_on(pod) else []
    observations = []
    if pending := _pending(pod, subject, events):
        observations += [pending, *scaling_up.scale_up_refusals(subject, events)]
    ready = o.is_ready(pod)
    if not _has_its_volumes(pod):
        observations += _mount_failures(pod, subject, events)
    if ready or not (o.meta(pod).get("deletionTimestamp") or not o.status(pod) or _is_starting(pod, events, now)):
        observations.append(_serving(pod, subject, ready, now))
    return observations


def start_time(pod: Obj) -> timedelta:
    """How long the pod's own probes allow it to become ready."""
    longest = 0
    for _, container in o.containers(pod):
        total = 0
        for name in ("startupProbe", "readinessProbe"):
            probe = container.get(name) or {}
            total += int(probe.get("initialDelaySeconds") or 0)
            if name == "startupProbe" and probe:
                total += int(probe.get("failureThreshold") or 3) * int(probe.get("periodSeconds") or 10)
        longest = max(longest, total)
    return timedelta(seconds=longest)


def _eviction(pod: Obj, subject: Subject, events: Sequence[Obj]) -> Observation | None:
    """By its status, or by its event alone: a pod that ended with 0 keeps no other trace."""
    eviction_event = next((e for e in events if departures.is_removal(e)), None)
    by_status = o.status(pod).get("reason") in ("Evicted", "Preempting", "NodeShutdown", "Terminated")
    if not by_status and (eviction_event is None or not o.is_over(pod)):
        return None
    message = str(o.status(pod).get("message") or (eviction_event or {}).get("message") or "")
    at = o.last_seen(eviction_event) if eviction_event else o.instant(o.status(pod).get("startTime"))
    reason = str(o.status(pod).get("reason") or (eviction_event or {}).get("reason") or "")
    target = str(o.condition(pod, "DisruptionTarget").get("reason", ""))
    return Observation(
        code="pod.evicted",
        subject=subject,
        at=at,
        attributes=departures.why(message, reason, target),
        excerpt=excerpt(message),
    )


def _rejection(pod: Obj, subject: Subject) -> Observation | None:
    """The scheduler placed it, and the kubelet of that node refused to start any container of it."""
    status = o.status(pod)
    reason, node = str(status.get("reason") or ""), str(o.spec(pod).get("nodeName") or "")
    if not reason or not node or reason == "DeadlineExceeded" or status.get("containerStatuses"):
        return None
    return Observation(
        code="pod.rejected",
        subject=subject,
        at=o.instant(status.get("startTime")) or o.created_at(pod),
        attributes={"reason": reason, "node": f"Node/{node}"},
        excerpt=excerpt(str(status.get("message") or "")),
    )


def _failure(pod: Obj, subject: Subject) -> Observation:
    ends = [t for s in o.status(pod).get("containerStatuses") or [] if (t := (s.get("state") or {}).get("terminated"))]
    worst = next((t for t in ends if t.get("exitCode")), ends[0] if ends else {})
    reason = o.status(pod).get("reason") or worst.get("reason") or "Failed"
    text = str(o.status(pod).get("message") or worst.get("message") or "")
    return Observation(
        code="pod.failed",
        subject=subject,
        at=o.instant(worst.get("finishedAt")),
        attributes={"reason": str(reason)},
        excerpt=excerpt(text),
    )


def _was_to_run_on(pod: Obj) -> bool:
    """Whether its end is nobody's plan: a controller keeps it, and its containers are always started again."""
    is_controlled = o.owner(pod)[0] in ("ReplicaSet", "StatefulSet", "DaemonSet")
    return (
        is_controlled
        and o.spec(pod).get("restartPolicy", "Always") == "Always"
        and not o.meta(pod).get("deletionTimestamp")
    )


def _unexplained_end(pod: Obj, subject: Subject) -> Observation:
    """An end without a reason in the status: the node put the pod out, and its containers ended with 0."""
    states = [s.get("state") or {} for s in o.status(pod).get("containerStatuses") or []]
    ends = [t for state in states if (t := o.instant((state.get("terminated") or {}).get("finishedAt"))) is not None]
    sizes = [
        f"{volume.get('name')} {volume['emptyDir']['sizeLimit']}"
        for volume in o.spec(pod).get("volumes") or []
        if (volume.get("emptyDir") or {}).get("sizeLimit")
    ]
    limits_text = f"; size limits of its emptyDir volumes: {', '.join(sizes)}" if sizes else ""
    return Observation(
        code="pod.ended",
        subject=subject,
        at=max(ends, default=o.created_at(pod)),
        attributes={"local_limits": sizes},
        excerpt=excerpt(f"a pod that should keep running has ended, as after an eviction{limits_text}"),
    )


def _pending(pod: Obj, subject: Subject, events: Sequence[Obj]) -> Observation | None:
    if o.spec(pod).get("nodeName"):
        return None
    condition = o.condition(pod, "PodScheduled")
    failed = [e for e in events if e.get("reason") == "FailedScheduling"]
    if condition.get("status") != "False" and not failed:
        return None
    message = str(
        condition.get("message") or (failed[-1].get("message") if failed else "") or condition.get("reason") or ""
    )
    at = o.instant(condition.get("lastTransitionTime")) or (o.first_seen(failed[0]) if failed else None)
    return Observation(
        code="pod.unschedulable",
        subject=subject,
        at=at or o.created_at(pod),
        attributes=scheduler_words.refusal(message),
        excerpt=excerpt(message),
    )


def _has_its_volumes(pod: Obj) -> bool:
    """Whether a container got past its creation: volumes come first, so what failed before is history."""
    statuses = [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]
    states = [s.get("state") or {} for s in statuses]
    waits = [(s.get("waiting") or {}).get("reason") for s in states]
    return any("running" in s or "terminated" in s for s in states) or any(w and w not in _BEFORE for w in waits)


def _mount_failures(pod: Obj, subject: Subject, events: Sequence[Obj]) -> list[Observation]:
    """One observation a volume, with the event that names the cause preferred."""
    by_volume: dict[str, Observation] = {}
    for event in events:
        if event.get("reason") not in _MOUNT_REASONS:
            continue
        text = str(event.get("message", ""))
        match = _VOLUME.search(text)
        volume = (match[1] or match[2]) if match else ""
        kind, name = _missing(text, volume, pod)
        if volume in by_volume and not name:
            continue
        by_volume[volume] = Observation(
            code="pod.mount_failed",
            subject=subject,
            at=o.first_seen(event),
            attributes={
                "volume": volume,
                "missing_kind": kind,
                "missing_name": name,
                "why": _why_unmounted(text, name),
            },
            excerpt=both_ends(text),
        )
    return list(by_volume.values())


def _why_unmounted(text: str, missing: str) -> str:
    return "missing" if missing else next((name for name, words in _WHY if words.search(text)), "unknown")


def _missing(text: str, volume: str, pod: Obj) -> tuple[str, str]:
    if match := _NOT_FOUND.search(text):
        return _KINDS[match[1].lower()], match[2]
    if match := _NO_KEY.search(text):
        kind = _KINDS[match[1].lower()]
        volume_spec: Obj = next((v for v in o.spec(pod).get("volumes") or [] if v.get("name") == volume), {})
        for source, (of, key) in _SOURCES.items():
            if of == kind and source in volume_spec:
                return kind, str(volume_spec[source].get(key, ""))
        return kind, ""
    return "", ""


def _is_starting(pod: Obj, events: Sequence[Obj], now: datetime) -> bool:
    """Whether the pod is new, by whatever shows its age, and nothing went wrong in it yet.

    A node that is lost makes no pod start, and one that nobody placed or looked at may have no scheduler.
    """
    if o.status(pod).get("phase") == "Unknown" or _is_unseen(pod):
        return False
    times = [o.created_at(pod), o.instant(o.status(pod).get("startTime")), *(o.first_seen(e) for e in events)]
    began = min((t for t in times if t is not None), default=None)
    if began is None or now - began > STARTING + start_time(pod):
        return False
    statuses = [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]
    waits = [((s.get("state") or {}).get("waiting") or {}).get("reason") for s in statuses]
    exit_codes = [((s.get("state") or {}).get("terminated") or {}).get("exitCode") for s in statuses]
    return (
        not any(s.get("restartCount") for s in statuses) and not any(exit_codes) and set(waits) <= {None, "", *_BEFORE}
    )


def _is_unseen(pod: Obj) -> bool:
    """Whether it waits and neither the scheduler nor a kubelet has said anything of it."""
    status = o.status(pod)
    progress = o.spec(pod).get("nodeName") or status.get("conditions") or status.get("containerStatuses")
    return status.get("phase") == "Pending" and not progress


def _serving(pod: Obj, subject: Subject, ready: bool, now: datetime) -> Observation:
    condition = o.condition(pod, "Ready")
    changed = o.instant(condition.get("lastTransitionTime"))
    since = changed or o.created_at(pod)
    attributes: dict[str, Any] = {"seconds": max(0, int((now - since).total_seconds())) if since else 0}
    if not ready:
        attributes["reason"] = _why_not(pod, condition)
    return Observation(
        code="pod.ready" if ready else "pod.not_ready",
        subject=subject,
        at=since if ready or changed or not condition else None,  # it may have served for long before
        attributes=attributes,
        excerpt="" if ready else excerpt(str(condition.get("message") or "")),
    )


def _why_not(pod: Obj, condition: Obj) -> str:
    """What the first waiting container waits for, else what the Ready condition says."""
    statuses = [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]
    waits = [(s.get("state") or {}).get("waiting", {}).get("reason") for s in statuses]
    specific = [w for w in waits if w and w not in _BEFORE]
    if specific:
        return str(specific[0])
    return str(condition.get("reason") or next((w for w in waits if w), "") or o.status(pod).get("phase") or "unknown")
