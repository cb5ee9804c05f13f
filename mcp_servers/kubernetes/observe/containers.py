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
    found: list[Observation] = []
    for look in looks(pod, subject, events, now):
        found += [*_ends(look), *extract_starts.observe(look), *extract_probes.observe(look)]
    return found


def _ends(look: ContainerView) -> list[Observation]:
    """How its last run ended, and whether that goes on."""
    ended = look.last_ended
    if not ended and not look.restarts and look.waiting.get("reason") != "CrashLoopBackOff":
        return []
    code, reason = int(ended.get("exitCode") or 0), str(ended.get("reason") or "")
    at = o.instant(ended.get("finishedAt"))
    text = ended.get("message") or ""
    found = []
    if reason == "OOMKilled":
        limit = str(((look.container.get("resources") or {}).get("limits") or {}).get("memory", ""))
        found.append(
            look.observed(
                "container.oom_killed",
                at,
                text,
                memory_limit=limit,
                restarts=look.restarts,
                exit_code=code or 137,
                **_ran(ended),
            )
        )
    if code:
        attributes: dict[str, Any] = {"exit_code": code, "reason": reason or "Error", **_ran(ended)}
        found.append(look.observed("container.ended_with_error", at, text, **attributes))
    if _is_looping(look):
        since = look.began("BackOff") or o.instant(ended.get("startedAt")) or at
        waiting = look.waiting.get("message") or text
        shown: dict[str, Any] = {"exit_code": code} if ended else {}
        found.append(
            look.observed(
                "container.crash_looping",
                since,
                waiting,
                restarts=look.restarts,
                **shown,
                reason=reason or str(look.waiting.get("reason") or "Error"),
            )
        )
    elif look.running is not None and look.restarts:
        when = at or o.instant(look.running.get("startedAt"))
        shown = {"exit_code": code, "reason": reason} if ended else {}
        found.append(look.observed("container.restarted", when, text, restarts=look.restarts, **shown))
    return found


def _is_looping(look: ContainerView) -> bool:
    """Waiting in back-off, ended after an earlier restart, or running only since a moment after several."""
    if look.waiting:
        return look.waiting.get("reason") == "CrashLoopBackOff" and not extract_starts.held_up(look)
    if not look.restarts_itself or o.is_over(look.pod):
        return False
    ended = look.last_ended
    if look.running is None:
        return bool(ended) and look.restarts > 0 and int(ended.get("exitCode") or 0) != 0
    started, finished, ran = o.instant(look.running.get("startedAt")), o.instant(ended.get("finishedAt")), lasted(ended)
    if look.restarts < LOOPING or started is None or finished is None or ran is None or look.status.get("ready"):
        return False
    return look.now - finished < BACK_OFF_MEMORY and look.now - started < max(2 * ran, timedelta(seconds=30))


def _ran(ended: Obj) -> dict[str, int]:
    ran = lasted(ended)
    return {"ran_seconds": int(ran.total_seconds())} if ran is not None else {}
