"""Moments between two lines, and two of what there should be one of: no answer is lost, nothing is written twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.errors import SreAgentError, ToolsUnavailableError
from sre_agent.progress import Event
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.session import Session
from sre_lab.remote_clock import LabClock
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
PAYMENTS = "/apis/apps/v1/namespaces/shop/deployments/payments-api"
Open = Callable[[str], AbstractContextManager[Stage]]


async def wait_for_end(runtime: Runtime, incident: Incident) -> Incident:
    async def done() -> bool:
        return not (await runtime.responder.incident(incident.id)).open

    await runtime.worker.run_until(done)
    return await runtime.responder.incident(incident.id)


def at_once(sending: Coroutine[Any, Any, None]) -> None:
    """Before the step that is under way has gone on: as another process would, while this loop stands still."""
    person = threading.Thread(target=asyncio.run, args=(sending,))
    person.start()
    person.join(30)
    assert not person.is_alive()


async def killed_at(it: Stage, alarm: dict[str, Any], kind: str, name: str = "") -> None:
    command = [sys.executable, "-m", "tests.incidents.doomed", it.lab.endpoints.model_dump_json()]
    process = await anyio.run_process([*command, str(it.folder / "state"), json.dumps(alarm), kind, name], check=False)
    assert process.returncode == -signal.SIGKILL, process.stdout + process.stderr


async def test_an_answer_given_after_the_asking_process_died_in_the_asking_counts(stage: Open) -> None:
    with stage("school-lunch") as it:
        await killed_at(it, it.alarm(), "approval.asked")
        async with it.runtime() as runtime:
            [left] = await runtime.store.incidents()
            if left.question:
                await runtime.responder.decide(left.id, "approve", by="ada")
            await runtime.responder.resume(left.id)
            incident, _ = await drive(runtime, left.id, SilentView(), "ask")
            if incident.open and not left.question:
                await runtime.responder.decide(left.id, "approve", by="ada")
            final = await wait_for_end(runtime, left)
        assert (final.status, final.reason) == ("remediated", "fixed")


async def test_an_answer_whose_process_died_before_it_was_queued_is_not_lost(stage: Open) -> None:
    with stage("school-lunch") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            add = runtime.store.add_message

            async def dies(message: Message) -> bool:
                raise KeyboardInterrupt

            runtime.store.add_message = dies  # type: ignore[method-assign]
            with pytest.raises(KeyboardInterrupt):
                await runtime.responder.decide(incident.id, "approve", by="ada")
            runtime.store.add_message = add  # type: ignore[method-assign]
        async with it.runtime() as runtime:
            try:
                await runtime.responder.decide(incident.id, "approve", by="ada")
            except SreAgentError as problem:
                assert "already been answered" in str(problem)
            await runtime.responder.resume(incident.id)
            final = await wait_for_end(runtime, incident)
        assert (final.status, final.reason) == ("remediated", "fixed")


async def test_who_follows_an_incident_hears_of_its_end_though_its_process_died_right_after_it(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime() as runtime:

            async def dies(incident: str) -> None:
                raise KeyboardInterrupt

            runtime.store.release_claims = dies  # type: ignore[method-assign]
            with pytest.raises(KeyboardInterrupt):
                await it.respond(runtime)
            [incident] = await runtime.store.incidents()
            assert not incident.open and "incident.ended" not in await kinds(runtime, incident.id)
        async with it.runtime() as runtime:

            async def is_told() -> bool:
                return "incident.ended" in await kinds(runtime, incident.id)

            await runtime.worker.run_until(is_told)
            assert (await kinds(runtime, incident.id)).count("incident.ended") == 1
            assert await runtime.store.incident(incident.id) == incident


async def kinds(runtime: Runtime, incident: str) -> list[str]:
    return [one.event.kind for one in await runtime.store.events(incident)]


async def test_a_worker_that_is_drained_in_the_last_step_leaves_an_incident_that_ends(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime() as runtime:

            def drain(event: Event) -> None:
                if (event.kind, event.name) == ("node.started", "report"):
                    runtime.worker.drain()

            runtime.progress.listen(drain)
            incident, _ = await it.respond(runtime)
        async with it.runtime() as runtime:
            final = await wait_for_end(runtime, incident)
        assert (final.status, final.reason) == ("remediated", "fixed")


async def test_a_cancelled_incident_reports_what_was_written(stage: Open) -> None:
    with stage("school-lunch") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            await runtime.responder.decide(incident.id, "approve", by="ada")
            await runtime.worker.run_until_idle()
            await runtime.responder.cancel(incident.id)
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
        assert final.reason == "cancelled"
        assert report is not None and len(report.remediations) == 1
        assert report.degradation is not None and report.degradation.level == "no_model"


@pytest.mark.parametrize(
    "step", ["gate", *(pytest.param(one, marks=pytest.mark.long) for one in ("kubernetes", "diagnose", "plan"))]
)
async def test_a_run_that_is_cancelled_in_a_step_ends_before_the_next_one(stage: Open, step: str) -> None:
    with stage("payday-evening") as it:
        before = it.object(PAYMENTS)["metadata"]["generation"]
        async with it.runtime() as runtime:
            steps: list[str] = []

            def cancel(event: Event) -> None:
                if event.kind == "node.started":
                    steps.append(event.name)
                    if event.name == step and steps.count(step) == 1:
                        at_once(runtime.responder.cancel(event.incident))

            runtime.progress.listen(cancel)
            incident, report = await it.respond(runtime)
        assert (incident.status, incident.reason) == ("escalated", "cancelled")
        assert report is not None and report.remediations == []
        assert it.object(PAYMENTS)["metadata"]["generation"] == before
        later = {"kubernetes": "diagnose", "diagnose": "plan", "plan": "gate", "gate": "remediate"}[step]
        assert later not in steps


async def test_waiting_for_a_busy_incident_is_no_failed_attempt(stage: Open) -> None:
    with stage("school-lunch") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            epoch = await runtime.store.lease(incident.id, "elsewhere", runtime.clock.now(), 12)
            assert epoch is not None
            await runtime.responder.decide(incident.id, "approve", by="ada")
            writes: list[Event] = []

            def breaks_once(event: Event) -> None:
                if event.kind == "write.intended" and not writes:
                    writes.append(event)
                    raise ToolsUnavailableError("The kubernetes server went away.")

            runtime.progress.listen(breaks_once)
            final = await wait_for_end(runtime, incident)
        assert (final.status, final.reason) == ("remediated", "fixed")


async def test_a_notice_that_all_is_well_starts_no_repair(stage: Open) -> None:
    with stage("payday-evening") as it:
        well = it.alarm()
        well["detail"]["state"]["value"] = "OK"
        async with it.runtime() as runtime:
            incident, report = await it.respond(runtime, payload=well)
        assert incident.signals[0].state == "resolved"
        assert report is None or not report.remediations


async def test_a_start_whose_answer_was_lost_is_not_started_again_under_a_new_permit(stage: Open) -> None:
    with stage("flash-sale") as it, losing(it.lab.endpoints.aws) as (url, started):
        alarm = it.alarm()
        async with it.runtime(aws_endpoint_url=url) as runtime:
            await it.respond(runtime, payload=alarm)
        assert len(set(started)) == 1, "every permit that reached AWS started an execution of its own"


@contextmanager
def losing(target: str) -> Iterator[tuple[str, list[str]]]:
    """A way to AWS on which each answer to the first start, and to questions about it, is lost."""
    started: list[str] = []

    class Way(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            return None

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("X-Amz-Target", "").endswith("StartAutomationExecution"):
                started.append(json.loads(body)["ClientToken"])
            own_headers = ("host", "content-length", "connection")
            headers = {k: v for k, v in self.headers.items() if k.lower() not in own_headers}
            answer = httpx.post(target + self.path, content=body, headers=headers, trust_env=False)
            if started and started[0].encode() in body:
                self.close_connection = True
                return
            self.send_response_only(answer.status_code)  # the date is the lab's
            self.send_header("Content-Type", answer.headers.get("content-type", "application/x-amz-json-1.1"))
            self.send_header("Content-Length", str(len(answer.content)))
            if "date" in answer.headers:
                self.send_header("Date", answer.headers["date"])
            self.end_headers()
            self.wfile.write(answer.content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Way)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", started
    finally:
        server.shutdown()
        server.server_close()


SERVER = """
import os, time
from mcp.server import MCPServer
server = MCPServer("fake")
@server.tool()
def slow() -> str:
    time.sleep(30)
    return ""
