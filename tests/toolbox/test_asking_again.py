"""What failed for a while is asked again: at once on a fresh session, after a pause, and by the next process."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from sre_agent.clock import SystemClock
from sre_agent.compose import Runtime
from sre_agent.domain.finding import Evidence
from sre_agent.progress import Event
from sre_agent.reports.gaps import gaps
from sre_agent.reports.owners import OPERATOR
from sre_agent.toolbox.retry_policy import PAUSES
from tests.processes.children import children_running
from tests.toolbox import shapes
from tests.toolbox.conftest import INCIDENT, ROOT, SCOPE, Foreign

pytestmark = pytest.mark.anyio


class Jumping(SystemClock):
    """Nobody waits; how long it would have been is written down."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    async def sleep_until(self, when: Any) -> None:
        self.waited.append(round((when - self.now()).total_seconds()))


async def ask(runtime: Runtime, round_: int = 1, **options: Any) -> Evidence:
    return await runtime.toolbox.ask(INCIDENT, round_, "metrics", "cloudwatch", "list_alarms", {}, **options)


def starting(tmp_path: Path, body: str) -> dict[str, Any]:
    """A server whose process does `body` first; `times` is how often it was started before."""
    counter = tmp_path / "starts"
    code = (
        f"import os, sys, time, runpy; p = {str(counter)!r}; times = os.path.exists(p) and len(open(p).read()) or 0;"
        f" open(p, 'a').write('x'); sys.argv = ['speaker', sys.argv[1]]\n{body}\n"
        "runpy.run_module('tests.toolbox.speaker', run_name='__main__')"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "script.json")]
    environment = {"PYTHONPATH": str(ROOT)}
    return {"reader": "awslabs_cloudwatch", "scope": SCOPE, "command": command, "environment": environment}


def servers_of(settings: dict[str, Any]) -> dict[str, Any]:
    return {"foreign_servers": {"cloudwatch": settings}}


async def test_a_server_that_died_at_its_start_is_asked_on_a_fresh_session_at_once(
    foreign: Foreign, tmp_path: Path
) -> None:
    foreign.says("get_active_alarms", shapes.ACTIVE)
    clock = Jumping()
    dies_first = starting(tmp_path, "if not times: sys.exit(3)")
    async with foreign.runtime(clock=clock, **servers_of(dies_first)) as runtime:
        evidence = await ask(runtime)
    assert evidence.answer is not None
    assert [refusal.code for refusal in evidence.earlier_refusals] == ["not_started"] and clock.waited == []


