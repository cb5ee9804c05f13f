"""A run that is taken up asks again for what was away for a while, and comes to the end that it would have come to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.domain.base import IncidentId
from sre_agent.progress import Event
from tests.incidents.conftest import Stage
from tests.incidents.ways import Trouble, kubeconfig_through, way

pytestmark = pytest.mark.anyio
INCIDENT = IncidentId("inc-1")
Open = Callable[[str], AbstractContextManager[Stage]]


async def test_a_verdict_reached_while_a_service_was_away_is_reached_anew_when_the_run_is_taken_up(stage: Open) -> None:
    trouble = Trouble(1, pages=1.0)
    with stage("flash-sale") as it, way(it.lab.endpoints.aws, trouble) as away:
        alarm = it.alarm()
        async with it.runtime(aws_endpoint_url=away) as runtime:

            def stop(event: Event) -> None:
                if event.kind == "diagnosis":
                    runtime.worker.drain()

            runtime.progress.listen(stop)
            left, _ = await it.respond(runtime, payload=alarm)
            failures = [item for item in await runtime.store.ledger(left.id) if item.is_transient]
        assert left.open and failures
        assert all("an HTML page instead of JSON (502 Bad Gateway)" in item.error for item in failures)
        trouble.pages = 0.0
        async with it.runtime(aws_endpoint_url=away) as runtime:
            await runtime.responder.resume(left.id)
            incident, report = await drive(runtime, left.id, SilentView(), "always")
            ledger = await runtime.store.ledger(left.id)
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert not [item for item in ledger if item.is_transient], "all of it was asked again"
    assert report is not None and not [gap for gap in report.gaps if "HTML" in gap.text]


async def test_a_service_that_is_back_after_the_pauses_is_asked_again_later_in_the_same_run(stage: Open) -> None:
    trouble = Trouble(1, pages=1.0)
    with stage("flash-sale") as it, way(it.lab.endpoints.aws, trouble) as away:
        alarm = it.alarm()
        async with it.runtime(aws_endpoint_url=away) as runtime:

            def back(event: Event) -> None:
                if event.kind == "waiting":
                    trouble.pages = 0.0

            runtime.progress.listen(back)
            incident, _ = await it.respond(runtime, payload=alarm)
            ledger = await runtime.store.ledger(incident.id)
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert not [item for item in ledger if item.is_transient]
    assert [item for item in ledger if len(item.earlier_refusals) >= 3], "the failures of before are kept"


async def test_an_answer_that_lacks_a_part_is_asked_again_in_the_budget_and_by_the_next_process(
    stage: Open, tmp_path: Path
) -> None:
    trouble = Trouble(1, pages=1.0)
    trouble.only = "/events"
    call = ("kubernetes", "kubectl_explain_workload", {"namespace": "discovery", "name": "recommender"})
    with stage("evening-traffic") as it, kubeconfig_through(it.lab.endpoints.kubeconfig, tmp_path, trouble) as through:
        async with it.runtime(kubeconfig=str(through)) as runtime:
            part = await runtime.toolbox.ask(INCIDENT, 1, "kubernetes", *call)
            again = await runtime.toolbox.ask(INCIDENT, 1, "kubernetes", *call)
            other = await runtime.toolbox.ask(INCIDENT, 2, "kubernetes", *call)
            left = await runtime.toolbox.budget_left(INCIDENT)
            trouble.pages = 0.0
        assert part.answer is not None and part.answer.observations and part.is_transient
        assert (part.calls, again, other.calls) == (3, part, 1), "a part that is given up is not pressed"
        assert left == runtime.settings.investigation.tool_calls - 4
        async with it.runtime(kubeconfig=str(through)) as runtime:
            assert [item.id for item in await runtime.toolbox.transient_failures(INCIDENT)] == [part.id, other.id]
            whole = await runtime.toolbox.ask(INCIDENT, 1, "kubernetes", *call)
    assert whole.answer is not None and not whole.is_transient and whole.calls == 4
    assert len(whole.answer.observations) >= len(part.answer.observations)


async def test_a_part_of_an_answer_is_kept_where_a_later_try_brings_nothing(stage: Open, tmp_path: Path) -> None:
    trouble = Trouble(1, pages=1.0)
    trouble.only = "/events"
    call = ("kubernetes", "kubectl_explain_workload", {"namespace": "discovery", "name": "recommender"})
    with stage("evening-traffic") as it, kubeconfig_through(it.lab.endpoints.kubeconfig, tmp_path, trouble) as through:
        async with it.runtime(kubeconfig=str(through)) as runtime:
            part = await runtime.toolbox.ask(INCIDENT, 1, "kubernetes", *call)
        trouble.only = ""
        async with it.runtime(kubeconfig=str(through)) as runtime:
            evidence = await runtime.toolbox.ask(INCIDENT, 1, "kubernetes", *call)
    assert evidence.answer == part.answer and evidence.asked_at == part.asked_at and evidence.calls > part.calls


async def test_a_dry_run_that_could_not_read_how_to_undo_is_made_again_before_a_policy_judges_it(stage: Open) -> None:
    trouble = Trouble(1)
    trouble.only, trouble.most = "DescribeTable", 3  # all the tries of one call
    with stage("flash-sale") as it, way(it.lab.endpoints.aws, trouble) as away:
        alarm = it.alarm()
        async with it.runtime(aws_endpoint_url=away) as runtime:

            def fall(event: Event) -> None:
                if event.kind == "diagnosis":
                    trouble.pages = 1.0

            runtime.progress.listen(fall)
            incident, report = await it.respond(runtime, payload=alarm)
    assert trouble.made["pages"] == 3
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert report is not None and report.remediations[0].undo is not None


async def test_a_cluster_behind_a_broken_proxy_is_told_as_that_and_not_blamed_on_rights(stage: Open) -> None:
    with stage("flash-sale") as it, way(it.lab.endpoints.aws, Trouble(1, pages=1.0)) as away:
        async with it.runtime(aws_endpoint_url=away) as runtime:
            incident, report = await it.respond(runtime)
    assert incident.status == "escalated" and report is not None
    gaps = [gap.text for gap in report.gaps]
    assert any(f"{away} returned an HTML page instead of JSON (502 Bad Gateway)" in text for text in gaps), gaps
    assert not any("[denied]" in text for text in gaps)
