"""Alarms of the past: where they are read from, what becomes of them, and that nothing of now counts for then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mcp_servers.contract.facts import Answer, Observation, Subject
from sre_agent.backtest import history
from sre_agent.backtest.clock import PastClock
from sre_agent.backtest.result import result_of
from sre_agent.backtest.running import BacktestRun
from sre_agent.cli.backtest import OF_ITS_OWN
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.domain.alarm import AlarmReceipt, Disposition
from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal
from sre_agent.errors import BadInputError
from sre_agent.toolbox.past_reading import as_of_then, refusal_of, within_then
from tests.incidents.conftest import Stage, stage
from tests.reports.test_reports import report_of_fix
from tests.slots.test_store import report as open_report

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
__all__ = ["stage"]


@pytest.mark.long
async def test_the_alarm_history_of_a_lab_is_run_in_its_own_time_and_nothing_is_concluded_from_now(
    stage: Callable[[str], AbstractContextManager[Stage]],
) -> None:
    with stage("payday-evening") as it:
        it.alarm()
        it.lab.control.advance(660)
        now = datetime.fromtimestamp(it.lab.control.now(), UTC)
        since, done = now - timedelta(hours=2), list[int]()
        clock = PastClock(since)
        async with it.runtime(clock=clock, **OF_ITS_OWN) as runtime:

            async def follow(incident: IncidentId) -> Report | None:
                _, report = await drive(runtime, incident, SilentView(), "never")
                return report

            past = await history.of_cloudwatch(runtime.toolbox, since)
            alerts = await history.of_prometheus(runtime.toolbox, since, now)
            run = BacktestRun(clock, runtime.alarms, follow, lambda number, of: done.append(number))
            left_out = await run.take(past.signals, 20)
            assert await runtime.store.past_incidents() == []
    assert "KubePodCrashLooping" in {one.title for one in alerts.signals} and not past.gaps and not alerts.gaps
    assert left_out == 0 and done[-1] == len(past.signals) and clock.now() <= now
    assert run.dispositions == {"opened": 1}
    (report,) = run.reports
    assert report.title == "Alarm payments-api-5xx" and report.diagnosis.verdict == "inconclusive"
    is_failed = {line.tool: line.failed for line in report.evidence}
    assert is_failed["kubectl_explain_workload"] and not is_failed["get_metric"]


class Intake:
    """Opens an incident for the first alarm, which all others join."""

    def __init__(self, clock: PastClock) -> None:
        self.clock, self.times = clock, list[datetime]()

    async def receive(self, signals: Sequence[Signal], source: str) -> list[AlarmReceipt]:
        self.times.append(self.clock.now())
        disposition: Disposition = "opened" if len(self.times) == 1 else "joined"
        (one,) = signals
        return [
            AlarmReceipt(
                source=source, signal=one.id, title=one.title, state=one.state, severity=None, at=self.clock.now(),
                disposition=disposition, incident="inc-1",
            )
        ]  # fmt: skip


async def test_alarms_come_at_their_times_and_what_belongs_to_an_incident_joins_it_before_it_ends() -> None:
    clock, ends = PastClock(NOON - timedelta(days=9)), list[datetime]()

    async def follow(incident: IncidentId) -> Report:
        ends.append(clock.now())
        return report_of_fix()

    row = {"title": "slow", "status": "triggered", "urgency": "high"}
    rows = [{**row, "id": f"P{n}", "created_at": f"2026-11-20T10:{n:02d}:00Z"} for n in (1, 5, 40)]
    past = history.of_pagerduty(rows, NOON - timedelta(days=9))
    intake = Intake(clock)
    run = BacktestRun(clock, intake, follow, lambda number, of: None)
    assert await run.take(past.signals, 2) == 1
    assert [one.minute for one in intake.times] == [5, 40] and [one.minute for one in ends] == [15]
    assert run.dispositions == {"opened": 1, "joined": 1} and len(run.reports) == 1


def test_what_holds_now_is_refused_and_a_window_ends_then() -> None:
    assert refusal_of("kubectl_explain_workload", {"namespace": "shop", "name": "cart"}) is not None
    assert refusal_of("get_metric", {"start": "a", "end": "b"}) is None
    assert within_then(("start", "end"), {"name": "x"}, NOON)["end"] == NOON.isoformat()
    assert within_then(("name",), {"name": "x"}, NOON) == {"name": "x"}
    alarm = Subject(scope="1/eu", kind="Alarm", name="a")
    now = Answer(text="", as_of=NOON + timedelta(days=9), observations=[Observation(code="alarm.ok", subject=alarm)])
    then = as_of_then("describe_alarm", now, NOON)
    assert (then.as_of, then.observations) == (NOON, [])


def test_a_pagerduty_export_is_read_as_its_webhooks_would_be() -> None:
    row: dict[str, Any] = {"id": "P1", "title": "checkout is slow", "status": "resolved", "urgency": "high"}
    row |= {"created_at": "2026-11-20T10:00:00Z", "last_status_change_at": "2026-11-20T10:30:00Z"}
    past = history.of_pagerduty({"incidents": [row]}, NOON - timedelta(days=7))
    assert [(one.state, one.received_at.hour, one.received_at.minute) for one in past.signals] == [
        ("firing", 10, 0),
        ("resolved", 10, 30),
    ]
    assert past.signals[0].fingerprint == past.signals[1].fingerprint
    assert history.of_pagerduty([row], NOON).signals == []
    with pytest.raises(BadInputError):
        history.of_pagerduty({"incidents": "none"}, NOON)


def test_the_result_counts_what_was_answered_with_its_interval_and_what_stayed_quiet() -> None:
    with_cause, without_cause = report_of_fix(), open_report("nothing is known")
    well = open_report("all is well").model_copy(update={"diagnosis": Diagnosis(verdict="no_fault", statement="")})
    dispositions = Counter({"opened": 3, "joined": 2, "muted": 1})
    result = result_of(
        [with_cause, without_cause, well], dispositions, since=NOON, until=NOON, left_out=4, dollars_each=0.5, gaps=[]
    )
    assert (result.alarms, result.quiet, result.incidents) == (10, {"joined": 2, "muted": 1}, 3)
    assert (result.answer_count, result.well, result.unanswered, result.dollars) == (1, 1, 1, 1.5)
    assert 0 < result.at_least < 1 / 3 < result.at_most < 1
    (row,) = result.by_class
    assert row.failure_class == with_cause.diagnosis.causes[0].failure_class and row.incidents == 1
