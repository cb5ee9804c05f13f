"""What the responder promises is counted from what happened, and an error budget is used by what broke the promise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sre_agent.http.metrics import ServiceMetrics
from sre_agent.ops import installation
from sre_agent.ops.objectives import ObjectiveStatus, objectives
from sre_agent.ops.trend import linear_trend
from sre_agent.progress import Event
from tests.ops.own import BEGIN, own_installation

pytestmark = pytest.mark.anyio


async def test_late_and_missing_diagnoses_use_the_budget_and_what_nobody_waited_for_does_not(tmp_path: Path) -> None:
    async with own_installation(tmp_path, slo_diagnosis_seconds=60) as own:
        for seconds in (10.0,) * 17 + (90.0,):
            await own.incident(diagnosis_after=seconds)
        await own.incident("tools_unavailable", diagnosis_after=None)
        await own.incident("cancelled", diagnosis_after=None)
        own.clock.move_to(BEGIN + timedelta(hours=1))
        _, in_time, _ = await objectives(own.installation)
    assert (in_time.good, in_time.total) == (17, 19)
    assert in_time.is_used_up and not in_time.is_broken, "two of nineteen may be chance"
    assert in_time.budget_used == pytest.approx(2 / (0.05 * 19))


async def test_a_record_too_long_to_read_shortens_the_window_instead_of_inventing_misses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "EVENTS", 4)
    monkeypatch.setattr(installation, "PAGE", 2)
    async with own_installation(tmp_path) as own:
        for day in range(5):
            own.clock.move_to(BEGIN + timedelta(days=day))
            await own.incident()
        own.clock.move_to(BEGIN + timedelta(days=5))
        _, in_time, _ = await objectives(own.installation)
    assert (in_time.good, in_time.total) == (2, 2), "of ten events the last four are read"
    assert 2 <= in_time.days < 2.1


async def test_graded_verdicts_break_the_promise_when_it_is_no_chance(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        for number in range(30):
            await own.grade(await own.incident(), "right" if number % 2 else "wrong")
        *_, right = await objectives(own.installation)
        assert (right.good, right.total, right.is_broken) == (15, 30, True)
        budgets = await own.result("error budgets")
        assert budgets.state == "problem" and "right verdicts: 15 of 30" in budgets.statement
        calibration = await own.result("calibration")
        assert calibration.state == "warning" and "90% to 100%" in calibration.statement


def test_nothing_that_happened_says_nothing() -> None:
    status = ObjectiveStatus.of("x", "y", 0.99, 28, 0, 0)
    assert (status.share, status.budget_used, status.is_broken, status.is_used_up) == (None, None, False, False)


def test_the_service_measures_diagnoses_and_grades_for_the_recording_rules() -> None:
    metrics = ServiceMetrics()
    for kind, seconds, name in (
        ("incident.opened", 0, ""),
        ("diagnosis", 40, ""),
        ("diagnosis", 90, ""),
        ("incident.graded", 99, "wrong"),
    ):
        at = BEGIN + timedelta(seconds=seconds)
        metrics.on_event(Event.model_validate({"kind": kind, "incident": "inc-1", "at": at, "name": name}))
    read = metrics.registry.get_sample_value
    assert read("agent_diagnosis_seconds_sum") == 40 and read("agent_diagnosis_seconds_count") == 1
    assert read("agent_verdicts_graded_total", {"correctness": "wrong"}) == 1


def test_a_trend_says_between_what_the_next_figure_lies() -> None:
    assert linear_trend([(0, 1), (1, 2)]) is None
    exact = linear_trend([(day, 10 + 2 * day) for day in range(10)])
    assert exact is not None and exact.at(100) == pytest.approx((210, 210, 210))
    noisy = linear_trend([(day, 10 + (-1) ** day) for day in range(20)])
    assert noisy is not None
    expected, least, most = noisy.at(110)
    assert least < 10 < most and most - expected > 2, "further away is less certain"
