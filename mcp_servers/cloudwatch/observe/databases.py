"""What a database's or a cache's metrics say: whether it serves, what it is short of, whether a replica lags. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.markdown import number, size
from mcp_servers.signals.series.level_facts import rounded
from mcp_servers.signals.series.levels import Level, Point

LAG: Final = 180.0  # seconds without a point before a silent metric counts as gone
RECENT: Final = 3  # points that tell how it is now
BEHIND: Final = 60.0  # seconds from which a replica counts as behind
TIMES: Final = 5.0  # what the lag was before
LEFT: Final = 0.15  # of what was free in the window, from which it runs out
BUSY: Final = 90.0  # per cent
CREDIT: Final = 10.0  # per cent of burst credits
MOVES: Final = 1.5  # times what it was; less is no event for a metric without a near limit
QUEUED: Final = 10.0  # reads and writes in line, from which those who wait feel it
SLOWER: Final = 3.0  # times as high as before
CALM_SHARE: Final = 70.0  # per cent below which a share of something hurts nobody
FLOORS: Final = {"DiskQueueDepth": 1.0, "ReplicaLag": BEHIND}  # below which nobody waits
SHARES: Final = ("CPUUtilization", "EngineCPUUtilization", "DatabaseMemoryUsagePercentage")
FREE: Final = {"FreeStorageSpace": "storage", "FreeableMemory": "memory"}
CREDITS: Final = ("BurstBalance", "EBSIOBalance%", "EBSByteBalance%", "CPUCreditBalance")

Series = Callable[[str], Sequence[Point]]  # of a metric by its name, empty for none


def serving(subject: Subject, points: Sequence[Point], until: float, period: int) -> list[Observation]:
    """Whether a database has connections. `until` is the window's end."""
    if not points:
        return []
    ends = points[-1][0] + period
    is_gone = until - ends >= max(LAG, 3 * period)
    some = [(at, value) for at, value in points if value > 0]
    if points[-1][1] > 0 and not is_gone:
        attributes: dict[str, Any] = {"database": subject.name, "connections": round(points[-1][1])}
        return [_at("database.available", subject, points[-1][0], attributes)]
    if not some:
        return []
    attributes = {"database": subject.name, "before": round(median(value for _, value in some)), "now": 0}
    silent = (
        "its connections metric has no data any more" if is_gone and points[-1][1] > 0 else "no connections any more"
    )
    return [_at("database.unreachable", subject, some[-1][0] + period, attributes, silent)]


def database(subject: Subject, series: Series) -> list[Observation]:
    """What it is short of, and how far a replica is behind."""
    observations = [x for metric, of in FREE.items() if (x := _runs_out(subject, metric, of, series(metric)))]
    observations += [x for x in [_busy("database.short_of", subject, "CPUUtilization", "cpu", series)] if x]
    observations += [x for metric in CREDITS if (x := _credit_exhaustion(subject, metric, series(metric)))]
    observations += [x for x in [_queueing(subject, series)] if x]
    lag = series("ReplicaLag") or series("AuroraReplicaLag")
    return observations + _replica(subject, lag, series("TransactionLogsGeneration"))


def cache(subject: Subject, series: Series) -> list[Observation]:
    """What a cache is short of, and whether it refuses logins."""
    observations = []
    evictions = sum(value for _, value in series("Evictions")[-RECENT:])
    for metric, of in (("DatabaseMemoryUsagePercentage", "memory"), ("EngineCPUUtilization", "cpu")):
        if (observation := _busy("cache.short_of", subject, metric, of, series)) is not None:
            attributes = (
                {**observation.attributes, "evicted": round(evictions)} if of == "memory" else observation.attributes
            )
            observations.append(observation.model_copy(update={"attributes": attributes}))
    failed = [point for point in series("AuthenticationFailures") if point[1] > 0]
    if failed and failed[-1] in series("AuthenticationFailures")[-RECENT:]:
        attributes = {"metric": "AuthenticationFailures", "count": round(sum(value for _, value in failed))}
        observations.append(_at("cache.login_failing", subject, failed[0][0], attributes))
    return observations


def is_harmless(metric: str, level: Level) -> bool:
    """Whether a change of level is far from anything that hurts: a share far below its end, or no half as much more."""
    if level.kind not in ("changed", "back_to_normal"):
        return False
    values = [level.before, level.now] + ([level.peak] if level.kind == "back_to_normal" else [])
    if max(values) < FLOORS.get(metric, 0.0):
        return True
    if metric in SHARES:
        return max(values) < CALM_SHARE
    low, high = min(values), max(values)
    return low > 0 and high < MOVES * low


