"""Nothing is concluded from what was away for a while: it is asked for again, and what stays away is told as that."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.progress import Event
from tests.incidents.conftest import Stage
from tests.incidents.test_blind_looks import through, with_a_short_deadline
from tests.incidents.ways import Trouble

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
ONE_ASK = 3  # pages that a server asks over before it says that a service is away
UNAVAILABLE = ("escalated", "tools_unavailable")


async def respond_in_trouble(
    stage: Open, scenario: str, operation: str, *, pages: int = 1_000_000, since: str = "", until: str = "", **more: Any
) -> tuple[Incident, Report, list[Evidence], Trouble]:
    """A run in which a proxy's page answers `operation` so many times, from an event on and up to another one."""
    trouble = Trouble(1, pages=0.0 if since else 1.0)
    trouble.only, trouble.most = operation, pages

    def heard(event: Event) -> None:
        if event.kind == since:
            trouble.pages = 1.0
        elif event.kind == until:
            trouble.pages = 0.0

    with stage(scenario) as it, through(it, trouble) as settings:
        alarm = it.alarm()
        async with it.runtime(**settings, **more) as runtime:
            runtime.progress.listen(heard)
            incident, report = await it.respond(runtime, payload=alarm)
            ledger = await runtime.store.ledger(incident.id)
    assert report is not None and trouble.made["pages"]
    return incident, report, ledger, trouble


@pytest.mark.parametrize("pages", [pytest.param(1, marks=pytest.mark.long), ONE_ASK])
async def test_while_the_account_number_is_away_no_subject_is_named_by_an_unknown_account_in_silence(
    stage: Open, pages: int
) -> None:
    incident, _, ledger, _ = await respond_in_trouble(stage, "flash-sale", "GetCallerIdentity", pages=pages)
    answers = [item.answer for item in ledger if item.answer is not None]
    assert not [
        observation
        for answer in answers
        for observation in answer.observations
        if observation.subject.scope.startswith("unknown/")
    ]
    assert (incident.status, incident.reason) == ("remediated", "fixed")


async def test_a_write_server_that_cannot_verify_its_account_for_a_while_has_not_refused_the_remedy(
    stage: Open,
) -> None:
    incident, _, _, trouble = await respond_in_trouble(
        stage, "flash-sale", "GetCallerIdentity", pages=ONE_ASK, since="diagnosis"
    )
    assert trouble.made["pages"] == ONE_ASK
    assert (incident.status, incident.reason) == ("remediated", "fixed")


@pytest.mark.parametrize("operation", ["GetCallerIdentity", pytest.param("GetDocument", marks=pytest.mark.long)])
async def test_a_dry_run_that_stays_away_or_in_part_is_no_word_on_whether_a_remedy_is_safe(
    stage: Open, operation: str
) -> None:
    """The account that a permit names, and the steps that would be taken."""
    incident, report, _, _ = await respond_in_trouble(stage, "flash-sale", operation, since="diagnosis")
    assert (incident.status, incident.reason) == UNAVAILABLE
    assert any("502 Bad Gateway" in gap.text for gap in report.gaps), report.gaps
    assert not report.remediations


async def test_a_policy_that_asks_for_an_undo_turns_nothing_down_whose_undo_could_not_be_read(
    stage: Open, tmp_path: Path
) -> None:
    policy = tmp_path / "law"
    policy.mkdir()
    (policy / "undoable.cedar").write_text(
        '@id("undoable") permit (principal, action, resource) when { context.has_undo };'
    )
    incident, report, _, _ = await respond_in_trouble(
        stage, "flash-sale", "DescribeTable", since="diagnosis", policies=str(policy)
    )
    assert (incident.status, incident.reason) == UNAVAILABLE
    assert any("502 Bad Gateway" in gap.text for gap in report.gaps), report.gaps


@pytest.mark.long
async def test_a_remedy_that_falls_away_with_a_listing_is_looked_for_again_before_the_end(stage: Open) -> None:
    """As `test_taken_up` has it of all that AWS is asked."""
    incident, _, ledger, _ = await respond_in_trouble(stage, "flash-sale", "ListDocuments", until="waiting")
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert not [item for item in ledger if item.is_transient]


async def test_a_remedy_that_falls_away_with_a_listing_that_stays_away_is_told_as_that(stage: Open) -> None:
    incident, report, _, _ = await respond_in_trouble(stage, "flash-sale", "ListDocuments")
    assert (incident.status, incident.reason) == UNAVAILABLE
    assert any("502 Bad Gateway" in gap.text for gap in report.gaps), report.gaps


async def test_without_a_cause_what_stayed_away_is_the_reason_and_not_the_evidence(stage: Open) -> None:
    incident, report, _, _ = await respond_in_trouble(stage, "night-mail", "GetMetricData")
    assert (incident.status, incident.reason) == UNAVAILABLE
    assert any("502 Bad Gateway" in gap.text for gap in report.gaps), report.gaps


async def test_a_run_that_may_only_read_previews_again_what_could_not_be_previewed_at_once(stage: Open) -> None:
    incident, report, _, _ = await respond_in_trouble(
        stage, "flash-sale", "DescribeDocument", pages=ONE_ASK, since="diagnosis", writes=False
    )
    assert (incident.status, incident.reason) == ("escalated", "writes_off")
    assert report.action is not None and report.action.diff


@pytest.mark.parametrize("operation", ["GetDocument", pytest.param("DescribeTable", marks=pytest.mark.long)])
async def test_a_run_that_may_only_read_does_not_turn_down_a_remedy_that_it_saw_in_part(
    stage: Open, operation: str
) -> None:
    incident, report, _, _ = await respond_in_trouble(stage, "flash-sale", operation, since="diagnosis", writes=False)
    assert (incident.status, incident.reason) == ("escalated", "writes_off")
    assert report.action is not None


async def test_an_undo_that_cannot_be_previewed_for_a_while_is_made_later(stage: Open) -> None:
    """The memory that the process needs grows while the raised limit is rolled out: the write has to be taken back."""
    trouble = Trouble(1)
    trouble.only, trouble.most = "dryRun", ONE_ASK * 3  # all the tries of one dry run
    path = "/apis/apps/v1/namespaces/discovery/deployments/recommender"
    with stage("evening-traffic") as it, through(it, trouble) as settings:
        alarm = it.alarm()
        [before] = it.object(path)["spec"]["template"]["spec"]["containers"]
        image = before["image"]
        growth = {"ready_after": 0.5, "memory": {"start": "300Mi", "peak": "4Gi", "over": 10}}

        def heard(event: Event) -> None:
            if event.kind == "write.intended" and not trouble.made["pages"]:
                it.lab.control.befall({"image": {image: growth}})
                trouble.pages = 1.0

        own = with_a_short_deadline(it.folder / "classes")
        async with it.runtime(failure_folders=own, **settings) as runtime:
            runtime.progress.listen(heard)
            incident, report = await it.respond(runtime, payload=alarm)
        assert it.object(path)["spec"]["template"]["spec"]["containers"][0]["resources"] == before["resources"]
    assert trouble.made["pages"] == trouble.most
    assert (incident.status, incident.reason) == ("escalated", "verification_failed")
    assert report is not None
    assert [write.is_undo for write in report.remediations if write.outcome == "done"] == [False, True]
