"""How much an observation of a sweep weighs: something fails now, something is worth a note, or neither."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, Literal

from mcp_servers.contract.facts import Observation

State = Literal["failing", "noted", "hygiene", ""]

# What fails now, the nearer to a cause the earlier: order of groups and of facts within one.
FAILING: Final = (
    "node.not_ready",
    "node.pressure",
    "node.condition",
    "webhook.unserved",
    "workload.pods_refused",
    "range.broken",
    "container.image_pull_failed",
    "container.config_missing",
    "pod.mount_failed",
    "pod.network_failed",
    "pod.sandbox_failed",
    "container.start_failed",
    "container.crash_looping",
    "container.init_unfinished",
    "pod.partly_running",
    "workload.too_large",
    "pod.unschedulable",
    "pod.rejected",
    "pod.scale_up_refused",
    "container.probe_failing",
    "rollout.newest_failing",
    "rollout.stuck",
    "volume.claim_lost",
    "volume.claim_pending",
    "volume.failed",
    "job.failed",
    "job.held_open",
    "workload.unavailable",
    "pod.failed",
    "pod.ended",
    "pod.evicted",
    "pod.not_ready",
    "service.selects_nothing",
    "service.absent",
    "service.port_mismatch",
    "service.protocol_mismatch",
    "reference.missing",
    "scaler.blocked",
    "scaler.unfit",
    "deletion.stuck",
    "cronjob.unreadable",
    "cronjob.missed",
    "budget.exhausted",
    "budget.blocks_drain",
    "node.not_joined",
    "node.leaving",
    "placement.unmet",
    "ingress.no_backend",
    "ingress.no_class",
    "ingress.no_route",
    "ingress.port_error",
    "service.node_local",
    "service.no_endpoints",
)
NOTED: Final = (
    "container.oom_killed",
    "container.ended_with_error",
    "container.restarted",
    "quota.exhausted",
    "quota.too_small",
    "scaler.at_maximum",
    "workload.pods_removed",
    "node.full",
    "node.closed",
    "reference.gone",
    "budget.overlap",
    "selector.takes_nothing",
    "service.mixed_backends",
    "cronjob.never_succeeded",
    "container.resources_differ",
    "container.env_differs",
    "volume.unused",
    "workload.scaled_to_zero",
    "event.warning",
)
CONTEXT: Final = (  # kept beside what fails
    *("rollout.started", "rollout.earlier_revision", "rollout.earlier_healthy"),
    *("workload.scaled", "telemetry.interrupted"),
)
# They stay until somebody removes them.
PODS_OF_THE_PAST: Final = ("pod.failed", "pod.rejected", "pod.ended", "pod.evicted")
MANY: Final = 5  # restarts worth a note, however long ago
LATELY: Final = timedelta(hours=1)
REPEATED: Final = 3  # times that a warning came lately
_RANK: Final = {code: place for place, code in enumerate((*FAILING, *NOTED))}


def rank(code: str) -> int:
    """The place of a code in the order of weight; lower is heavier."""
    return _RANK.get(code, len(_RANK))


def state(x: Observation, now: datetime, serving: Collection[str] = ()) -> State:
    """What an observation says about its subject. `serving` are the workloads, as `Kind/namespace/name`, that have
    all pods they want: their pods of the past are no failure any more."""
    if x.code.startswith("hygiene."):
        return "hygiene"
    if x.code in PODS_OF_THE_PAST and serving:
        return "noted"
    if x.code == "service.port_mismatch":
        return "failing" if x.attributes["by_name"] else "noted"
    if x.code == "service.node_local":
        return "failing" if x.attributes.get("cuts_off") else ""
    if x.code == "budget.exhausted":
        return "failing" if x.attributes["draining"] else "noted"
    if x.code == "webhook.unserved":
        return "failing" if x.attributes["failure_policy"] == "Fail" else "noted"
    if x.code == "container.env_differs":  # what is only added is how injection works
        return "noted" if x.attributes["changed"] or x.attributes["removed"] else ""
    if x.code in FAILING:
        return "failing"
    if x.code in ("container.restarted", "container.ended_with_error"):
        often = int(str(x.attributes.get("restarts", 0))) >= MANY
        return "noted" if often or (x.at is not None and now - x.at < LATELY) else ""
    if x.code == "event.warning":
        return "noted" if _goes_on(x, now) else ""
    return "noted" if x.code in NOTED else ""


def _goes_on(warning: Observation, now: datetime) -> bool:
    last = warning.attributes.get("last")
    lately = bool(last) and now - datetime.fromisoformat(str(last)) < LATELY / 4
    return lately and int(str(warning.attributes.get("count", 1))) >= REPEATED
