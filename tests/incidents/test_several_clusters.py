"""One responder over two clusters: each alarm is of one of them, and nothing of it happens in the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent import entrances, reports
from sre_agent.chat import Dialogue
from sre_agent.cli import checkup
from sre_agent.cli.chat import conversation_by
from sre_agent.cli.chat_responder import ChatResponder
from sre_agent.cli.cluster_conversation import dialogue_over
from sre_agent.cli.cluster_looks import ClusterLooks
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.main import app
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal
from sre_agent.notify.console import SilentNotifier
from sre_agent.preflight import VerbOptions
from sre_lab.remote_clock import LabClock
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab

pytestmark = pytest.mark.anyio
GREEN = "999988887777"  # the account of the second cluster
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/payments-api"


class TwoClusters:
    """Two labs with the same trouble; alarms of `green` name an account of their own."""

    def __init__(self, blue: Stage, green: Stage) -> None:
        self.blue, self.green = blue, green
        self.payload = blue.alarm()
        green.alarm()
        self.account = str(self.payload["account"])

    def entry(self, stage: Stage, account: str) -> dict[str, Any]:
        ends = stage.lab.endpoints
        addresses = {"aws_endpoint_url": ends.aws, "prometheus_url": ends.prometheus, "region": ends.region}
        return {"kubeconfig": str(ends.kubeconfig), "account": account, **addresses}

    def signal(self, account: str, runtime: Runtime) -> Signal:
        text = json.dumps(self.payload).replace(self.account, account)
        return entrances.read(json.loads(text), received_at=runtime.clock.now())[0]

    @asynccontextmanager
    async def runtime(self) -> AsyncIterator[Runtime]:
        table = {"blue": self.entry(self.blue, self.account), "green": self.entry(self.green, GREEN)}
        settings = lab_settings(self.blue.lab, self.blue.folder / "state", clusters=table)
        clock = LabClock(self.green.lab.control)
        async with open_runtime(settings, clock=clock, notifier=SilentNotifier()) as runtime:
            yield runtime

    async def respond(self, runtime: Runtime, account: str) -> tuple[Incident, Report | None]:
        incident, _ = await runtime.responder.submit(self.signal(account, runtime))
        return await drive(runtime, incident.id, SilentView(), "always")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoClusters]:
    folders = [tmp_path_factory.mktemp(name) for name in ("blue", "green")]
    with (
        standing_lab("payday-evening", folders[0] / "lab") as blue,
        standing_lab("payday-evening", folders[1] / "lab") as green,
        servers_within(),
    ):
        yield TwoClusters(Stage(blue, folders[0]), Stage(green, folders[1]))


async def test_an_alarm_is_worked_on_in_its_own_cluster_and_the_other_one_is_untouched(two: TwoClusters) -> None:
    before = two.blue.object(DEPLOYMENT)
    async with two.runtime() as runtime:
        incident, report = await two.respond(runtime, GREEN)
        ledger = await runtime.store.ledger(incident.id)
    assert (incident.status, incident.reason, incident.cluster, incident.account) == (
        *("remediated", "fixed", "green", GREEN),
    )
    assert report is not None and report.diagnosis.causes
    assert f"Cluster green, account {GREEN}." in reports.markdown(report)
    command = ["incidents", "list", "--state-dir", str(two.blue.folder / "state")]
    listing = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert "green" in listing.stdout and GREEN in listing.stdout
    scopes = {o.subject.scope for item in ledger if item.answer for o in item.answer.observations}
    assert "green" in scopes and "blue" not in scopes
    assert two.blue.object(DEPLOYMENT)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert two.green.object(DEPLOYMENT)["spec"] != before["spec"]


async def test_each_cluster_and_each_account_has_rows_in_doctor_and_readiness_though_nothing_happens_there(
    two: TwoClusters,
) -> None:
    dead_entry = two.entry(two.green, GREEN) | {"kubeconfig": "/nowhere", "prometheus_url": ""}
    table = {"blue": two.entry(two.blue, two.account), "gone": dead_entry}
    settings = lab_settings(two.blue.lab, two.blue.folder / "state", clusters=table)
    looks = ClusterLooks(settings)
    assert {row.state for row in looks.rows()} == {"not_asked"}
    await looks.look()
    assert {(row.kind, row.name): row.state for row in looks.rows()} == {
        ("cluster", "blue"): "ok",
        ("account", "blue"): "ok",
        ("cluster", "gone"): "failing",
        ("account", "gone"): "ok",
    }
    rows = await checkup.check(settings, VerbOptions())
    by_cluster = {(row.cluster, row.what): row.state for row in rows if row.cluster}
    assert (by_cluster["blue", "cluster"], by_cluster["blue", "CloudWatch"]) == ("ok", "ok")
    assert (by_cluster["gone", "kubeconfig"], by_cluster["gone", "CloudWatch"]) == ("failed", "ok")
    assert checkup.fails(rows)


async def test_alarms_of_two_clusters_are_two_incidents_though_they_are_called_alike(two: TwoClusters) -> None:
    async with two.runtime() as runtime:
        signals = [two.signal(account, runtime) for account in (two.account, GREEN)]
        first = await runtime.alarms.receive(signals, "cloudwatch")
        same = [one.model_copy(update={"id": f"{one.id}-again"}) for one in signals]
        again = await runtime.alarms.receive(same, "cloudwatch")
        incidents = {str(one.id): one.cluster for one in await runtime.store.incidents(limit=10)}
    assert [one.disposition for one in first] == ["opened", "opened"]
    assert [incidents[one.incident] for one in first] == ["blue", "green"]
    assert [one.incident for one in again] == [one.incident for one in first]


async def test_an_alarm_of_an_account_that_nobody_knows_is_told_and_not_dropped(two: TwoClusters) -> None:
    async with two.runtime() as runtime:
        incident, report = await two.respond(runtime, "123412341234")
    assert (incident.status, incident.reason) == ("escalated", "tools_unavailable")
    assert (incident.cluster, incident.account) == ("", "123412341234")
    assert report is not None
    gaps = " ".join(gap.text for gap in report.gaps)
    assert "123412341234" in gaps and "blue, green" in gaps


async def test_chat_asks_which_cluster_is_meant_and_looks_into_that_one_alone(two: TwoClusters) -> None:
    async with two.runtime() as runtime:

        def about(there: Runtime, cluster: str) -> Dialogue:
            return conversation_by(there, ChatResponder(there, SilentView(), "never"), None)

        dialogue = dialogue_over(runtime, about)
        assert (await dialogue.ask("which deployments are in shop")).outcome == "choice"
        reply = await dialogue.ask("green")
        states = {name: runtime.runtimes.at(name).toolbox.health() for name in ("blue", "green")}
    assert reply.text.startswith("Cluster green:") and "payments-api" in reply.text
    assert {one.state for one in states["blue"]} == {"idle"} and "up" in {one.state for one in states["green"]}
