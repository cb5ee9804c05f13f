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
    "container.env_differs": "its variables differ from the template's: added, removed, changed (lists of names)",
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
    "cronjob.missed": "a CronJob did not start when it should have: schedule, due, last",
    "cronjob.never_succeeded": "no run of a CronJob ended well yet: last",
    "workload.too_large": "its pod asks for more than any node can give: resource, requested, largest",
    # rollouts (subject: the workload)
    "rollout.started": "a new revision came: revision, image, changes (list), revision_before",
    "rollout.stuck": "the newest revision does not become available: revision, reason",
    "rollout.earlier_revision": "a revision to return to exists: revision, image, ready (pods of it that serve now)",
    "rollout.newest_failing": "pods of the newest revision fail: revision, failing, of",
    "rollout.earlier_healthy": "pods of an earlier revision serve or served without restarts: revision",
    # services, nodes, volumes, quota
    "service.no_endpoints": "a Service has no ready endpoint: selector",
    "service.selects_nothing": "a Service's selector matches no pod: selector, near",
    "service.port_mismatch": (
        "no pod of a Service has the port it sends to: port, target_port, by_name (a missing name never works, a number"
        " may only be undeclared), declared (list)"
    ),
    "service.has_endpoints": "a Service has ready endpoints: ready",
    "node.not_ready": "a node does not report or is not ready: reason, message",
    "node.pressure": "a node lacks memory, disk or process ids: condition, message",
    "node.closed": "a node takes no new pods: why (cordoned|taint), taint",
    "node.full": "the requests of its pods leave no room: resource, requested, allocatable",
    "node.condition": "another condition of a node tells trouble: condition, status (True|False|Unknown), message",
    "volume.claim_pending": "a claim is not bound: storage_class, message",
    "volume.claim_lost": "a claim has lost its volume: volume",
    "volume.unused": "a volume is not in use: phase (Available|Released|Pending), claim",
    "volume.failed": "a volume could not be reclaimed: message",
    "event.warning": "another warning event: reason, message, count, first, last",
    # changes of any object
    "change.made": "it was changed: what (created|written|scaled|rolled_out|event), by, fields (list)",
    # references, of a workload's template or of any other object
    "reference.missing": "it refers to an object, or to a key or port of one, that is not there: kind, name, key, near",
    "selector.takes_nothing": "the selector of a budget, policy or controller takes no pod: selector",
    # what steers, restrains or routes
    "scaler.blocked": "an autoscaler cannot act: condition, reason",
    "scaler.at_maximum": "an autoscaler wants more than its maximum: replicas, maximum",
    "budget.exhausted": "a budget allows no eviction: healthy, desired, expected, draining (list of nodes)",
    "budget.overlap": "several budgets cover its pods, so none can be evicted: budgets (list)",
    "quota.exhausted": "nothing is left of a quota: resource, used, hard",
    "webhook.unserved": (
        "nobody answers for an admission webhook: webhook, service, failure_policy (Fail|Ignore), reason"
        " (service_missing|no_endpoints)"
    ),
    "path.denied": "NetworkPolicies of one side let no such connection through: direction, port, policies (list)",
    "path.open": "nothing that was read stands between two ends: port, target_port",
    "ingress.no_class": "no controller serves an Ingress: it names no class and there is no default one",
    "ingress.port_error": "a load balancer could not open a port: port, reason",
    # objects of any kind
    "deletion.stuck": "it was deleted and does not go: seconds, finalizers (list), message",
    # logs
    "log.error": "an error line: message, count, first, last",
    "log.env_missing": "the application says that a variable is not set: variable, count",
    "log.connection_failed": "the application cannot reach an address: address, why, count, first, last",
    "log.throttled": "the application is throttled by a service it calls: service, resource, count",
    "log.out_of_memory": "the application or kernel says that memory ran out: count",
    "log.no_errors": "the lines looked at hold no error: lines",
    "log.first_error": "the error or stack trace of the window that came first: message, stream, stack_trace",
    "log.kind_appeared": "lines of a kind that the baseline does not have: pattern, severity, count, first",
    "log.kind_changed": "lines of a kind are more, fewer or gone: pattern, severity, count, before, first",
    "log.rate_changed": "lines a minute left their level: kind (all|errors|matching), before, now, onset, peak",
    # hygiene: nothing is broken; told only when asked for
    "hygiene.image_unpinned": "an image without a tag, or with `latest`: container, image",
    "hygiene.no_probes": "a container of a Service's pods has no such probe: container, missing (list)",
    "hygiene.no_limits": "a container has no requests or limits: container, missing (list)",
    "hygiene.default_account": "it uses the account `default`",
    "hygiene.no_controller": "a bare pod: nothing makes it again when it is gone",
    "hygiene.no_budget": "several replicas and no PodDisruptionBudget: replicas",
    "hygiene.single_endpoint": "one endpoint serves a whole Service",
    "hygiene.no_policy": "no NetworkPolicy is about a direction of its traffic: directions (list)",
    "hygiene.policy_one_sided": "a NetworkPolicy takes all pods, or names peers that are not there: what",
    "hygiene.suspended": "it is suspended",
    "hygiene.unused": "nothing refers to it",
    "hygiene.wildcard_role": "a role allows everything on something: what",
    # metrics and alarms
    "alarm.firing": "an alarm or alert is on: alarm, metric, threshold, since, value",
    "alarm.ok": "an alarm or alert is off: alarm, since, last_fired",
    "alarm.no_data": "an alarm has too little data: alarm, since",
    "alarm.muted": "an alarm calls nobody: alarm, by, until",
    "alarm.redefined": "an alarm's definition was changed: alarm, what",
    "rule.failing": "an alerting or recording rule cannot be evaluated: rule, group, error",
    "target.down": "what is scraped for metrics does not answer, so it tells nothing: job, instance, error",
    "metric.level_changed": "a metric left its earlier level: metric, statistic, before, now, onset",
    "metric.back_to_normal": "a metric was off its level and has returned: metric, statistic, peak, now, recovered",
    "metric.steady": "a metric shows no change in the window: metric, statistic, value",
    "metric.missing": "a metric has no data in the window: metric",
    "metric.spiked": "it left everything seen before: metric, statistic, value, side, least, greatest",
    "metric.trending": "it rises or falls steadily: metric, statistic, per_hour, from, to, limit, reaches",
    "metric.saturated": "it is at its limit: metric, statistic, value, limit, since",
    "metric.seasonal": "it repeats itself: metric, statistic, cycle (daily|hourly), strength, explains_change",
    "metric.moved_with": "it moved when a symptom did: metric, statistic, symptom, lag_seconds, correlation, order",
    "table.throttled": "requests are refused: table, direction, events, refused, consumed, provisioned, demand",
    "table.within_capacity": "a DynamoDB table has room: table, consumed, provisioned",
    "database.unreachable": "a database shows no connections where it had some: database, before, now",
    "database.available": "a database serves connections: database, connections",
    "suspect.ranked": "a component's own trouble, by statistics alone: component, metric, off, own, rank",
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
    "scales": "autoscaler and the workload it sizes",
    "guards": "PodDisruptionBudget or NetworkPolicy and the workload of the pods it takes",
    "limits": "ResourceQuota and a workload of its namespace",
    "routes_to": "Ingress or webhook configuration and the Service it sends to",
    "bound_to": "claim and its volume",
    "calls": "workload and what its requests need (table, database, address, other workload)",
    "watches": "alarm and what its metric is about",
    "logs_to": "workload and log group",
}
