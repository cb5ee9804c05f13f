"""What is seen of managed services."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    PAST_TROUBLE,
    REPORTED,
    TROUBLE,
    WELL,
    ObservationType,
    count,
    number,
    one_of,
    scalar,
    text,
    time,
)

CLOUD: Final = (
    ObservationType(
        "table.throttled",
        "requests are refused",
        TROUBLE,
        {
            "table": text(),
            "direction": text(),
            "events": count(),
            "refused": number(),
            "consumed": number(),
            "provisioned": number(),
            "demand": number(),
        },
        sentences=(
            "{direction} requests to {on} are refused: {events} times",
            "requests to {on} are refused: {events} times",
        ),
        felt_by_users=True,
    ),
    ObservationType(
        "table.within_capacity",
        "a DynamoDB table has room",
        WELL,
        {"table": text(), "consumed": number(), "provisioned": number()},
        proves_well=("Table",),
    ),
    ObservationType(
        "database.unreachable",
        "a database shows no connections where it had some",
        TROUBLE,
        {"database": text(), "before": number(), "now": number()},
        sentences=("{on} went from {before} to {now} connections",),
        felt_by_users=True,
    ),
    ObservationType(
        "database.available",
        "a database serves connections",
        WELL,
        {"database": text(), "connections": count()},
        proves_well=("Database",),
    ),
    ObservationType(
        "function.at_timeout",
        "the longest runs of a function all end at the same whole second, and runs fail",
        TROUBLE,
        {"seconds": number(), "errors": count(), "runs": count(), "since": time()},
    ),
    ObservationType(
        "queue.growing",
        "more messages come than are worked off",
        TROUBLE,
        {"sent": number(), "deleted": number("both a minute"), "waiting": count(), "oldest": number("seconds")},
    ),
    ObservationType(
        "queue.stalled",
        "messages wait and none is worked off",
        TROUBLE,
        {"sent": number(), "received": number("both a minute"), "waiting": count(), "oldest": number("seconds")},
    ),
    ObservationType(
        "queue.worked_off",
        "a queue does not grow",
        WELL,
        {"waiting": count(), "oldest": number("seconds")},
        proves_well=("Queue",),
    ),
    ObservationType(
        "database.short_of",
        "a database is short of something",
        TROUBLE,
        {
            "of": one_of("storage", "memory", "cpu", "io", "locks", "connections"),
            "metric": text(),
            "value": scalar(),
            "before": number(),
            "limit": text(),
        },
    ),
    ObservationType(
        "database.replica_behind",
        "a replica of a database lags",
        TROUBLE,
        {
            "replica": text(),
            "seconds": number(),
            "before": number(),
            "log_rate": scalar(),
            "log_rate_before": scalar(),
            "told": text("event"),
        },
    ),
    ObservationType(
        "database.replica_in_step",
        "a replica of a database keeps up",
        WELL,
        {"replica": text(), "seconds": scalar()},
        proves_well=("Database",),
    ),
    ObservationType(
        "database.failed_over",
        "a database went over to its standby",
        PAST_TROUBLE,
        {"message": text(), "ended": time()},
    ),
    ObservationType(
        "database.restarted",
        "a database was shut down or restarted, for maintenance or by somebody",
        PAST_TROUBLE,
        {"message": text(), "ended": time()},
    ),
    ObservationType("database.told", "what AWS tells of a database", NEUTRAL, {"category": text(), "message": text()}),
    ObservationType(
        "database.busy_with",
        "what a database spends its time on",
        NEUTRAL,
        {"statement": text(), "user": text(), "wait": text(), "share": number("per cent"), "load": number()},
    ),
    ObservationType(
        "cache.short_of",
        "a cache is short of something",
        TROUBLE,
        {
            "of": one_of("memory", "cpu", "connections"),
            "metric": text(),
            "value": number(),
            "before": number(),
            "evicted": count(),
        },
    ),
    ObservationType("cache.login_failing", "a cache refuses logins", TROUBLE, {"metric": text(), "count": count()}),
    ObservationType(
        "cloud.trouble",
        "AWS tells of a trouble of its own",
        REPORTED,
        {"service": text(), "zone": text(), "category": text(), "message": text()},
    ),
)
