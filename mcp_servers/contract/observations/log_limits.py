"""What single lines of logs say of what a program is short of, or may not write."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    REPORTED,
    ObservationType,
    count,
    one_of,
    scalar,
    text,
    time,
)

LOG_LIMITS: Final = (
    ObservationType(
        "log.no_space",
        "the application says that a file system is full",
        REPORTED,
        {"path": text(), "count": count(), "first": time(), "last": time()},
        topics=("disk",),
        shows=("disk",),
    ),
    ObservationType(
        "log.write_refused",
        "the application may not write a file or directory",
        REPORTED,
        {"why": one_of("read_only", "permission"), "path": text(), "count": count(), "first": time(), "last": time()},
        sentences=("{on} may not write {path} ({why})",),
        priority=4,
        quotes_source=True,
        topics=("volumes",),
        shows=("errors",),
    ),
    ObservationType(
        "log.database_read_only",
        "a database takes no writes",
        REPORTED,
        {
            "why": one_of("replica", "mode", "disk"),
            "address": text(),
            "count": count(),
            "first": time(),
            "last": time(),
        },
        sentences=("{on} says that its database takes no writes",),
        priority=3,
        quotes_source=True,
        topics=("access",),
        shows=("errors",),
    ),
    ObservationType(
        "log.leadership_lost",
        "the application could not renew its leader lease and gave up the lead",
        REPORTED,
        {"lease": text("namespace/name"), "count": count(), "first": time(), "last": time()},
        sentences=("{on} lost its leader lease, {count} times",),
        priority=3,
        quotes_source=True,
    ),
    ObservationType(
        "log.out_of_memory",
        "the application or kernel says that memory ran out",
        REPORTED,
        {"count": count()},
        topics=("memory",),
        shows=("memory",),
    ),
    ObservationType(
        "log.pool_exhausted",
        "no connection is available",
        REPORTED,
        {
            "where": one_of("server", "pool", "workers", "lock"),
            "address": text(),
            "used": scalar(),
            "size": text(),
            "count": count(),
            "first": time(),
            "last": time(),
        },
        topics=("connections",),
        shows=("connections", "errors"),
    ),
    ObservationType(
        "log.kernel_limit",
        "a limit of the kernel is reached",
        REPORTED,
        {
            "limit": one_of("files", "ports", "shared_memory", "conntrack", "threads", "watches", "neighbours"),
            "count": count(),
            "first": time(),
            "last": time(),
        },
    ),
    ObservationType(
        "log.clock_skew",
        "a time is not accepted because two clocks differ",
        REPORTED,
        {"what": text(), "count": count(), "first": time(), "last": time()},
    ),
    ObservationType(
        "log.message_failed",
        "a message cannot be processed and is redelivered",
        REPORTED,
        {"queue": text(), "message": text(), "count": count(), "first": time(), "last": time()},
    ),
    ObservationType(
        "log.retrying",
        "calls are retried, or given up after retries",
        REPORTED,
        {"count": count(), "first": time(), "last": time()},
    ),
    ObservationType(
        "log.memory_busy",
        "the runtime spends its time on garbage collection",
        REPORTED,
        {"runtime": text(), "count": count(), "first": time(), "last": time()},
        topics=("memory",),
    ),
    ObservationType(
        "log.cache_refused",
        "a cache refuses",
        REPORTED,
        {
            "why": one_of("memory", "login", "loading", "read_only", "down"),
            "address": text(),
            "count": count(),
            "first": time(),
            "last": time(),
        },
    ),
)
