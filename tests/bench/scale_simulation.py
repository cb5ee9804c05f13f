"""What a number of incidents a day takes: `python -m tests.bench.scale_simulation` prints the tables of `infra/SCALE.md`.

The busiest hour of a day is simulated, incident by incident: when each arrives, when a worker is free for it, when its
diagnosis is there. How long an incident keeps a worker follows from the requests that one incident was measured to make
(`incident_calls.yaml`) and how long such a request usually takes; what it costs follows from the same requests and from
the prices in `infra/costs.yaml`. Everything that is assumed rather than measured is a constant here.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SIZES: Final = (100, 10_000, 1_000_000)  # incidents a day
BUSIEST_HOUR: Final = 3 / 24  # of a day's incidents: three times as many as in a usual hour
BURST: Final = 0.25  # of the busiest hour's incidents, which come within BURST_SECONDS
BURST_SECONDS: Final = 60.0
AT_ONCE: Final = 4  # incidents of one process, the setting `workers`
GOAL_SECONDS: Final = 300.0  # in which 19 of 20 incidents of the busiest hour have their diagnosis
LATENCY: Final = {"dynamodb": 0.006, "sqs": 0.012, "scheduler": 0.03, "secretsmanager": 0.02, "sts": 0.05}
LATENCY_OF_A_LOOK: Final = {"eks": 0.05, "monitoring": 0.12, "logs": 0.5, "ssm": 0.1}  # seconds a request
PROCESSOR_SECONDS: Final = 0.7  # of one incident, model and servers aside; `make bench ARGS=alarms`
SPREAD: Final = (0.5, 1.5)  # an incident takes between these parts of the usual time
TOKENS: Final = {"input": 60_000, "output": 4_000}  # of an incident for which a chat model is asked
MODEL: Final = {"input": 0.10, "output": 0.50}  # dollars for a million tokens, of a small model


@dataclass(frozen=True)
class BusiestHour:
    """What the busiest hour of so many incidents a day came to with so many processes; times in seconds."""

    a_day: int
    processes: int
    p50: float
    p95: float
    used: float


def busy_seconds(calls: Mapping[str, int]) -> float:
    """For which an incident keeps a worker: its requests one after the other, which is the most that it can be."""
    latencies = LATENCY | LATENCY_OF_A_LOOK
    return PROCESSOR_SECONDS + sum(number * latencies[service] for service, number in calls.items())


def arrivals(a_day: int, chance: random.Random) -> list[float]:
    """Seconds into the hour, in order."""
    count = max(1, round(a_day * BUSIEST_HOUR))
    in_burst = round(count * BURST)
    burst = (1200 + chance.uniform(0, BURST_SECONDS) for _ in range(in_burst))
    return sorted([*burst, *(chance.uniform(0, 3600) for _ in range(count - in_burst))])


def busiest_hour(a_day: int, processes: int, usual: float) -> BusiestHour:
    chance = random.Random(a_day)
    free = [0.0] * (processes * AT_ONCE)  # when each worker is, a heap
    waits, busy = [], 0.0
    for at in arrivals(a_day, chance):
        taken = usual * chance.uniform(*SPREAD)
        end = max(at, free[0]) + taken
        heapq.heapreplace(free, end)
        waits.append(end - at)
        busy += taken
    waits.sort()
    used = busy / (processes * AT_ONCE * 3600)
    return BusiestHour(a_day, processes, waits[len(waits) // 2], waits[math.ceil(len(waits) * 0.95) - 1], used)


def fewest_processes(a_day: int, usual: float) -> BusiestHour:
    """The fewest, and two at least, with which the goal is kept."""
    low, high = 2, 2
    while (hour := busiest_hour(a_day, high, usual)).p95 > GOAL_SECONDS:
        low, high = high + 1, high * 2
    while low < high:
        middle = (low + high) // 2
        tried = busiest_hour(a_day, middle, usual)
        low, high, hour = (low, middle, tried) if tried.p95 <= GOAL_SECONDS else (middle + 1, high, hour)
    return hour
