"""What holds a pod up at the two ends of its life beside its probes: readiness gates, hooks, a long grace period."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

GATE_TIME: Final = timedelta(minutes=2)  # in which a load balancer takes a new target
ENDING_TIME: Final = timedelta(minutes=2)  # what stops by itself does so within the usual grace period of 30 s
_HOOKS: Final = {"FailedPostStartHook": "post_start", "FailedPreStopHook": "pre_stop"}
_CONTAINER: Final = re.compile(r"Container \"?([\w-]+)\"? |containers\{([\w-]+)\}")


def observe(pod: Obj, subject: Subject, events: Sequence[Obj], now: datetime) -> Iterator[Observation]:
    if o.is_over(pod):
        return
    yield from _gates(pod, subject, now)
    yield from _hooks(pod, subject, events)
    yield from _ending(pod, subject, now)


def _gates(pod: Obj, subject: Subject, now: datetime) -> Iterator[Observation]:
    """Conditions of others that are not true, while all that the kubelet itself asks for is."""
    ready = o.condition(pod, "ContainersReady")
    since = o.instant(ready.get("lastTransitionTime"))
    if ready.get("status") != "True" or o.is_ready(pod) or since is None or now - since < GATE_TIME:
        return
    for gate in o.spec(pod).get("readinessGates") or []:
        type_ = str(gate.get("conditionType", ""))
        condition = o.condition(pod, type_)
        if condition.get("status") == "True":
            continue
        message = str(condition.get("message") or condition.get("reason") or "")
        attributes = {
            "gate": type_,
            "state": "false" if condition else "missing",
            "message": excerpt(message),
            "seconds": int((now - since).total_seconds()),
        }
        yield Observation(
            code="pod.gate_unmet", subject=subject, at=since, attributes=attributes, excerpt=excerpt(message)
        )


def _hooks(pod: Obj, subject: Subject, events: Sequence[Obj]) -> Iterator[Observation]:
    """One observation for each kind of hook, by its newest event."""
    newest = {str(e.get("reason")): e for e in events if e.get("reason") in _HOOKS}
    for reason, event in newest.items():
        message = str(event.get("message") or "")
        place = str((event.get("involvedObject") or {}).get("fieldPath") or "")
        match = _CONTAINER.search(place) or _CONTAINER.search(message)
        hook_containers = [str(c.get("name", "")) for _, c in o.containers(pod) if _hook(c, _HOOKS[reason])]
        container = (
            next(filter(None, match.groups()), "")
            if match
            else (hook_containers[0] if len(hook_containers) == 1 else "")
        )
        attributes = {
            "container": container,
            "hook": _HOOKS[reason],
            "count": o.times_seen(event),
            "message": excerpt(message),
        }
        yield Observation(
            code="container.hook_failed",
            subject=subject,
            at=o.first_seen(event),
            attributes=attributes,
            excerpt=excerpt(message),
        )


def _ending(pod: Obj, subject: Subject, now: datetime) -> Iterator[Observation]:
    """A deletion carries the time at which its grace period is over; what lasts beyond that is a stuck deletion."""
    over = o.instant(o.meta(pod).get("deletionTimestamp"))
    grace = int(o.meta(pod).get("deletionGracePeriodSeconds") or o.spec(pod).get("terminationGracePeriodSeconds") or 0)
    if over is None or over <= now:
        return
    deleted_at = over - timedelta(seconds=grace)
    if now - deleted_at >= ENDING_TIME:
        attributes = {
            "grace_seconds": grace,
            "seconds": int((now - deleted_at).total_seconds()),
            "hook": any(_hook(c, "pre_stop") for _, c in o.containers(pod)),
        }
        yield Observation(code="pod.ending_slowly", subject=subject, at=deleted_at, attributes=attributes)


def _hook(container: Obj, which: str) -> bool:
    return bool((container.get("lifecycle") or {}).get({"post_start": "postStart", "pre_stop": "preStop"}[which]))
