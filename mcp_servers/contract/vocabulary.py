"""The closed lists of observation codes and relations, with what each means and which attributes it carries.

A server emits no other code, a failure class names no other: tests hold both. Attributes are named after the field
of the source where there is one. All counts are whole numbers, all times RFC 3339. Of a table,
`refused`, `consumed` and `provisioned` are units a second, the first two at their highest.
"""

from __future__ import annotations

from typing import Final

OBSERVATIONS: Final[dict[str, str]] = {
    # containers (subject: Pod; attribute `container` always)
    "container.crash_looping": "keeps ending and is restarted with back-off: restarts, exit_code, reason",
    "container.ended_with_error": "the last run ended non-zero: exit_code, reason, ran_seconds",
    "container.oom_killed": "the kernel killed it at its memory limit: memory_limit, restarts, exit_code",
    "container.image_pull_failed": "its image cannot be had: image, why (not_found|unauthorized|unreachable|unknown)",
    "container.config_missing": "a ConfigMap, Secret or key it needs is not there: missing_kind, missing_name, key",
    "container.start_failed": "the runtime could not start it: reason",
    "container.probe_failing": "a probe fails now: probe (liveness|readiness|startup), count",
    "container.restarted": "it was restarted and runs now: restarts, exit_code, reason",
    "container.resources_differ": "its resources differ from the workload's template: declared, running",
    # pods
    "pod.mount_failed": "a volume cannot be mounted: volume, missing_kind, missing_name",
    "pod.unschedulable": "no node takes it: message",
    "pod.evicted": "a node removed it: message",
    "pod.not_ready": "it does not serve: reason, seconds",
    "pod.ready": "it serves: seconds",
    "pod.failed": "it ended and is not restarted: reason",
    # workloads
    "workload.available": "all wanted replicas serve: desired, ready",
    "workload.unavailable": "fewer replicas serve than wanted: desired, ready",
    "workload.scaled_to_zero": "no replica is wanted",
    "workload.pods_refused": "pods cannot be created: reason (quota|admission|service_account|unknown), message",
    "workload.absent": "no workload of that name exists: near (list of near names)",
    "job.failed": "a Job gave up: reason, message",
    # rollouts (subject: the workload)
    "rollout.started": "a new revision came: revision, image, changes (list), revision_before",
    "rollout.stuck": "the newest revision does not become available: revision, reason",
    "rollout.earlier_revision": "a revision to return to exists: revision, image, ready (pods of it that serve now)",
    "rollout.newest_failing": "pods of the newest revision fail: revision, failing, of",
    "rollout.earlier_healthy": "pods of an earlier revision serve or served without restarts: revision",
    # services, nodes, volumes, quota
    "service.no_endpoints": "a Service has no ready endpoint: selector",
    "service.selects_nothing": "a Service's selector matches no pod: selector, near",
    "service.has_endpoints": "a Service has ready endpoints: ready",
    "node.not_ready": "a node does not report or is not ready: reason, message",
    "node.pressure": "a node lacks memory, disk or process ids: condition, message",
    "volume.claim_pending": "a claim is not bound: storage_class, message",
    "event.warning": "another warning event: reason, message, count, first, last",
    # references of a workload to configuration
    "reference.missing": "the pod template refers to an object or key that is not there: kind, name, key, near",
    # logs
    "log.error": "an error line: message, count, first, last",
    "log.env_missing": "the application says that a variable is not set: variable, count",
    "log.connection_failed": "the application cannot reach an address: address, why, count, first, last",
    "log.throttled": "the application is throttled by a service it calls: service, resource, count",
    "log.out_of_memory": "the application or kernel says that memory ran out: count",
    "log.no_errors": "the lines looked at hold no error: lines",
    # metrics and alarms
    "alarm.firing": "an alarm or alert is on: alarm, metric, threshold, since, value",
    "alarm.ok": "an alarm or alert is off: alarm, since, last_fired",
    "alarm.no_data": "an alarm has too little data: alarm, since",
    "metric.level_changed": "a metric left its earlier level: metric, statistic, before, now, onset",
    "metric.back_to_normal": "a metric was off its level and has returned: metric, statistic, peak, now, recovered",
    "metric.steady": "a metric shows no change in the window: metric, statistic, value",
    "metric.missing": "a metric has no data in the window: metric",
    "table.throttled": "requests are refused: table, direction, events, refused, consumed, provisioned, demand",
    "table.within_capacity": "a DynamoDB table has room: table, consumed, provisioned",
    "database.unreachable": "a database shows no connections where it had some: database, before, now",
    "database.available": "a database serves connections: database, connections",
    # runbooks
    "runbook.found": "a runbook that may serve: document, version, mutating (yes|no|unknown), tags (list)",
    "automation.ended": "an automation came to its end: execution, status",
    "automation.under_way": "an automation runs or waits: execution, status",
}

RELATIONS: Final[dict[str, str]] = {
    "owns": "controller and what it created",
    "selects": "Service and the pods or workload it sends to",
    "refers_to": "workload and the ConfigMap, Secret, claim or account that its template names",
    "runs_on": "pod and node",
    "calls": "workload and what its requests need (table, database, address, other workload)",
    "watches": "alarm and what its metric is about",
    "logs_to": "workload and log group",
}
