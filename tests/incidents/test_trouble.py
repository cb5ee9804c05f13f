"""Servers that die, clusters that cannot be reached, rights that are missing: a visible gap, and nothing lost."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sre_agent.progress import Event
from sre_agent.settings import ForeignServer
from sre_lab.remote_clock import LabClock
from tests.incidents.conftest import Stage
from tests.processes.children import children_running
from tests.toolbox.conftest import Foreign

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


@pytest.mark.long  # chaos kills servers in the normal run
async def test_a_server_that_dies_in_the_middle_is_opened_again_and_the_incident_ends_well(
    stage_of_processes: Open,
) -> None:
    pids: list[int] = []

    def kill_kubernetes(event: Event) -> None:
        if event.kind in ("agent.ended", "diagnosis", "waiting") and not pids:
            for pid in children_running("mcp_servers.kubernetes"):
                os.kill(pid, signal.SIGKILL)
                pids.append(pid)

    with stage_of_processes("payday-evening") as it:
        async with it.runtime() as runtime:
            runtime.progress.listen(kill_kubernetes)
            incident, _ = await it.respond(runtime)
    assert pids
    assert (incident.status, incident.reason) == ("remediated", "fixed")


async def test_an_unreachable_cluster_is_a_gap_in_the_report_and_never_taken_as_healthy(
    stage: Open, tmp_path: Path
) -> None:
    kubeconfig = tmp_path / "nowhere"
    kubeconfig.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        "clusters: [{name: gone, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "contexts: [{name: c, context: {cluster: gone, user: u}}]\nusers: [{name: u, user: {token: t}}]\n"
    )
    with stage("payday-evening") as it:
        async with it.runtime(kubeconfig=str(kubeconfig)) as runtime:
            incident, report = await it.respond(runtime)
    assert incident.status == "escalated"
    assert report is not None
    assert any("unavailable" in gap.text or "refused" in gap.text for gap in report.gaps)


async def test_while_one_server_hangs_the_others_find_the_cause_and_the_report_names_the_gap(
    stage: Open, tmp_path: Path
) -> None:
    foreign = Foreign(tmp_path)
    for tool in ("get_alarm_history", "get_active_alarms", "get_metric_data", "execute_log_insights_query"):
        foreign.says(tool, hangs=True)
    server = ForeignServer.model_validate(foreign.settings)
    with stage("payday-evening") as it:
        async with it.runtime(foreign_servers={"cloudwatch": server}, call_seconds=5.0) as runtime:
            incident, report = await it.respond(runtime)
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert report is not None
    assert any("cloudwatch MCP server did not answer" in gap.text for gap in report.gaps), report.gaps


async def test_without_write_sessions_the_right_remedy_is_named_and_left_to_a_human(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime(writes=False) as runtime:
            incident, report = await it.respond(runtime)
    assert (incident.status, incident.reason) == ("escalated", "writes_off")
    assert report is not None and not report.remediations
    assert report.action is not None and "--writes" in str(report.allow)


async def test_no_budget_left_escalates_and_says_so(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime(tool_calls=1) as runtime:
            incident, report = await it.respond(runtime)
    assert (incident.status, incident.reason) == ("escalated", "budget_exhausted")
    assert report is not None and report.cost.tool_calls == 1


@pytest.mark.long
async def test_a_remedy_that_does_not_heal_is_undone_and_handed_over(stage: Open) -> None:
    """The memory that the process needs grows while the raised limit is rolled out: the write has to be taken back.

    The normal run has it in `test_away_at_the_end`, where the undo is held up too, and in a scenario.
    """
    path = "/apis/apps/v1/namespaces/discovery/deployments/recommender"
    with stage("evening-traffic") as it:
        alarm = it.alarm()
        before = it.object(path)["spec"]["template"]["spec"]["containers"][0]["resources"]
        image = it.object(path)["spec"]["template"]["spec"]["containers"][0]["image"]
        growth = {"ready_after": 0.5, "memory": {"start": "300Mi", "peak": "4Gi", "over": 10}}
        async with it.runtime() as runtime:
            waiting_incident, _ = await it.respond(runtime, "ask", alarm)
            it.lab.control.befall({"image": {image: growth}})
            await runtime.responder.decide(waiting_incident.id, "approve", by="ada")

            async def done() -> bool:
                return not (await runtime.responder.incident(waiting_incident.id)).open

            await runtime.worker.run_until(done)
            incident = await runtime.responder.incident(waiting_incident.id)
            report = await runtime.store.report(waiting_incident.id)
        assert (incident.status, incident.reason) == ("escalated", "verification_failed")
        assert report is not None
        assert [r.is_undo for r in report.remediations if r.outcome == "done"] == [False, True]
        assert it.object(path)["spec"]["template"]["spec"]["containers"][0]["resources"] == before


async def test_a_kubeconfig_without_rights_is_a_named_gap_and_never_taken_as_healthy(
    stage: Open, tmp_path: Path
) -> None:
    """A recorded world whose API refuses everything but the names of workloads."""
    forbidden = 'deployments.apps is forbidden: User "reader" cannot list resource "deployments" in API group "apps"'
    world = {
        "schema": "sre-world/1",
        "clock": "2026-11-21T10:00:00Z",
        "k8s": {
            "objects": [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}],
            "deny": [{"verb": "*", "resource": "*", "scope": "", "message": forbidden}],
        },
    }
    recording = tmp_path / "world.json"
    recording.write_text(json.dumps(world))
    payload = {"title": "checkout is down", "state": "firing", "namespace": "shop", "workload": "checkout"}
    with stage(str(recording)) as it:
        async with it.runtime() as runtime:
            incident, report = await it.respond(runtime, payload=payload)
    assert incident.status == "escalated"
    assert report is not None
    assert any("denied" in gap.text and "forbidden" in gap.text for gap in report.gaps), report.gaps


class LateClock(LabClock):
    """The responder's clock is five seconds behind: a permit of a second has expired where it is to be used."""

    def now(self) -> datetime:
        return super().now() - timedelta(seconds=5)


async def test_permits_that_always_come_too_late_are_tried_three_times_and_handed_over(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime(clock=LateClock(it.lab.control), permit_seconds=1) as runtime:
            incident, report = await it.respond(runtime)
    assert report is not None
    assert (incident.status, incident.reason) == ("escalated", "tools_unavailable")
    assert [r.outcome for r in report.remediations] == ["refused"] * 3
    assert "expired" in report.remediations[0].text
