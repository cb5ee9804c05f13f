"""An observation as a sentence. A code without words of its own is told by its meaning in the vocabulary.

`{on}` is the subject, the rest are the code's attributes; a sentence whose attributes are not all there is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from string import Formatter
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.vocabulary import OBSERVATIONS
from sre_agent.diagnosis import standing
from sre_agent.diagnosis.names import plain_number
from sre_agent.diagnosis.scene import Seen

ALIKE = 4  # subjects named with the same sentence
LONGEST = 160  # of an attribute
SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "container.init_unfinished": ("the init container {container} of {on} has not come to its end",),
    "container.start_failed": (
        "the runtime could not start container {container} of {on} ({program}: {why})",
        "the runtime could not start container {container} of {on}",
    ),
    "pod.partly_running": ("in {on} {running} runs and {failing} fails",),
    "reference.newer": ("{kind} {name} was written at {written}, after the pods of {on} had read it",),
    "reference.holds": ("{address} stands in {kind} {name}, {key}",),
    "rollout.held": ("the rollout of {on} is held ({why}), {waiting} pods wait",),
    "job.failed": ("{on} gave up ({reason})",),
    "job.held_open": ("{on} does not end: {running} runs on",),
    "log.login_failed": ("{on} says that its credentials are refused",),
    "log.start_refused": ("{on} says that {what} cannot be run",),
    "log.port_taken": ("{on} says that port {port} is taken",),
    "deletion.stuck": ("{on} was deleted and does not go",),
    "workload.unavailable": ("{on} serves with {ready} of {desired} replicas",),
    "workload.available": ("{on} serves with {ready} of {desired} replicas",),
    "workload.scaled_to_zero": ("{on} is scaled to zero, from {before}", "{on} is scaled to zero"),
    "workload.pods_refused": ("pods of {on} cannot be created ({reason}): {message}",),
    "rollout.started": (
        "revision {revision} of {on} came: {changes}",
        "revision {revision} of {on} came with image {image}",
    ),
    "rollout.newest_failing": ("{failing} of {of} pods of revision {revision} of {on} fail",),
    "rollout.earlier_healthy": ("pods of revision {revision} of {on} served without restarts",),
    "rollout.earlier_revision": ("revision {revision} of {on} is there to return to ({image})",),
    "rollout.stuck": ("the rollout of {on} does not come to its end",),
    "container.crash_looping": (
        "container {container} of {on} keeps ending with exit code {exit_code}, {restarts} restarts",
    ),
    "container.ended_with_error": ("container {container} of {on} ended with exit code {exit_code}",),
    "container.oom_killed": (
        "container {container} of {on} was killed at its memory limit {memory_limit}",
        "container {container} of {on} was killed at its memory limit",
    ),
    "container.image_pull_failed": ("the image {image} of {on} cannot be pulled",),
    "container.config_missing": (
        "{on} needs {missing_kind} {missing_name} with key {key}, which is not there",
        "{on} needs {missing_kind} {missing_name}, which is not there",
    ),
    "container.probe_failing": ("the {probe} probe of container {container} of {on} fails",),
    "container.restarted": ("container {container} of {on} was restarted, {restarts} times in all",),
    "container.resources_differ": ("{on} declares {declared} and runs with {running}",),
    "pod.not_ready": ("{on} is not ready",),
    "pod.unschedulable": ("no node takes {on}: {message}",),
    "pod.evicted": ("{on} was evicted: {message}",),
    "service.no_endpoints": ("{on} has no ready endpoint",),
    "service.has_endpoints": ("{on} has {ready} ready endpoints",),
    "reference.gone": ("{on} refers to {kind} {name}, which is not there, and its pods run all the same",),
    "cronjob.unreadable": ("{on} can never start: its {what} cannot be read",),
    "reference.missing": ("{on} refers to {kind} {name}, which is not there",),
    "node.not_ready": ("{on} is not ready: {message}",),
    "node.pressure": ("{on} is under {condition}: {message}",),
    "alarm.firing": (
        "alarm {alarm} is on: {metric} reached {value}, its threshold is {threshold}",
        "alarm {alarm} is on: the threshold of {metric} is {threshold}",
        "alarm {alarm} is on",
    ),
    "alarm.ok": ("alarm {alarm} is off since {since}", "alarm {alarm} is off"),
    "metric.level_changed": ("{metric} ({statistic}) of {on} went from {before} to {now}",),
    "metric.back_to_normal": (
        "{metric} ({statistic}) of {on} had reached {peak} and is back at {now} since {recovered}",
    ),
    "metric.spiked": ("{metric} ({statistic}) of {on} spiked to {value}",),
    "metric.saturated": ("{metric} ({statistic}) of {on} is at {value}, its limit is {limit}",),
    "table.throttled": (
        "{direction} requests to {on} are refused: {events} times",
        "requests to {on} are refused: {events} times",
    ),
    "database.unreachable": ("{on} went from {before} to {now} connections",),
    "quota.exhausted": ("nothing is left of {on}: {used} of {hard} {resource} are used",),
    "log.connection_failed": ("{on} cannot reach {address}, {count} times", "{on} cannot reach {address}"),
    "log.env_missing": ("{on} says that its variable {variable} is not set",),
    "log.throttled": ("{on} is throttled by {service} {resource}, {count} times",),
    "log.error": ('{on} logged "{message}", {count} times',),
    "event.warning": ("{on} has the warning {reason}: {message}",),
    "change.made": ("{on} was {what}",),
}


def said(alike: Sequence[Seen], day: datetime, unit: str = "") -> str:
    """One sentence about the first with its time, the others named; without a full stop at its end.

    `unit` is what the numbers of a metric count by.
    """
    first = alike[0]
    text = f"{_capital(_plain(first.observation, first.subject.short, day))}{unit}{_when(first, day)}"
    others = list(dict.fromkeys(s.subject.short for s in alike if s.subject != first.subject))
    if not others:
        return text
    more = " and others" if len(others) > ALIKE else ""
    return f"{text}; likewise {', '.join(others[:ALIKE])}{more}"


def clock(when: datetime, day: datetime) -> str:
    """The time in UTC, with its date where that is not the day of the incident."""
    there = when.astimezone(UTC)
    return f"{there:%H:%M:%S} UTC" if there.date() == day.astimezone(UTC).date() else f"{there:%Y-%m-%d %H:%M:%S} UTC"


def _plain(observation: Observation, on: str, day: datetime) -> str:
    values = {name: _value(value, day) for name, value in observation.attributes.items() if value not in ("", [], None)}
    for sentence in SENTENCES.get(observation.code, ()):
        wanted = {name for _, name, _, _ in Formatter().parse(sentence) if name}
        if wanted <= {"on", *values}:
            return sentence.format(on=on, **{name: values[name] for name in wanted - {"on"}})
    details = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
    return f"{on}: {OBSERVATIONS[observation.code].partition(':')[0]}" + (f" ({details})" if details else "")


def _value(value: str | int | float | bool | list[str], day: datetime) -> str:
    if isinstance(value, str) and "T" in value and (when := standing.instant(value)) is not None:
        return clock(when, day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return plain_number(value)
    text = " ".join((", ".join(value) if isinstance(value, list) else str(value)).split()).rstrip(". ")
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"


def _when(seen: Seen, day: datetime) -> str:
    at = seen.observation.at
    return f", {clock(at, day)}" if at is not None and seen.code != "alarm.ok" else ""


def _capital(text: str) -> str:
    """With a capital, where the sentence does not begin with a name."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text
