"""Sweeps over a lab that drifts: each event is told once when it begins and once when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent.domain.sweep import Sweep
from sre_lab.facts import apply_manifests
from sre_lab.scenario import load
from tests.sweep.swept import CALM, CustomObjects, SweptLab, lab
from tests.sweep.test_alarms import fire
from tests.sweep.test_checks import certificate
from tests.worlds.running import Ground

CERTIFICATES: tuple[str, str, str] = ("cert-manager.io", "v1", "certificates")
WEEK_OF_ALARMS: tuple[tuple[str, int, int], ...] = (  # by hour: when it fires, and when it is over
    *(("a", 2, 9), ("b", 21, 33), ("c", 22, 30), ("d", 50, 120), ("e", 70, 77), ("f", 100, 131), ("g", 160, 200)),
)
WEEK_OF_CERTIFICATES: tuple[tuple[str, int, int], ...] = (
    *(("front", 3, 47), ("back", 29, 39), ("pay", 66, 150), ("mail", 141, 166)),
)


EXCLUSIONS = """
exclusions:  # the agents of the lab make their log groups when they first have something to write
  - {check: log_groups, reason: kept by another team, owner: logs, until: 2027-09-01}
"""


@dataclass(frozen=True)
class Drift:
    """Something that is wrong from one hour to another; `name` is in what is told of it."""

    name: str
    begins: int
    ends: int
    breaks: Callable[[], None]
    mends: Callable[[], None]


def rollout(calm: SweptLab, name: str, begins: int, ends: int) -> Drift:
    (manifest,) = (
        one for one in load(CALM).manifests if one["kind"] == "Deployment" and one["metadata"]["name"] == name
    )

    def apply(tag: str) -> None:
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        image = container["image"] + tag
        template = {**manifest["spec"]["template"], "spec": {"containers": [{**container, "image": image}]}}
        apply_manifests(calm.world, [{**manifest, "spec": {**manifest["spec"], "template": template}}])

    return Drift(name, begins, ends, lambda: apply("-missing"), lambda: apply(""))


def alarm(calm: SweptLab, name: str, begins: int, ends: int) -> Drift:
    def delete() -> None:
        client = calm.aws("cloudwatch")
        client.delete_alarms(AlarmNames=[name])
        client.close()

    return Drift(name, begins, ends, lambda: fire(calm, name, QueueName=f"{name}-queue"), delete)


def late_certificate(certificates: list[dict[str, Any]], name: str, begins: int, ends: int) -> Drift:
    late = certificate(name, "2027-09-20T00:00:00Z", "2026-09-20T00:00:00Z")
    return Drift(name, begins, ends, lambda: certificates.append(late), lambda: certificates.remove(late))


def messages_of(calm: SweptLab, drifts: list[Drift], hours: int, every: int) -> list[tuple[int, str]]:
    """(the hour, the line) of all news of sweeps that are taken every so many hours, half an hour after the events."""
    start, before, lines = calm.clock.now(), None, list[tuple[int, str]]()
    for hour in range(hours):
        for drift in drifts:
            if hour == drift.begins:
                drift.breaks()
            if hour == drift.ends:
                drift.mends()
        calm.run(lambda runtime, hour=hour: runtime.clock.sleep_until(start + timedelta(hours=hour, minutes=30)))  # type: ignore[misc]
        if hour % every == 0:
            sweep: Sweep = calm.sweep(before=before)
            lines += [(hour, line) for line in sweep.news if before is not None or "SEV4" not in line]
            before = sweep
    return lines


def expected_messages(drifts: list[Drift], hours: int, every: int) -> set[tuple[int, str, str]]:
    def seen_at(hour: int) -> int:
        return -(-hour // every) * every

    news = {(seen_at(one.begins), "New", one.name) for one in drifts}
    return {one for one in news | {(seen_at(one.ends), "Resolved", one.name) for one in drifts} if one[0] < hours}


def check(calm: SweptLab, certificates: list[dict[str, Any]], drifts: list[Drift], hours: int, every: int) -> None:
    lines = messages_of(calm, drifts, hours, every)
    names = [one.name for one in drifts]
    messages = [(hour, line.partition(":")[0], next((n for n in names if n in line), line)) for hour, line in lines]
    assert sorted(messages) == sorted(expected_messages(drifts, hours, every)), lines


@contextmanager
def drifting(standing: Ground, folder: Path, certificates: list[dict[str, Any]]) -> Iterator[SweptLab]:
    file = folder / "exclusions.yaml"
    file.write_text(EXCLUSIONS, encoding="utf-8")
    with lab(standing, CALM, folder / "state", sweep_exclusions=file) as calm:
        standing.before("kubernetes", lambda app: CustomObjects(app, {CERTIFICATES: ("Certificate", certificates)}))
        yield calm


def test_an_event_is_one_message_when_it_begins_and_one_when_it_is_over(standing: Ground, tmp_path: Path) -> None:
    certificates: list[dict[str, Any]] = []
    with drifting(standing, tmp_path, certificates) as calm:
        drifts = [
            rollout(calm, "cranes", 1, 3),
            alarm(calm, "orders-age", 2, 4),
            late_certificate(certificates, "front-tls", 1, 4),
        ]
        check(calm, certificates, drifts, 6, 1)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_week_of_sweeps_tells_each_event_once_when_it_begins_and_once_when_it_is_over(
    standing: Ground, tmp_path: Path
) -> None:
    """Thirteen events, several at a time, some for days; a sweep each four hours, and none of them shorter."""
    certificates: list[dict[str, Any]] = []
    with drifting(standing, tmp_path, certificates) as calm:
        drifts = [
            rollout(calm, "cranes", 5, 20),
            rollout(calm, "berths", 40, 90),
            *(alarm(calm, f"queue-{letter}-age", begins, ends) for letter, begins, ends in WEEK_OF_ALARMS),
            *(
                late_certificate(certificates, f"{name}-tls", begins, ends)
                for name, begins, ends in WEEK_OF_CERTIFICATES
            ),
        ]
        check(calm, certificates, drifts, 7 * 24, 4)
