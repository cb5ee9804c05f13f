"""A process that is killed at any step: another one finishes the incident, and nothing is written twice."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import anyio
import pytest
from _pytest.mark import ParameterSet

from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
MENU = "/apis/apps/v1/namespaces/meals/deployments/menu-api"
MOMENTS = [
    ("incident.opened", ""),
    ("node.ended", "intake"),
    ("node.ended", "supervisor"),
    ("node.ended", "kubernetes"),
    ("node.ended", "metrics"),
    ("node.ended", "logs"),
    ("node.ended", "diagnose"),
    ("node.ended", "plan"),
    ("approval.asked", ""),
    ("approval.decided", ""),
    ("node.ended", "gate"),
    ("write.intended", ""),
    ("write.sent", ""),
    ("write.answered", ""),
    ("node.ended", "remediate"),
    ("waiting", ""),
    ("node.ended", "verify"),
    ("node.ended", "report"),
]
QUICK = {"node.ended-diagnose", "write.sent"}


def moment(kind: str, name: str) -> ParameterSet:
    """The normal run has a moment before the question and that of the write; `test_concurrency` has the question."""
    moment_id = f"{kind}-{name}".strip("-")
    return pytest.param(kind, name, id=moment_id, marks=[] if moment_id in QUICK else [pytest.mark.long])


@pytest.mark.parametrize(("kind", "name"), [moment(*one) for one in MOMENTS])
async def test_a_killed_run_is_finished_by_another_process_with_one_write_in_total(
    kind: str, name: str, stage: Callable[[str], AbstractContextManager[Stage]]
) -> None:
    with stage("school-lunch") as it:
        alarm = it.alarm()
        before = it.object(MENU)["metadata"]["generation"]
        command = [sys.executable, "-m", "tests.incidents.doomed", it.lab.endpoints.model_dump_json()]
        process = await anyio.run_process(
            [*command, str(it.folder / "state"), json.dumps(alarm), kind, name], check=False
        )
        assert process.returncode == -signal.SIGKILL, process.stdout + process.stderr
        async with it.runtime() as runtime:
            [left] = await runtime.store.incidents()
            if left.open:
                await runtime.responder.resume(left.id)
            incident, report = await drive(runtime, left.id, SilentView(), "always")
        assert (incident.status, incident.reason) == ("remediated", "fixed")
        assert report is not None and len([r for r in report.remediations if r.outcome == "done"]) == 1
        assert it.object(MENU)["metadata"]["generation"] == before + 1


ROWS = 140  # from the policy's decision to the first look after the write, before and after each


@pytest.mark.long
@pytest.mark.parametrize("number", range(1, ROWS))
async def test_killed_before_or_after_any_row_it_keeps_it_has_still_written_once(
    number: int, stage: Callable[[str], AbstractContextManager[Stage]]
) -> None:
    with stage("school-lunch") as it:
        alarm = it.alarm()
        before = it.object(MENU)["metadata"]["generation"]
        command = [sys.executable, "-m", "tests.incidents.doomed_at_row", it.lab.endpoints.model_dump_json()]
        process = await anyio.run_process(
            [*command, str(it.folder / "state"), json.dumps(alarm), str(number)], check=False
        )
        print(process.stdout.decode())
        assert process.returncode == -signal.SIGKILL or b"survived" in process.stdout, process.stdout + process.stderr
        async with it.runtime() as runtime:
            [left] = await runtime.store.incidents()
            if left.open:
                await runtime.responder.resume(left.id)
            incident, report = await drive(runtime, left.id, SilentView(), "always")
        assert (incident.status, incident.reason) == ("remediated", "fixed")
        assert report is not None and len([r for r in report.remediations if r.outcome == "done"]) == 1
        assert it.object(MENU)["metadata"]["generation"] == before + 1
