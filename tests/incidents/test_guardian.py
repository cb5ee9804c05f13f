"""What was remediated is looked at once more: kept in its report where it is well, opened again where it is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
import yaml

from sre_agent.compose import Runtime
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.guardian import is_for_guardian
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


async def looks(runtime: Runtime) -> list[datetime]:
    """When the guardian will look."""
    return [one.due for one in await runtime.store.messages("waiting") if is_for_guardian(one.message)]


async def looked_at_again(runtime: Runtime, incident: Incident) -> tuple[Incident, Report]:
    """The incident with its report after the guardian's look."""
    (due,) = await looks(runtime)
    assert due - runtime.clock.now() == timedelta(minutes=30)
    await runtime.clock.sleep_until(due)
    while await runtime.worker.step() and await looks(runtime):
        pass  # questions that expire meanwhile were answered long ago
    report = await runtime.store.report(incident.id)
    assert report is not None
    return await runtime.responder.incident(incident.id), report


async def test_what_stays_well_is_told_in_its_report_and_opens_nothing(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime() as runtime:
            first, _ = await it.respond(runtime)
            incident, report = await looked_at_again(runtime, first)
            assert await looks(runtime) == []
            assert len(await runtime.store.incidents()) == 1
    assert incident.status == "remediated" and not incident.reopened_as
    assert report.guardian is not None and report.guardian.verdict == "proved"
    assert report.timeline[-1].what == "Looked at again: still well"


async def test_what_comes_back_is_opened_again_as_an_incident_that_names_the_first(stage: Open) -> None:
    with stage("bakery-orders") as it:
        async with it.runtime() as runtime:
            first, _ = await it.respond(runtime)
            assert first.reason == "fixed"
            incident, report = await looked_at_again(runtime, first)
            again = await runtime.responder.incident(incident.reopened_as)
            settings = [await runtime.store.settings(one.id) for one in (incident, again)]
    assert (incident.status, incident.reason) == ("remediated", "fixed"), "what was true at its end stays written"
    assert report.guardian is not None and report.guardian.verdict == "not_healed"
    assert report.reopened_as == again.id and again.id in report.timeline[-1].what
    assert again.open and again.reopens == incident.id and settings[0] == settings[1]


async def test_what_passed_by_itself_and_stays_away_is_told_in_its_report(stage: Open) -> None:
    with stage("short-outage") as it:
        async with it.runtime() as runtime:
            first, _ = await it.respond(runtime)
            assert first.reason == "recovered"
            incident, report = await looked_at_again(runtime, first)
    assert report.guardian is not None and report.guardian.verdict == "proved"
    assert not incident.reopened_as


async def test_what_passed_by_itself_and_is_back_at_the_look_is_opened_again(stage: Open, tmp_path: Path) -> None:
    document = yaml.safe_load((resources.files("sre_lab") / "scenarios" / "short-outage.yaml").read_text())
    document["faults"].append({"at": "25m", "note": "it stops answering again", "dependency": {"carrier-api": False}})
    (tmp_path / "short-outage.yaml").write_text(yaml.safe_dump(document))
    with stage(str(tmp_path / "short-outage.yaml")) as it:
        async with it.runtime() as runtime:
            first, _ = await it.respond(runtime)
            assert first.reason == "recovered"
            incident, report = await looked_at_again(runtime, first)
            again = await runtime.responder.incident(incident.reopened_as)
    assert report.guardian is not None and report.guardian.verdict == "not_healed"
    assert again.open and again.reopens == incident.id


@pytest.mark.long
async def test_a_guardian_that_is_switched_off_leaves_nothing_on_the_queue(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime(guardian_seconds=0) as runtime:
            await it.respond(runtime)
            assert await looks(runtime) == []