async def test_a_server_that_answers_a_page_is_asked_on_a_fresh_session(
    foreign: Foreign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sre_agent.toolbox.session.START_GRACE_SECONDS", 0.1)
    foreign.says("get_active_alarms", shapes.ACTIVE)
    page = "if not times: print('<html>502 Bad Gateway</html>', flush=True); time.sleep(100)"
    async with foreign.runtime(clock=Jumping(), **servers_of(starting(tmp_path, page))) as runtime:
        evidence = await ask(runtime)
    assert evidence.answer is not None and [refusal.code for refusal in evidence.earlier_refusals] == ["not_mcp"]


async def test_a_gap_that_passes_is_kept_as_an_attempt_and_asked_again_by_the_next_process(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", hangs=True)
    async with foreign.runtime(clock=Jumping(), call_seconds=1.0) as runtime:
        hung = await ask(runtime)
        again = await ask(runtime)
        assert await runtime.toolbox.transient_failures(INCIDENT) == []
    assert hung == again and hung.is_transient and hung.calls == 2
    assert hung.error.endswith("within 1 s. Asked 2 times.")
    foreign.says("get_active_alarms", shapes.ACTIVE)
    async with foreign.runtime(clock=Jumping()) as runtime:
        assert [failure.id for failure in await runtime.toolbox.transient_failures(INCIDENT)] == [hung.id]
        evidence = await ask(runtime)
        [entry] = await runtime.store.ledger(INCIDENT)
    assert evidence.id == hung.id and evidence.answer is not None and entry == evidence
    assert [refusal.code for refusal in evidence.earlier_refusals] == ["silent", "silent"]
    assert gaps([hung.error], [evidence]) == []


async def test_a_refusal_that_lasts_is_final_and_never_asked_again(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", is_error=True, text="AccessDenied: cloudwatch:DescribeAlarms")
    for _ in range(2):
        async with foreign.runtime() as runtime:
            denied = await ask(runtime)
            assert await runtime.toolbox.transient_failures(INCIDENT) == []
    assert (denied.kind, denied.is_transient, len(foreign.calls)) == ("denied", False, 1)


async def test_what_is_throttled_is_asked_again_after_pauses_within_the_budget(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", is_error=True, text="Rate exceeded")
    clock = Jumping()
    async with foreign.runtime(clock=clock) as runtime:
        assert (await ask(runtime)).calls == 3
        assert await runtime.toolbox.budget_left(INCIDENT) == 37
    assert clock.waited == list(PAUSES)
    async with foreign.runtime(clock=clock, tool_calls=4) as runtime:
        assert (await ask(runtime, 2)).calls == 1


async def test_a_person_who_waits_is_not_kept_waiting_by_pauses(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", is_error=True, text="Rate exceeded")
    clock = Jumping()
    async with foreign.runtime(clock=clock) as runtime:
        assert (await ask(runtime, waits=False)).calls == 1
    assert clock.waited == []


async def test_a_server_that_starts_late_is_waited_for_and_that_is_told(
    foreign: Foreign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sre_agent.toolbox.session.TELL_SECONDS", 0.1)
    foreign.says("get_active_alarms", shapes.ACTIVE)
    events: list[Event] = []
    async with foreign.runtime(**servers_of(starting(tmp_path, "time.sleep(1)"))) as runtime:
        assert runtime.settings.servers.connect_seconds == 60
        runtime.progress.listen(events.append)
        evidence = await ask(runtime)
    assert evidence.answer is not None and evidence.earlier_refusals == ()
    assert [event.name for event in events if event.kind == "server.waited"] == ["cloudwatch"]


async def test_a_server_that_never_starts_is_the_trouble_of_whoever_runs_the_responder(foreign: Foreign) -> None:
    down = {"reader": "awslabs_cloudwatch", "scope": SCOPE, "command": ["false"]}
    async with foreign.runtime(clock=Jumping(), **servers_of(down)) as runtime:
        evidence = await ask(runtime)
    assert evidence.refusal is not None and evidence.refusal.code == "not_started"
    assert "The cloudwatch MCP server cannot start" in evidence.error and "Asked 2 times." in evidence.error
    [gap] = gaps([evidence.error], [evidence])
    assert gap.of_tools and OPERATOR == "operator of the responder"


async def test_the_servers_start_beside_what_comes_first_and_calls_start_none(foreign: Foreign, tmp_path: Path) -> None:
    foreign.says("get_active_alarms", shapes.ACTIVE)
    async with foreign.runtime(**servers_of(starting(tmp_path, ""))) as runtime:
        runtime.toolbox.start()
        for round_ in range(3):
            assert (await ask(runtime, round_)).answer is not None
    assert (tmp_path / "starts").read_text() == "x"


async def test_a_death_between_two_calls_costs_no_answer(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", shapes.ACTIVE)
    async with foreign.runtime(clock=Jumping()) as runtime:
        assert (await ask(runtime)).answer is not None
        (speaker,) = children_running("tests.toolbox.speaker")
        os.kill(speaker, signal.SIGKILL)
        after = await ask(runtime, 2)
    assert after.answer is not None


def test_a_record_of_before_is_read_with_its_kind() -> None:
    old = {"id": "e", "incident": "i", "round": 1, "agent": "logs", "server": "s", "tool": "t", "arguments": {}}
    read = Evidence.model_validate(old | {"error": "[denied] no", "asked_at": "2026-03-01T12:00:00Z"})
    assert (read.kind, read.is_transient) == ("denied", False)
    assert Evidence.model_validate_json(json.dumps(read.model_dump(mode="json"))) == read
