"""What metrics, alarms and managed services show, and what runbooks did."""

from __future__ import annotations

from typing import Final

MEASURED: Final[dict[str, str]] = {
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
    "metric.within_bounds": "a metric moved, far from where it would hurt: metric, statistic, before, now",
    "metric.stopped": "a metric had data and has none any more, or hardly any: metric, last, seconds",
    "alarm.often_crossed": (
        "what it measures crossed its threshold now and then before as well: alarm, threshold, crossed, of, least,"
        " greatest"
    ),
    "traffic.surged": "requests are several times what they were: metric, before, now, factor, since",
    "traffic.not_surged": "requests are not several times what they were: metric, before, now",
    "requests.served": (
        "requests come, and none of late or as few as ever fail: metric, count, failed, late (of these, in the last"
        " periods), share (per cent), last"
    ),
    "cpu.at_limit": "it uses all the CPU that its limit gives: container, used, limit, share, before (per cent)",
    "cpu.has_room": "it uses less CPU than its limit gives: container, used, limit, share (per cent)",
    "function.at_timeout": (
        "the longest runs of a function all end at the same whole second, and runs fail: seconds, errors, runs, since"
    ),
    "queue.growing": "more messages come than are worked off: sent, deleted (both a minute), waiting, oldest (seconds)",
    "queue.stalled": "messages wait and none is worked off: sent, received (both a minute), waiting, oldest (seconds)",
    "queue.worked_off": "a queue does not grow: waiting, oldest (seconds)",
    "database.short_of": (
        "a database is short of something: of (storage|memory|cpu|io|locks|connections), metric, value, before, limit"
    ),
    "database.replica_behind": (
        "a replica of a database lags: replica, seconds, before, log_rate, log_rate_before, told (event)"
    ),
    "database.replica_in_step": "a replica of a database keeps up: replica, seconds",
    "database.failed_over": "a database went over to its standby: message, ended",
    "database.restarted": "a database was shut down or restarted, for maintenance or by somebody: message, ended",
    "database.told": "what AWS tells of a database: category, message",
    "database.busy_with": "what a database spends its time on: statement, user, wait, share (per cent), load",
    "cache.short_of": "a cache is short of something: of (memory|cpu|connections), metric, value, before, evicted",
    "cache.login_failing": "a cache refuses logins: metric, count",
    "zone.impaired": "the nodes of one zone fail, those of others do not: zone, failing, nodes, others",
    "cloud.trouble": "AWS tells of a trouble of its own: service, zone, category, message",
    "workload.scaled": "the number of its replicas was changed: before, after, way (up|down)",
    "telemetry.interrupted": (
        "a workload that carries metrics, logs or traces away does not serve: image, agent, ready, desired"
    ),
    "node.out_of_memory": "the kernel of a node ended processes for want of memory: message, count, last",
    "node.clock_off": "a node's clock differs from the API server's: seconds",
    # runbooks
    "runbook.found": "a runbook that may serve: document, version, mutating (yes|no|unknown), tags (list)",
    "automation.ended": "an automation came to its end: execution, status",
    "automation.under_way": "an automation runs or waits: execution, status",
}
