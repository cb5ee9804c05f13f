"""One server down, one that hangs, one that denies: the others answer, and each gap is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sre_agent.agents.specialist import gaps
from sre_agent.domain.finding import Evidence
from sre_agent.progress import Event
from tests.toolbox import shapes
from tests.toolbox.conftest import INCIDENT, SCOPE, Foreign

pytestmark = pytest.mark.anyio


def beside(folder: Path, name: str) -> Foreign:
    (folder / name).mkdir()
    return Foreign(folder / name)


async def test_servers_that_are_down_slow_or_denied_hold_up_no_other_and_leave_a_gap_each(
    foreign: Foreign, tmp_path: Path
) -> None:
    foreign.says("get_active_alarms", shapes.ACTIVE)
    slow, denied = beside(tmp_path, "slow"), beside(tmp_path, "denied")
    slow.says("get_active_alarms", hangs=True)
    denied.says("get_active_alarms", is_error=True, text="AccessDenied: cloudwatch:DescribeAlarms")
    down = {"reader": "awslabs_cloudwatch", "scope": SCOPE, "command": ["false"]}
    others = {"slow": slow.settings, "denied": denied.settings, "down": down}
    servers_in_order: list[str] = []

    def note(event: Event) -> None:
        if event.kind == "call.ended":
            servers_in_order.append(str(event.data["server"]))

    async with foreign.runtime(foreign_servers=others, call_seconds=5.0) as runtime:
        runtime.progress.listen(note)

        async def ask(server: str) -> Evidence:
            return await runtime.toolbox.ask(INCIDENT, 1, server, server, "list_alarms", {})

        by_server = dict(zip(servers := ["cloudwatch", *others], await asyncio.gather(*map(ask, servers)), strict=True))
    assert by_server["cloudwatch"].answer is not None and len(by_server["cloudwatch"].answer.observations) == 2
    assert servers_in_order[-1] == "slow"
    errors = {name: evidence.error for name, evidence in by_server.items()}
    assert "did not answer get_active_alarms within 5 s" in errors["slow"]
    assert errors["denied"].startswith("[denied]") and "cloudwatch:DescribeAlarms" in errors["denied"]
    assert errors["down"].startswith("[unavailable] The down MCP server cannot start")
    problems = gaps(list(by_server.values()))
    assert all(errors[name] in problems for name in others)
    assert any("firing alarms (all): partial" in gap for gap in problems)


async def test_a_server_whose_call_hung_answers_the_next_one(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", hangs=True)
    foreign.says("get_alarm_history", shapes.HISTORY)
    async with foreign.runtime(call_seconds=1.5) as runtime:
        hung = await runtime.toolbox.ask(INCIDENT, 1, "metrics", "cloudwatch", "list_alarms", {})
        well = await runtime.toolbox.ask(INCIDENT, 1, "metrics", "cloudwatch", "describe_alarm", {"name": "carts"})
    assert hung.answer is None and well.answer is not None


async def test_a_server_that_nobody_configured_is_a_gap_too(foreign: Foreign) -> None:
    async with foreign.runtime() as runtime:
        call = ("metrics", "prometheus", "prometheus_query", {"promql": "up"})
        evidence = await runtime.toolbox.ask(INCIDENT, 1, *call)
    assert evidence.error == "[unavailable] prometheus_query: no prometheus server is configured."
