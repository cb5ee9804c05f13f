"""Two clusters, two allowlists, two policies in one state folder: each incident is handled with its own settings."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent import entrances
from sre_agent.cli import exits, incidents
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime
from sre_agent.domain.action import Action
from sre_agent.domain.incident import Incident
from sre_agent.errors import SettingsError
from sre_agent.settings import SAVED
from sre_lab.remote_clock import LabClock
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab

pytestmark = pytest.mark.anyio
MENU = "/apis/apps/v1/namespaces/meals/deployments/menu-api"


@dataclass
class Two:
    """Two labs that share one state folder; `a` and `b` have the same trouble."""

    a: Stage
    b: Stage

    @property
    def state(self) -> Path:
        return self.a.folder / "state"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as labs, servers_within():
        yield Two(*(Stage(labs.enter_context(standing_lab("school-lunch", tmp_path / n)), tmp_path) for n in "ab"))


def generation(it: Stage) -> int:
    number: int = it.object(MENU)["metadata"]["generation"]
    return number


async def ask(it: Stage, **settings: Any) -> Incident:
    async with it.runtime(**settings) as runtime:
        incident, _ = await it.respond(runtime, "ask")
        assert incident.question, incident
        return incident


async def submit(it: Stage, **settings: Any) -> Incident:
    """An incident that a process has opened and not begun to work on."""
    async with it.runtime(**settings) as runtime:
        signal = entrances.read(it.alarm(), received_at=runtime.clock.now())[0]
        return (await runtime.responder.submit(signal))[0]


async def finish(runtime: Runtime, incident: Incident) -> Incident:
    async def done() -> bool:
        return not (await runtime.responder.incident(incident.id)).open

    await runtime.worker.run_until(done)
    return await runtime.responder.incident(incident.id)


async def test_an_incident_that_is_approved_after_another_one_began_writes_its_own_cluster(two: Two) -> None:
    first = await ask(two.a, cluster="cluster-a", allow_namespaces=("meals",))
    before = generation(two.a), generation(two.b)
    async with two.b.runtime(clock=LabClock(two.a.lab.control), cluster="cluster-b") as runtime:
        second, _ = await two.b.respond(runtime, "ask", two.b.alarm())
        assert second.id != first.id, "the same alarm of another cluster is another incident"
        settings = [(await runtime.runtimes.of(one.id)).settings for one in (first, second)]
        assert [one.kubernetes.cluster for one in settings] == ["cluster-a", "cluster-b"]
        await runtime.responder.decide(first.id, "approve", by="ada")
        final = await finish(runtime, first)
        report = await runtime.store.report(first.id)
    assert (final.status, final.reason) == ("remediated", "fixed")
    assert (generation(two.a), generation(two.b)) == (before[0] + 1, before[1])
    assert report is not None and report.remediations[0].outcome == "done"


async def test_the_allowlist_of_an_incident_holds_whatever_a_later_one_may_write(two: Two) -> None:
    first = await submit(two.a, cluster="cluster-a", allow_namespaces=("shop",))
    before = generation(two.a), generation(two.b)
    later = two.b.runtime(clock=LabClock(two.a.lab.control), cluster="cluster-b", allow_namespaces=("*",))
    async with later as runtime:
        final, report = await drive(runtime, first.id, SilentView(), "always")
    assert final.status == "escalated" and report is not None
    assert not [one for one in report.remediations if one.outcome == "done"]
    assert (generation(two.a), generation(two.b)) == before


async def test_an_incident_that_only_reads_stays_so_when_a_later_one_may_write(two: Two) -> None:
    first = await submit(two.a, writes=False, cluster="cluster-a")
    before = generation(two.a), generation(two.b)
    async with two.b.runtime(clock=LabClock(two.a.lab.control), cluster="cluster-b") as runtime:
        final, report = await drive(runtime, first.id, SilentView(), "always")
    assert final.status == "escalated" and report is not None and not report.remediations
    assert (generation(two.a), generation(two.b)) == before


async def test_a_signal_of_an_open_incident_joins_it_and_is_told_that_its_settings_hold(two: Two) -> None:
    first = await submit(two.a, writes=False)
    joined = await submit(two.a, writes=True)
    assert joined.id == first.id
    [warning] = [event.data["text"] for event in two.a.events if event.kind == "warning"]
    assert warning.startswith(f"Incident {first.id} is already open for this, and keeps the settings")
    assert f"sre-agent incidents cancel {first.id}" in warning


async def test_the_policy_of_an_incident_is_the_one_it_was_started_with(two: Two, tmp_path: Path) -> None:
    forbids = tmp_path / "forbids"
    forbids.mkdir()
    (forbids / "all.cedar").write_text('@id("nothing")\nforbid (principal, action, resource);\n')
    first = await submit(two.a, policies=str(forbids), cluster="cluster-a")
    before = generation(two.a)
    async with two.b.runtime(clock=LabClock(two.a.lab.control), cluster="cluster-b") as runtime:
        final, _ = await drive(runtime, first.id, SilentView(), "always")
    assert (final.status, final.reason) == ("escalated", "no_safe_action")
    assert generation(two.a) == before


async def test_a_permit_is_of_the_cluster_of_its_incident(two: Two) -> None:
    first = await ask(two.a, cluster="cluster-a")
    async with two.b.runtime(clock=LabClock(two.a.lab.control), cluster="cluster-b") as runtime:
        action = await runtime.worker.proposed(first.id)
        assert isinstance(action, Action)
        permit_issuer = (await runtime.runtimes.of(first.id)).permit_issuer
        now = runtime.clock.now()
        token = await permit_issuer.issue(action, incident=first.id, epoch=1, allowed_by="human:ada", now=now)
    body = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    assert (body["audience"], body["scope"]) == ("kubernetes", "cluster-a")


def start(two: Two) -> Incident:
    """An incident on `a` that asks, and a later one on `b`."""
    first = asyncio.run(ask(two.a, cluster="cluster-a"))
    asyncio.run(ask(two.b, cluster="cluster-b"))
    return first


def command(*words: str, state: Path) -> Any:
    return CliRunner().invoke(incidents.app, [*words, "--state-dir", str(state)])


def test_the_command_that_approves_uses_the_settings_of_the_incident(two: Two) -> None:
    first = start(two)
    before = generation(two.a), generation(two.b)
    two.a.lab.control.advance(1)
    done = command("reject", first.id, state=two.state)
    assert done.exit_code == exits.ESCALATED, done.output
    with closing(sqlite3.connect(two.state / "incidents.sqlite")) as database:
        [row] = database.execute("SELECT body FROM settings WHERE incident = ?", (first.id,)).fetchone()
    settings = json.loads(row)["settings"]
    assert settings["kubeconfig"] == str(two.a.lab.endpoints.kubeconfig)
    assert settings["cluster"] == "cluster-a" and settings["kube_context"], "what was current then is written down"
    assert (generation(two.a), generation(two.b)) == before


def test_reading_incidents_needs_no_cluster(two: Two) -> None:
    first = asyncio.run(ask(two.a))
    two.a.lab.endpoints.kubeconfig.write_text("{ this: is no")
    for words in (("list",), ("show", first.id), ("list", "--json")):
        done = command(*words, state=two.state)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert first.id in done.output, words


def test_an_incident_whose_kubeconfig_is_broken_is_not_approved_and_can_be_cancelled(two: Two) -> None:
    first = asyncio.run(ask(two.a))
    two.a.lab.endpoints.kubeconfig.write_text("{ this: is no")
    refused = command("approve", first.id, state=two.state)
    assert isinstance(refused.exception, SettingsError) and "is not YAML" in str(refused.exception)
    assert "waiting for approval" in command("list", state=two.state).output, "the question is still open"
    assert command("cancel", first.id, state=two.state).exit_code == exits.ESCALATED
    assert "cancelled" in command("list", state=two.state).output


async def test_an_incident_of_an_older_version_is_handled_with_the_settings_of_its_folder(two: Two) -> None:
    async with two.a.runtime(cluster="cluster-a") as runtime:
        first, _ = await two.a.respond(runtime, "ask")
        (two.state / SAVED).write_text(runtime.settings.model_dump_json())
    with closing(sqlite3.connect(two.state / "incidents.sqlite")) as database, database:
        database.execute("DROP TABLE settings")
    before = generation(two.a), generation(two.b)
    async with two.b.runtime(clock=LabClock(two.a.lab.control), cluster="cluster-b") as runtime:
        second, _ = await two.b.respond(runtime, "ask", two.b.alarm())
        assert (await runtime.runtimes.of(second.id)).settings.kubernetes.cluster == "cluster-b"
        await runtime.responder.decide(first.id, "approve", by="ada")
        final = await finish(runtime, first)
    assert (final.status, final.reason) == ("remediated", "fixed")
    assert (generation(two.a), generation(two.b)) == (before[0] + 1, before[1])


async def test_settings_of_another_version_are_said_to_be_so(two: Two) -> None:
    first = await ask(two.a)
    with closing(sqlite3.connect(two.state / "incidents.sqlite")) as database, database:
        database.execute("UPDATE settings SET body = json_set(body, '$.settings.of_a_later_version', 1)")
    async with two.b.runtime() as runtime:
        with pytest.raises(SettingsError, match=f"incident {first.id} cannot be read by this version .* cancel"):
            await runtime.runtimes.of(first.id)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


async def test_a_kubeconfig_and_a_region_of_the_environment_are_the_incident_s_too(two: Two) -> None:
    """KUBECONFIG may name another cluster by the time the question is answered."""
    here: Callable[[Stage], dict[str, str]] = lambda it: {  # noqa: E731
        "KUBECONFIG": str(it.lab.endpoints.kubeconfig),
        "AWS_REGION": it.lab.endpoints.region,
        "AWS_ENDPOINT_URL": it.lab.endpoints.aws,
    }
    left: dict[str, Any] = {"kubeconfig": "", "aws_region": "", "aws_endpoint_url": ""}
    with environment(**here(two.a)):
        first = await submit(two.a, **left)
    with environment(**here(two.b)):
        async with two.b.runtime(clock=LabClock(two.a.lab.control), **left) as runtime:
            own = (await runtime.runtimes.of(first.id)).settings
    assert own.kubernetes.kubeconfig == str(two.a.lab.endpoints.kubeconfig)
    assert own.aws.aws_endpoint_url == two.a.lab.endpoints.aws
