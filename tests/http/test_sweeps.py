"""Sweeps of the service: what becomes an incident, and the schedules that several processes share."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.domain.sweep import Trouble
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.http.sweep_runner import SweepRunner
from sre_agent.http.sweep_scheduler import SweepScheduler
from sre_agent.settings import SweepSchedule
from sre_agent.sweep.schedule import due, jitter
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio
OPENS = {"sweep_opens": "SEV2", "gather_seconds": 0}
HOURLY = {"sweep_schedules": {"hourly": {"cron": "30 * * * *", "jitter_seconds": 0, "namespace": "shop"}}}


def trouble(name: str, severity: Any = "SEV2", **fields: Any) -> Trouble:
    subject = Subject(scope="quay", kind="Deployment", namespace="shop", name=name)
    fields = {"verdict": "cause", "failure_class": "oom_killed", **fields}
    return Trouble(subject=subject, severity=severity, statement=f"Deployment/shop/{name} is killed", **fields)


async def swept(site: Site, *troubles: Trouble) -> list[str]:
    """The incidents of the troubles, in their order."""
    site.engine.found = list(troubles)
    site.clock.move(600)
    run = await SweepRunner(site.service).take("shop", hygiene=False, cluster="", schedule="")
    assert run.sweep is not None, run.why
    return [one.incident for one in run.sweep.troubles]


@pytest.mark.parametrize("settings", [OPENS], indirect=True)
async def test_a_trouble_opens_one_incident_however_often_it_is_seen(site: Site) -> None:
    symptoms = ["service.no_endpoints Service/shop/cart", "firing Alarm/cart-5xx"]
    first, note = await swept(site, trouble("cart", symptoms=symptoms), trouble("search", "SEV3"))
    (incident,) = await site.store.incidents()
    assert (first, note) == (incident.id, "")
    assert (incident.severity, incident.signals[0].source) == ("SEV2", "sweep")
    assert await swept(site, trouble("cart", symptoms=symptoms), trouble("search", "SEV3")) == [first, ""]
    assert (await swept(site, trouble("cart", "SEV1"), trouble("search", "SEV2")))[0] == first
    titles = [one.title for one in await site.store.incidents()]
    assert titles == ["Deployment/shop/search is killed", "Deployment/shop/cart is killed"], "that one got worse"


@pytest.mark.parametrize("settings", [OPENS], indirect=True)
async def test_what_an_alarm_has_opened_an_incident_for_is_not_opened_again(site: Site) -> None:
    answer = await site.ask("POST", "/incidents", json={"alarm_name": "cart-5xx"})
    alarms = ["firing Alarm/cart-5xx"]
    assert await swept(site, trouble("cart", symptoms=alarms)) == [answer.json()["task_id"]]
    assert len(await site.store.incidents()) == 1


@pytest.mark.parametrize(
    "settings",
    [{**OPENS, "trigger_policy": "mutes: [{until: 2027-01-01, reason: a move, source: sweep}]"}, {}],
    indirect=True,
)
async def test_no_incident_is_opened_against_the_trigger_policy_or_unless_it_is_wanted(site: Site) -> None:
    assert await swept(site, trouble("cart", "SEV1")) == [""]
    assert await site.store.incidents() == []


@pytest.mark.parametrize("settings", [HOURLY], indirect=True)
async def test_of_several_processes_one_takes_a_run_and_missed_ones_are_counted_and_not_caught_up(site: Site) -> None:
    processes = [SweepScheduler(site.service, SweepRunner(site.service)) for _ in range(3)]

    async def look() -> list[SweepRun]:
        return [run for runs in await asyncio.gather(*(one.look() for one in processes)) for run in runs]

    assert await look() == []
    site.clock.move(31 * 60)
    (run,) = await look()
    assert (run.schedule, run.namespace, run.state, run.missed_runs) == ("hourly", "shop", "done", 0)
    assert await look() == [] and site.engine.sweeps == 1
    site.clock.move(5 * 3600)  # nobody was there for four runs; the fifth is due since a minute
    (late,) = await look()
    assert (late.missed_runs, site.engine.sweeps) == (4, 2)
    site.clock.move(3600 + 20 * 60)  # too late for the run of twenty minutes ago
    assert await look() == [] and site.engine.sweeps == 2


def test_a_schedule_is_read_in_its_own_time_zone_and_spread_by_a_jitter_of_its_own() -> None:
    dublin = SweepSchedule(cron="0 9 * * *", zone="Europe/Dublin", jitter_seconds=300)
    summer, winter = datetime(2026, 7, 1, 5, tzinfo=UTC), datetime(2026, 12, 1, 5, tzinfo=UTC)
    for morning, hour in ((summer, 8), (winter, 9)):
        at = morning.replace(hour=hour)
        late = at + jitter(dublin, at, "a")
        assert due(dublin, morning, late - timedelta(seconds=1), "a").at is None
        assert due(dublin, morning, late, "a").at == at
    spread = {jitter(dublin, NOON, seed) for seed in "abcde"}
    assert len(spread) == 5 and all(timedelta(0) <= one <= timedelta(minutes=5) for one in spread)
