"""Recorded log lines, each with a time: container logs and CloudWatch log groups of a recorded world."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from sre_lab.objects.store import Obj
from sre_lab.telemetry import ContainerLog, LogEvent
from sre_lab.timeshift import TimeShift, time_in
from sre_lab.world import World

INGESTED_SECONDS = 14 * 86400.0  # CloudWatch Logs takes nothing older
SPREAD_SECONDS = 86400.0  # lines without usable times are spread evenly over the last day
LINE_SECONDS = 0.001  # between lines of one moment, so that their order stays
TIME_WITHIN = 200  # characters at the start of a line in which its time is looked for

Line = tuple[float, str]


def read_lines(entry: dict[str, Any], folder: Path) -> list[str]:
    """The lines of an entry with `text` or `file` (plain or .gz; relative to `folder` or a folder above it).

    FileNotFoundError names what was looked for.
    """
    if "text" in entry:
        return str(entry["text"]).splitlines()
    name = str(entry["file"])
    for base in (folder, *folder.resolve().parents):
        path = base / name
        if path.is_file():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            return data.decode(errors="replace").splitlines()
    raise FileNotFoundError(f"log file {name!r} of the recorded world is neither in {folder} nor in a folder above it")


def with_times(lines: list[str], shift: TimeShift, *, since: float | None, until: float) -> list[Line]:
    """Each line with its time, moved. Lines without one follow their predecessor; without any, they end at `until`."""
    times = [time_in(line[:TIME_WITHIN]) for line in lines]
    known_times = [at + shift.seconds for at in times if at is not None]
    if not known_times:
        start = since if since is not None else until - len(lines) * LINE_SECONDS
        return [(start + place * LINE_SECONDS, line) for place, line in enumerate(lines)]
    latest = max(known_times)
    extra = until - latest if latest > until or latest < until - INGESTED_SECONDS else 0.0
    move = TimeShift(shift.seconds + extra)
    timed_lines: list[Line] = []
    at = min(known_times) + extra
    for line, own in zip(lines, times, strict=True):
        at = own + move.seconds if own is not None else at + LINE_SECONDS
        timed_lines.append((at, move.text(line)))
    return timed_lines


def load_container_logs(world: World, entries: list[dict[str, Any]], folder: Path, shift: TimeShift) -> None:
    """`k8s.logs`: the present and the previous run of each container."""
    runs: dict[tuple[str, str, str], dict[bool, ContainerLog]] = {}
    for entry in entries:
        pod = world.objects.get("Pod", entry["namespace"], entry["pod"])
        container = entry.get("container") or _first_container(pod)
        began, end = _run_times(pod, container, previous=bool(entry.get("previous")))
        lines = with_times(read_lines(entry, folder), shift, since=began, until=end or world.clock.now())
        started = began if began is not None else (lines[0][0] if lines else world.clock.now())
        key = (entry["namespace"], entry["pod"], container)
        runs.setdefault(key, {})[bool(entry.get("previous"))] = ContainerLog(started, lines)
    for key, logs in runs.items():
        ordered = [logs[True]] if True in logs else []
        if False in logs or True in logs:
            ordered.append(logs.get(False) or ContainerLog(world.clock.now()))
        world.containers.load(*key, ordered)


def load_log_groups(world: World, groups: list[dict[str, Any]], folder: Path, shift: TimeShift) -> None:
    """`cloudwatch.log_groups`: events as given, or a file whose lines carry their times."""
    now = world.clock.now()
    for group in groups:
        name = group["name"]
        world.logs.create(name)
        for event in group.get("events") or []:
            at = time_in(str(event["timestamp"]))
            moment = now if at is None else at + shift.seconds
            world.logs.append(name, LogEvent(moment, event.get("stream", ""), shift.text(str(event["message"]))))
        if "file" in group or "text" in group:
            lines = read_lines(group, folder)
            spread = "spread" in str(group.get("timestamp", ""))
            events = _spread(lines, now) if spread else with_times(lines, shift, since=None, until=now)
            for moment, line in sorted(events, key=lambda event: event[0]):
                world.logs.append(name, LogEvent(moment, group.get("stream", ""), line))


def _spread(lines: list[str], until: float) -> list[Line]:
    step = SPREAD_SECONDS / max(1, len(lines))
    return [(until - SPREAD_SECONDS + step * (place + 1), line) for place, line in enumerate(lines)]


def _first_container(pod: Obj | None) -> str:
    containers = (pod or {"spec": {}})["spec"].get("containers") or [{"name": ""}]
    return str(containers[0]["name"])


def _run_times(pod: Obj | None, container: str, *, previous: bool) -> tuple[float | None, float | None]:
    """(start, end) of a run by the pod's status, as far as it tells."""
    status = (pod or {}).get("status") or {}
    statuses = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    for one in statuses:
        if one.get("name") != container:
            continue
        state = (one.get("lastState") if previous else one.get("state")) or {}
        run = state.get("terminated") or state.get("running") or {}
        begin, end = run.get("startedAt"), run.get("finishedAt")
        return (time_in(begin) if begin else None), (time_in(end) if end else None)
    return None, None
