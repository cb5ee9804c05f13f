"""Logs of 100,000 and of a million lines read whole: CPU and memory, of a process that does nothing else."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.studied_log import StudiedLog
from tests.bench.figures import Figure, peak_megabytes

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
WHOSE = Subject(scope="bench", kind="Pod", namespace="shop", name="api")


def figures() -> Iterator[Figure]:
    for lines, seconds in ((100_000, 2.0), (1_000_000, 15.0)):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            cpu_seconds, megabytes, codes = pool.apply(_study, (lines,))
        assert {"log.flood_began", "log.number_grew", "log.client_burst"} <= codes, codes
        yield Figure(f"logs: {lines:,} lines studied, CPU", cpu_seconds, "s", seconds)
        yield Figure(f"logs: {lines:,} lines studied, memory", megabytes, "MB", 200)


def _study(many: int) -> tuple[float, float, set[str]]:
    started = time.process_time()
    for _ in _lines(many):
        pass
    making = time.process_time() - started
    started = time.process_time()
    study = StudiedLog([], "", "", (None, None), 20)
    take = study.of_pod("api")
    for at, line in _lines(many):
        take(at, line)
    study.plain([], oldest=False)
    codes = {observation.code for observation in study.shape(WHOSE)}
    cpu_seconds = time.process_time() - started - making
    return cpu_seconds, peak_megabytes(), codes


def _lines(many: int) -> Iterator[tuple[datetime, str]]:
    """Requests of many clients, one of which sends most from the middle on; a queue that fills; a flood at the end."""
    random = Random(7)
    for i in range(many):
        at = BEGAN + timedelta(milliseconds=20 * i)
        client = "10.9.8.7" if i > many / 2 and i % 3 else f"10.1.{i * 7919 % 250}.{i * 104729 % 250}"
        if i == int(0.8 * many):
            yield at, "WARN limits: burst allowance of the tenant is used up"
        elif i > 0.8 * many and i % 4 == 0:
            yield at, f"ERROR http: request {random.getrandbits(64):016x} refused with 429 for {client}"
        elif i % 50 == 0:
            yield at, f"INFO queue: depth={100 + 400 * i // many + i * 13 % 37} workers=8"
        else:
            yield at, f"INFO http: request {random.getrandbits(64):016x} from {client} done in {5 + i * 31 % 40} ms"