def _runs_out(subject: Subject, metric: str, of: str, points: Sequence[Point]) -> Observation | None:
    if len(points) < RECENT:
        return None
    most, last = max(value for _, value in points), points[-1][1]
    if most <= 0 or last > LEFT * most:
        return None
    first = next(at for at, value in points if value <= most / 2)
    attributes = {"of": of, "metric": metric, "value": rounded(last), "before": rounded(points[0][1])}
    text = f"{metric} {size(points[0][1])}, then {size(last)}"
    return _at("database.short_of", subject, first, attributes, text)


def _busy(code: str, subject: Subject, metric: str, of: str, series: Series) -> Observation | None:
    points = series(metric)
    values = [value for _, value in points]
    if len(values) < RECENT or median(values[-RECENT:]) < BUSY:
        return None
    first = next(at for at, value in points if value >= BUSY)
    before = rounded(median(values[: max(1, len(values) // 3)]))
    attributes = {"of": of, "metric": metric, "value": rounded(values[-1]), "before": before, "limit": 100}
    text = f"{metric} {number(before)} %, then {number(values[-1])} %"
    if code == "cache.short_of":
        attributes.pop("limit")
    return _at(code, subject, first, attributes, text)


def _credit_exhaustion(subject: Subject, metric: str, points: Sequence[Point]) -> Observation | None:
    if len(points) < RECENT or points[-1][1] > CREDIT or max(v for _, v in points) <= CREDIT:
        return None
    first = next(at for at, value in points if value <= CREDIT)
    attributes = {"of": "io", "metric": metric, "value": rounded(points[-1][1]), "before": rounded(points[0][1])}
    return _at(
        "database.short_of",
        subject,
        first,
        attributes,
        f"{metric} {number(points[0][1])} %, then {number(points[-1][1])} %",
    )


def _queueing(subject: Subject, series: Series) -> Observation | None:
    """Reads and writes that wait in line, and take far longer than before."""
    queue = series("DiskQueueDepth")
    before, now = _growth(queue)
    if now < max(QUEUED, TIMES * before):
        return None
    slower = [(m, was, last) for m in ("ReadLatency", "WriteLatency") for was, last in [_growth(series(m))]]
    slower = [(m, was, last) for m, was, last in slower if was > 0 and last >= SLOWER * was]
    if not slower:
        return None
    metric, was, last = max(slower, key=lambda row: row[2] / row[1])
    first = next(at for at, value in queue if value >= max(QUEUED, TIMES * before))
    attributes = {"of": "io", "metric": "DiskQueueDepth", "value": rounded(now), "before": rounded(before)}
    text = (
        f"DiskQueueDepth {number(before)}, then {number(now)}; {metric} is {number(rounded(last / was))} times as high"
    )
    return _at("database.short_of", subject, first, attributes, text)


def _growth(points: Sequence[Point]) -> tuple[float, float]:
    """How much it was in the first third of the window, and is now; zeros where that cannot be told."""
    values = [value for _, value in points]
    if len(values) < 2 * RECENT:
        return 0.0, 0.0
    return median(values[: len(values) // 3]), median(values[-RECENT:])


def _replica(subject: Subject, lag: Sequence[Point], logs: Sequence[Point]) -> list[Observation]:
    if not lag:
        return []
    values = [value for _, value in lag]
    before, now = min(values[: max(1, len(values) // 3)]), values[-1]
    if now < BEHIND or now < TIMES * before:
        attributes: dict[str, Any] = {"replica": subject.name, "seconds": rounded(now)}
        return [_at("database.replica_in_step", subject, lag[-1][0], attributes)]
    first = next(at for at, value in lag if value >= min(BEHIND, now))
    attributes = {"replica": subject.name, "seconds": rounded(now), "before": rounded(before)}
    if logs:
        attributes |= {"log_rate": rounded(logs[-1][1]), "log_rate_before": rounded(logs[0][1])}
    text = f"ReplicaLag {number(before)} s, then {number(now)} s"
    return [_at("database.replica_behind", subject, first, attributes, text)]


def _at(code: str, subject: Subject, seconds: float, attributes: dict[str, Any], text: str = "") -> Observation:
    when = datetime.fromtimestamp(seconds, UTC)
    return Observation(code=code, subject=subject, at=when, attributes=attributes, excerpt=text)
