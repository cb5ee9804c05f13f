"""Which observations say that something is wrong now, which that something was, and which that all is well.

A code that is in none of the sets is neutral: a fact that explains, but is no trouble by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.vocabulary import OBSERVATIONS

# Wrong now, whoever looks.
ABNORMAL: Final = frozenset(
    {
        "container.crash_looping",
        "container.image_pull_failed",
        "container.config_missing",
        "container.start_failed",
        "container.probe_failing",
        "container.init_unfinished",
        "pod.partly_running",
        "pod.mount_failed",
        "pod.unschedulable",
        "pod.scale_up_refused",
        "pod.not_ready",
        "workload.unavailable",
        "workload.scaled_to_zero",
        "workload.pods_refused",
        "workload.absent",
        "job.failed",
        "job.held_open",
        "job.suspended",
        "rollout.stuck",
        "rollout.newest_failing",
        "service.no_endpoints",
        "service.selects_nothing",
        "service.absent",
        "dns.unanswered",
        "dns.zone_unserved",
        "policy.denies",
        "pod.network_failed",
        "balancer.targets_unhealthy",
        "nat.ports_exhausted",
        "node.not_ready",
        "node.not_joined",
        "node.pressure",
        "placement.unmet",
        "volume.claim_pending",
        "volume.claim_lost",
        "volume.in_other_zone",
        "volume.failed",
        "node.condition",
        "workload.too_large",
        "cronjob.missed",
        "cronjob.unreadable",
        "scaler.blocked",
        "budget.blocks_drain",
        "webhook.unserved",
        "path.denied",
        "ingress.no_backend",
        "ingress.no_class",
        "gitops.out_of_step",
        "ingress.port_error",
        "deletion.stuck",
        "alarm.firing",
        "metric.level_changed",
        "table.throttled",
        "database.unreachable",
        "queue.growing",
        "function.at_timeout",
        "queue.stalled",
        "traffic.surged",
        "cpu.at_limit",
        "database.short_of",
        "database.replica_behind",
        "cache.short_of",
        "cache.login_failing",
        "zone.impaired",
        "node.clock_off",
        "metric.stopped",
        "telemetry.interrupted",
    }
)
# Wrong when it happened; whether it still is depends on how long ago that was and on what is seen besides.
PAST: Final = frozenset(
    {
        "container.oom_killed",
        "container.ended_with_error",
        "container.restarted",
        "pod.evicted",
        "pod.failed",
        "pod.ended",
        "workload.pods_removed",
        "metric.back_to_normal",
        "database.failed_over",
        "database.restarted",
        "node.out_of_memory",
    }
)
# What an application or an event says: trouble for somebody, perhaps not for the one who asks.
SAID: Final = frozenset(
    {
        "log.error",
        "log.env_missing",
        "log.connection_failed",
        "log.access_denied",
        "log.bad_answer",
        "log.flow_rejected",
        "access.denied",
        "log.certificate_invalid",
        "log.mesh_denied",
        "log.api_overloaded",
        "log.api_missing",
        "log.login_failed",
        "log.port_taken",
        "log.start_refused",
        "log.throttled",
        "log.timed_out",
        "log.out_of_memory",
        "log.no_space",
        "event.warning",
        "reference.missing",
        "reference.newer",
        "reference.holds",
        "workload.env_repeated",
        "container.resources_differ",
        "container.env_differs",
        "cronjob.never_succeeded",
        "service.port_mismatch",
        "service.mixed_backends",
        "service.node_local",
        "selector.takes_nothing",
        "scaler.at_maximum",
        "metric.saturated",
        "budget.exhausted",
        "budget.overlap",
        "quota.exhausted",
        "node.closed",
        "node.full",
        "node.leaving",
        "volume.unused",
        "metric.missing",
        "alarm.no_data",
        "target.down",
        "rule.failing",
        "log.pool_exhausted",
        "log.kernel_limit",
        "log.clock_skew",
        "log.message_failed",
        "log.retrying",
        "log.memory_busy",
        "log.cache_refused",
        "cloud.trouble",
    }
)
CALM: Final = frozenset(
    {
        "pod.ready",
        "node.ready",
        "workload.available",
        "rollout.earlier_healthy",
        "service.has_endpoints",
        "path.open",
        "log.no_errors",
        "alarm.ok",
        "metric.steady",
        "table.within_capacity",
        "database.available",
        "metric.within_bounds",
        "database.replica_in_step",
        "traffic.not_surged",
        "cpu.has_room",
        "queue.worked_off",
        "requests.served",
    }
)
# Of these the ones that are read from a state: they hold while they are seen, whenever they began.
STATES: Final = frozenset({"scaler.at_maximum", "budget.exhausted"})
# What is unwise, but breaks nothing.
HYGIENE: Final = frozenset(code for code in OBSERVATIONS if code.startswith("hygiene."))
NEUTRAL: Final = HYGIENE | frozenset(
    {
        "rollout.started",
        "rollout.held",
        "reference.gone",
        "container.injected",
        "workload.ends_at_once",
        "workload.holds_most",
        "rollout.earlier_revision",
        "change.made",
        "workload.dns_elsewhere",
        "access.allowed",
        "log.network_changed",
        "alarm.muted",
        "alarm.redefined",
        "log.first_error",
        "log.kind_appeared",
        "log.kind_changed",
        "log.rate_changed",
        "metric.moved_with",
        "metric.seasonal",
        "metric.spiked",
        "metric.trending",
        "suspect.ranked",
        "runbook.found",
        "automation.ended",
        "automation.under_way",
        "alarm.often_crossed",
        "database.told",
        "database.busy_with",
        "workload.scaled",
    }
)
# How a workload's own pods look while they are being replaced.
PASSING: Final = frozenset(
    {
        "pod.not_ready",
        "container.probe_failing",
        "container.init_unfinished",
        "pod.partly_running",
        "workload.unavailable",
        "rollout.stuck",
        "service.no_endpoints",
        "metric.level_changed",
    }
)

RECENT: Final = timedelta(minutes=10)  # back-off lets at most five minutes pass between two crashes
FLAPPING: Final = 3  # restarts from which a container that runs at the moment is still in trouble
SILENCE: Final = timedelta(seconds=60)  # the least time without a line that says anything
REPEATED: Final = 5  # log lines from which an error is more than a stray one


def instant(value: object) -> datetime | None:
    """A time attribute of an observation, where it can be read."""
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def last_seen(observation: Observation) -> datetime | None:
    """When it last happened, as far as the observation says."""
    return instant(observation.attributes.get("last")) or observation.at


def first_seen(observation: Observation) -> datetime | None:
    return instant(observation.attributes.get("first")) or observation.at


def recent(observation: Observation, now: datetime) -> bool:
    """Within `RECENT` of `now`; what has no time counts as recent, because nothing shows that it is over."""
    when = last_seen(observation)
    return when is None or now - when <= RECENT


def cuts_off(observation: Observation) -> bool:
    """Whether a Service that keeps to its node leaves callers out; without callers that setting is no trouble."""
    return observation.code == "service.node_local" and observation.attributes.get("cuts_off") is True


def fell_silent(observation: Observation, now: datetime) -> bool:
    """Whether lines that came at a steady pace have stopped coming: nothing for far longer than between two of them."""
    first, last = instant(observation.attributes.get("first")), instant(observation.attributes.get("last"))
    count = number(observation.attributes.get("count"))
    if first is None or last is None or count < REPEATED or last - first < SILENCE:
        return False  # lines of one moment have no pace that could have stopped
    return now - last > max(SILENCE, 5 * (last - first) / (count - 1))


def insists(observation: Observation) -> bool:
    """Whether lines of a log are more than a stray one."""
    return number(observation.attributes.get("count")) >= REPEATED


def number(value: object) -> float:
    """A count of an observation; 0 where it has none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
