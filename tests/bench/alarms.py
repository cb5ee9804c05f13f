"""The service under load, over loopback: alarms in a burst, incidents offline, and `/ping` while it works."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from sre_lab.process import start_lab
from tests.bench.figures import Figure
from tests.http import burst
from tests.http.test_serve import TOKEN, serving

ALARMS = 1000
INCIDENTS = 60
AT_ONCE = 20
START_SECONDS = 5.0  # in which the tool servers come up beside it
SETTINGS = {"requests_per_minute": "1000000", "log_stdout": "false", "storm_settle_seconds": "100000"}


def figures() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab("payday-evening", follow_wall=True, folder=Path(folder) / "lab") as lab,
    ):
        for name in ("burst", "incidents"):
            (Path(folder) / name).mkdir()
        with serving(lab, Path(folder) / "burst", **SETTINGS) as (process, http):
            yield from acceptance(str(http.base_url), process.pid)
        at_once = {"workers": str(AT_ONCE), "storm_window_seconds": "0", "gather_seconds": "0"}
        with serving(lab, Path(folder) / "incidents", **SETTINGS, **at_once) as (process, http):
            yield from worked_on(http, process.pid)


def acceptance(url: str, process: int) -> Iterator[Figure]:
    """From the first request to the last answer, each alarm in a request of its own, of a service that has started."""
    time.sleep(START_SECONDS)
    *bodies, first = burst.storm(ALARMS + 1)
    asyncio.run(burst.send(url, [first], TOKEN))
    started, before = time.perf_counter(), _processor_seconds(process)
    statuses = asyncio.run(burst.send(url, bodies, TOKEN))
    seconds = time.perf_counter() - started
    assert list(statuses.values()) == [202] * ALARMS
    yield Figure(f"alarms: a burst of {ALARMS:,} is accepted", seconds, "s", 2.0)
    yield Figure("alarms: accepted in a second", ALARMS / seconds, "/s", 500, "≥")
    processor_seconds = _processor_seconds(process) - before
    yield Figure("alarms: processor time of the service for them", processor_seconds, "s", 2.0)


def worked_on(http: httpx.Client, process: int) -> Iterator[Figure]:
    """Incidents about what does not exist, from their alarms to their ends, by processor time of the service alone."""
    pings, before = [], _processor_seconds(process)
    asyncio.run(burst.send(str(http.base_url), burst.storm(INCIDENTS, namespaces=INCIDENTS), TOKEN))
    while (ready := http.get("/ready").json())["waiting"] or ready["busy"]:
        started = time.perf_counter()
        http.get("/ping").raise_for_status()
        pings.append(time.perf_counter() - started)
        time.sleep(0.02)
    processor_seconds = _processor_seconds(process) - before
    pings.sort()
    yield Figure("incidents: ended in a second of one core, offline", INCIDENTS / processor_seconds, "/s", 5, "≥")
    yield Figure(
        f"/ping while {AT_ONCE} incidents run, 95th percentile", pings[len(pings) * 95 // 100] * 1000, "ms", 50
    )


def _processor_seconds(process: int) -> float:
    """Of the process and of the servers that it started and still has, on Linux."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        except OSError:
            continue
        if int(folder.name) == process or int(fields[1]) == process:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
