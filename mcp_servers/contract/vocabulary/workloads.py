"""What is seen of containers, pods, workloads and their rollouts."""

from __future__ import annotations

from typing import Final

WORKLOADS: Final[dict[str, str]] = {
    # containers (subject: Pod; attribute `container` always)
    "container.crash_looping": "keeps ending and is restarted with back-off: restarts, exit_code, reason",
    "container.ended_with_error": "the last run ended non-zero: exit_code, reason, ran_seconds",
    "container.oom_killed": "the kernel killed it at its memory limit: memory_limit, restarts, exit_code",
    "container.image_pull_failed": (
        "its image cannot be had: image, why (not_found|unauthorized|hidden|throttled|unreachable|wrong_platform"
        "|unknown; hidden: it is not there, or may not be seen), known (yes|no: whether the workload has run it"
        " before), secrets (list: those it is pulled with)"
    ),
    "container.config_missing": "a ConfigMap, Secret or key it needs is not there: missing_kind, missing_name, key",
    "container.start_failed": (
        "the runtime could not start it: reason, program,"
        " why (not_found|not_executable|wrong_format|no_directory|unknown)"
    ),
    "container.probe_failing": (
        "a probe fails now: probe (liveness|readiness|startup), count, reply (status|refused|timeout|ended|unknown),"
        " status (of the answer), asks (what it asks), port_declared (yes|no|unknown), allowed_seconds (from a start"
        " until it is ended for it), answered (never|before|unknown: whether a run ever gave a good answer)"
    ),
    "container.init_unfinished": "an init container has not ended well, so those after it wait: state, seconds",
    "container.injected": "it is in the pod and not in the workload's template: image",
    "container.restarted": "it was restarted and runs now: restarts, exit_code, reason",
    "container.env_differs": "its variables differ from the template's: added, removed, changed (lists of names)",
    "container.resources_differ": "its resources differ from the workload's template: declared, running",
    # pods
    "pod.mount_failed": (
        "a volume cannot be mounted: volume, missing_kind, missing_name,"
        " why (missing|attached_elsewhere|attach_failed|timeout|unknown)"
    ),
    "pod.unschedulable": (
        "no node takes it: message, why (claim|volume|capacity|ports|spread|affinity|selector|taint|cordoned|node|gated"
        "|unknown), lacks (list of resources), nodes (how many there are)"
    ),
    "pod.evicted": (
        "it was taken off its node: message, why (node_low|local_storage|preempted|taint|drained|shutdown|unknown),"
        " resource, container, using"
    ),
    "pod.scale_up_refused": (
        "no node is added for it: by, why (maximum|cloud_capacity|cloud_quota|no_fit|failed), message"
    ),
    "pod.partly_running": (
        "containers of it run and others do not: running, failing (lists), main_runs (yes|no: the first or default one)"
    ),
    "pod.network_failed": "it is given no network: why (no_addresses|plugin|unknown), message, count",
    "pod.not_ready": "it does not serve: reason, seconds",
    "pod.ready": "it serves: seconds",
    "pod.failed": "it ended and is not restarted: reason",
    "pod.ended": "a pod that was to run on is over, without a reason in its status: local_limits (list)",
    # workloads
    "workload.available": "all wanted replicas serve: desired, ready",
    "workload.unavailable": "fewer replicas serve than wanted: desired, ready",
    "workload.scaled_to_zero": "no replica is wanted: before (replicas, where an event tells)",
    "workload.ends_at_once": (
        "its pods get no time to leave their Service when they end: container, grace_seconds, why (no_hook|no_grace)"
    ),
    "workload.env_repeated": "a variable stands in its template twice, the last counts: container, variable",
    "workload.pods_refused": (
        "pods cannot be created: reason (quota|range|admission|webhook|service_account|rights|unknown), message, by"
        " (the quota, policy or webhook)"
    ),
    "workload.pods_removed": (
        "pods of it that are gone were taken off their nodes: why (as of pod.evicted), by, message, count, first, last"
    ),
    "workload.absent": "no workload of that name exists: near (list of near names)",
    "job.failed": "a Job gave up: reason, message",
    "job.held_open": "its own container has ended and another runs on, so it does not end: running, ended (lists)",
    "job.suspended": (
        "a Job or CronJob is told not to run: schedule, last (its last start), due (of a CronJob the start after that)"
    ),
    "cronjob.missed": "a CronJob did not start when it should have: schedule, due, last",
    "cronjob.unreadable": (
        "a CronJob that can never start: what (schedule|time zone|deadline), schedule, value (what cannot be read)"
    ),
    "cronjob.never_succeeded": "no run of a CronJob ended well yet: last",
    "placement.unmet": (
        "no node is as its pods demand: demand (node_selector|node_affinity|toleration|open_node), wanted, nodes (how"
        " many there are), fitting (list of nodes that are closed to it and fit otherwise)"
    ),
    "workload.holds_most": "it holds most of what the nodes give: resource, requested, share (per cent), pods",
    "workload.too_large": "its pod asks for more than any node can give: resource, requested, largest",
    # rollouts (subject: the workload)
    "rollout.started": (
        "a new revision came: revision, image, changes (list), revision_before, and what is true of restart (nothing"
        " but a restart), new_image, resources, placement, volumes, security"
    ),
    "rollout.stuck": "the newest revision does not become available: revision, reason",
    "rollout.held": "the workload is told not to roll on: why (paused|partition|on_delete), waiting (pods to replace)",
    "rollout.earlier_revision": "a revision to return to exists: revision, image, ready (pods of it that serve now)",
    "rollout.newest_failing": "pods of the newest revision fail: revision, failing, of",
    "rollout.earlier_healthy": "pods of an earlier revision serve or served without restarts: revision",
}
