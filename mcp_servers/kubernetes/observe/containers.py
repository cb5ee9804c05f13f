"""What containers of a pod show: how their last run ended and whether that goes on. Pure functions.

Why they do not start and which probe fails is read by `extract_starts` and `extract_probes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.observe import probes as extract_probes
from mcp_servers.kubernetes.observe import starts as extract_starts
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.container_views import ContainerView, lasted, looks
from mcp_servers.kubernetes.snapshot.objects import Obj

LOOPING: Final = 3  # restarts from which a container that runs for a moment is still in its loop
BACK_OFF_MEMORY: Final = timedelta(minutes=10)  # the kubelet forgets crashes after as long without one


def observe(pod: Obj, subject: Subject, events: Sequence[Obj], now: datetime) -> list[Observation]:
    """All observations on the pod's containers, init containers first."""
    observations: list[Observation] = []
    for look in looks(pod, subject, events, now):
        observations += [*_ends(look), *extract_starts.observe(look), *extract_probes.observe(look)]
    return observations


def _ends(look: ContainerView) -> list[Observation]:
    """How its last run ended, and whether that goes on."""
    last_run = look.last_ended
    if not last_run and not look.restarts and look.waiting.get("reason") != "CrashLoopBackOff":
        return []
    code, reason = int(last_run.get("exitCode") or 0), str(last_run.get("reason") or "")
    at = o.instant(last_run.get("finishedAt"))
    text = last_run.get("message") or ""
    observations = []
    if reason == "OOMKilled":
        limit = str(((look.container.get("resources") or {}).get("limits") or {}).get("memory", ""))
        observations.append(
            look.observed(
                "container.oom_killed",
                at,
                text,
                memory_limit=limit,
                restarts=look.restarts,
                exit_code=code or 137,
                **_ran(last_run),
            )
        )
    if code:
        attributes: dict[str, Any] = {"exit_code": code, "reason": reason or "Error", **_ran(last_run)}
        observations.append(look.observed("container.ended_with_error", at, text, **attributes))
    if _is_looping(look):
        since = look.began("BackOff") or o.instant(last_run.get("startedAt")) or at
        why = extract_starts.without_layers(text) or look.waiting.get("message") or ""
        details: dict[str, Any] = {"exit_code": code} if last_run else {}
        observations.append(
            look.observed(
                "container.crash_looping",
                since,
                why,
                restarts=look.restarts,
                **details,
                reason=reason or str(look.waiting.get("reason") or "Error"),
            )
        )
    elif look.running is not None and look.restarts:
        when = at or o.instant(look.running.get("startedAt"))
        details = {"exit_code": code, "reason": reason} if last_run else {}
        observations.append(look.observed("container.restarted", when, text, restarts=look.restarts, **details))
    return observations


def _is_looping(look: ContainerView) -> bool:
    """Waiting in back-off, ended after an earlier restart, or running only since a moment after several."""
    if look.waiting:
        return look.waiting.get("reason") == "CrashLoopBackOff" and not extract_starts.held_up(look)
    if not look.restarts_itself or o.is_over(look.pod):
        return False
    last_run = look.last_ended
    if look.running is None:
        return bool(last_run) and look.restarts > 0 and int(last_run.get("exitCode") or 0) != 0
    started, finished, ran = (
        o.instant(look.running.get("startedAt")),
        o.instant(last_run.get("finishedAt")),
        lasted(last_run),
    )
    if look.restarts < LOOPING or started is None or finished is None or ran is None or look.status.get("ready"):
        return False
    return look.now - finished < BACK_OFF_MEMORY and look.now - started < max(2 * ran, timedelta(seconds=30))


def _ran(run: Obj) -> dict[str, int]:
    ran = lasted(run)
    return {"ran_seconds": int(ran.total_seconds())} if ran is not None else {}
