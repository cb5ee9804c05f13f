"""What a number of incidents a day takes, simulated; `scale_costs` makes the tables of infra/SCALE.md of it.

The busiest hour of a day is simulated, incident by incident: when each arrives, when a worker is free for it, when its
diagnosis is there. How long an incident keeps a worker follows from the requests that one incident was measured to make
(`incident_calls.yaml`) and from how long such a request usually takes. Everything that is assumed rather than measured
is a constant here.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

SIZES: Final = (100, 10_000, 1_000_000)  # incidents a day
BUSIEST_HOUR: Final = 3 / 24  # of a day's incidents: three times as many as in a usual hour
BURST: Final = 0.25  # of the busiest hour's incidents, which come within BURST_SECONDS
BURST_SECONDS: Final = 60.0
AT_ONCE: Final = 4  # incidents of one process, the setting `workers`
GOAL_SECONDS: Final = 300.0  # in which 19 of 20 incidents of the busiest hour have their diagnosis
LATENCY: Final = {  # seconds of a request
    **{"dynamodb": 0.006, "sqs": 0.012, "scheduler": 0.03, "secretsmanager": 0.02, "sts": 0.05},
    **{"eks": 0.05, "monitoring": 0.12},
}
PROCESSOR_SECONDS: Final = 0.7  # of one incident
SPREAD: Final = (0.5, 1.5)  # an incident takes between these parts of the usual time
MOST_SIMULATED: Final = 100_000  # incidents a day; more are so many parts of it side by side, which are split evenly
NEAR_ENOUGH: Final = 0.02  # of the number of processes, when the fewest are looked for
LEAST: Final = 2  # processes, so that one may fail


@dataclass(frozen=True)
class BusiestHour:
    """What the busiest hour of so many incidents a day came to with so many processes; times in seconds, `used` is the
    part of the workers' time that was."""

    a_day: int
    processes: int
    p50: float
    p95: float
    used: float


def busy_seconds(requests: Mapping[str, int]) -> float:
    """For which an incident keeps a worker: its requests one after the other, which is the most that it can be."""
    return PROCESSOR_SECONDS + sum(number * LATENCY[service] for service, number in requests.items())


def arrivals(a_day: int, chance: random.Random) -> list[float]:
    """Seconds into the hour, in order."""
    count = max(1, round(a_day * BUSIEST_HOUR))
    in_burst = round(count * BURST)
    burst = (1200 + chance.uniform(0, BURST_SECONDS) for _ in range(in_burst))
    return sorted([*burst, *(chance.uniform(0, 3600) for _ in range(count - in_burst))])


def busiest_hour(a_day: int, processes: int, usual: float) -> BusiestHour:
    chance = random.Random(a_day)
    free = [0.0] * (processes * AT_ONCE)  # when each worker is, as a heap
    times, busy = [], 0.0
    for at in arrivals(a_day, chance):
        duration = usual * chance.uniform(*SPREAD)
        end = max(at, free[0]) + duration
        heapq.heapreplace(free, end)
        times.append(end - at)
        busy += duration
    times.sort()
    p50, p95 = (times[math.ceil(len(times) * part) - 1] for part in (0.5, 0.95))
    return BusiestHour(a_day, processes, p50, p95, busy / (processes * AT_ONCE * 3600))


def fewest_processes(a_day: int, usual: float) -> BusiestHour:
    """With the fewest, or nearly so, with which the goal is kept."""
    if a_day > MOST_SIMULATED:
        part = fewest_processes(MOST_SIMULATED, usual)
        return replace(part, a_day=a_day, processes=math.ceil(part.processes * a_day / MOST_SIMULATED))
    low = max(LEAST, math.ceil(a_day * BUSIEST_HOUR / 3600 * usual / AT_ONCE))
    hour = busiest_hour(a_day, low, usual)
    if hour.p95 <= GOAL_SECONDS:
        return hour
    high = low * 2
    while (hour := busiest_hour(a_day, high, usual)).p95 > GOAL_SECONDS:
        low, high = high, high * 2
    while high - low > max(1, high * NEAR_ENOUGH):
        middle = (low + high) // 2
        attempt = busiest_hour(a_day, middle, usual)
        low, high, hour = (low, middle, attempt) if attempt.p95 <= GOAL_SECONDS else (middle, high, hour)
    return hour


def usual_processes(a_day: int, usual: float) -> int:
    """For the other hours, with a third of the workers free."""
    return max(LEAST, math.ceil(a_day / 86400 * usual / AT_ONCE * 1.5))