@server.tool()
def die() -> str:
    os._exit(3)
@server.tool()
def pid() -> str:
    return str(os.getpid())
server.run("stdio")
"""
MUTE = "import time; time.sleep(100)"


def session(code: str, tmp_path: Path, *, connect: float = 10, call: float = 10) -> Session:
    address = ServerAddress("fake", (sys.executable, "-c", code), dict(os.environ), log=tmp_path / "log")
    return Session(address, connect_seconds=connect, call_seconds=call)


async def test_one_death_of_a_server_costs_the_calls_under_way_and_no_later_one(tmp_path: Path) -> None:
    one_session = session(SERVER, tmp_path)
    later: list[str] = []

    async def caller() -> None:
        with contextlib.suppress(ToolsUnavailableError):
            await one_session.call("slow", {})
        try:
            await one_session.call("pid", {})
        except ToolsUnavailableError as problem:
            later.append(str(problem))

    async def death() -> None:
        await asyncio.sleep(0.2)
        with contextlib.suppress(ToolsUnavailableError):
            await one_session.call("die", {})

    await one_session.call("pid", {})
    await asyncio.gather(*(caller() for _ in range(6)), death())
    await one_session.close()
    assert not later


async def test_a_caller_that_is_cancelled_while_a_session_ends_is_cancelled(tmp_path: Path) -> None:
    one_session = session(MUTE, tmp_path, connect=5)
    task = asyncio.create_task(one_session.call("pid", {}))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await one_session.close()


async def test_a_caller_that_nobody_cancelled_gets_an_error_when_the_opening_is_given_up(tmp_path: Path) -> None:
    one_session = session(MUTE, tmp_path, connect=12)
    task = asyncio.create_task(one_session.call("pid", {}))
    await asyncio.sleep(0.3)
    await one_session.close()
    with pytest.raises(ToolsUnavailableError):
        await task


async def test_a_server_that_hangs_is_replaced_after_the_call_that_found_out(tmp_path: Path) -> None:
    one_session = session(SERVER, tmp_path, call=1)
    answer = await one_session.call("pid", {})
    pid = int(answer.content[0].text)  # type: ignore[union-attr]
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(ToolsUnavailableError):
            await one_session.call("pid", {})
        await one_session.call("pid", {})
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        await one_session.close()


class PatientClock(LabClock):
    """Waits as on a wall that another process moves; two that jump would jump over each other's leases."""

    async def sleep_until(self, when: datetime) -> None:
        await asyncio.sleep(0.05)
        self._now = self._control.now()


async def test_two_workers_on_one_state_folder_write_once_and_both_signals_are_of_one_incident(stage: Open) -> None:
    with stage("payday-evening") as it:
        alarm = it.alarm()
        before = it.object("/apis/apps/v1/namespaces/shop/deployments/payments-api")["metadata"]["generation"]
        patient = PatientClock(it.lab.control)
        async with it.runtime(lease_seconds=3600) as one, it.runtime(clock=patient, lease_seconds=3600) as other:
            again = {**alarm, "id": "another-event"}
            ends = await asyncio.gather(it.respond(one, payload=alarm), it.respond(other, payload=again))
        assert {i.id for i, _ in ends} == {ends[0][0].id}
        assert all((i.status, i.reason, len(i.signals)) == ("remediated", "fixed", 2) for i, _ in ends)
        after = it.object("/apis/apps/v1/namespaces/shop/deployments/payments-api")["metadata"]["generation"]
        assert after == before + 1
