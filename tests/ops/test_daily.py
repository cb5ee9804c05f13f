"""What `ops daily` finds in the last day of a responder, and that it finds nothing where nothing is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sre_agent.domain.alarm import AlarmEntry
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.domain.notice import ChannelPost
from sre_agent.domain.signal import Signal
from sre_agent.domain.write_pause import WritePause
from sre_agent.ops.markdown import as_markdown, headline
from tests.ops.answers import serve
from tests.ops.own import BEGIN, OwnInstallation, own_installation

pytestmark = pytest.mark.anyio


async def test_a_quiet_day_is_well_and_what_is_not_set_up_is_no_fault(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        await own.incident()
        report = await own.report("daily")
    assert report.verdict == "well", headline(report)
    assert {one.check for one in report.results if one.state == "not_set_up"} == {
        "service",
        "AWS bill",
        "undelivered alarms",
        "last backup",
    }


async def test_a_pause_of_writes_is_shown_from_the_first_minute_and_is_a_warning_after_a_day(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        await own.store.pause_writes(WritePause(by="ada", at=own.clock.now(), reason="migration"))
        state = await own.result("state")
        assert (
            state.state == "ok" and "writes are paused by ada" in state.statement and "(migration)" in state.statement
        )
        own.clock.move_to(own.clock.now() + timedelta(hours=25))
        assert (await own.result("state")).state == "warning"


async def test_runs_that_lacked_their_tools_are_told_apart_from_runs_that_found_no_cause(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        for _ in range(9):
            await own.incident("inconclusive")
        assert (await own.result("runs")).state == "ok"
        await own.incident("tools_unavailable")
        runs = await own.result("runs")
    assert (runs.state, runs.figures["success_rate"]) == ("warning", 0.9)
    assert "1 x escalated/tools_unavailable" in runs.details


async def test_what_was_yesterday_counts_no_more(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        await own.incident("tools_unavailable")
        own.clock.move_to(BEGIN + timedelta(days=1, hours=1))
        assert (await own.result("runs")).figures["ended"] == 0


async def test_a_tool_that_brings_nothing_is_named_and_one_that_says_not_there_works(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        for number in range(10):
            kind = "denied" if number < 4 else ""
            await own.event("call.ended", "inc-1", name="kubectl_logs", error="", error_kind=kind)
            await own.event("call.ended", "inc-1", name="kubectl_get", error="none", error_kind="not_found")
        errors = await own.result("errors")
    assert (errors.state, errors.statement) == ("warning", "4 of 10 calls to kubectl_logs failed.")
    assert errors.figures == {"calls": 20, "failed_denied": 4}


async def test_slow_diagnoses_are_held_against_what_is_promised(tmp_path: Path) -> None:
    async with own_installation(tmp_path, slo_diagnosis_seconds=60) as own:
        for seconds in (10, 10, 10, 10, 90):
            await own.incident(diagnosis_after=seconds)
        latency = await own.result("latency")
    assert (latency.state, latency.figures["diagnosis_p50_seconds"]) == ("warning", 10)


@pytest.mark.parametrize(("minutes", "state"), [(5, "ok"), (20, "warning"), (600, "problem")])
async def test_a_question_is_overdue_first_and_then_one_that_every_level_left(
    tmp_path: Path, minutes: int, state: str
) -> None:
    async with own_installation(tmp_path) as own:
        name = await own.incident()
        await _reopen_with_question(own, name)
        own.clock.move_to(own.clock.now() + timedelta(minutes=minutes))
        approvals = await own.result("approvals")
    assert approvals.state == state, approvals.statement


async def _reopen_with_question(own: OwnInstallation, name: str) -> None:
    epoch = await own.store.lease(name, "holder", own.clock.now(), 60)  # type: ignore[arg-type]
    assert epoch is not None
    await own.store.update(name, epoch, status="investigating", ended_at=None, question="q1")  # type: ignore[arg-type]
    await own.event("approval.asked", name, question="q1")


async def test_dead_letters_are_told_with_their_reason_until_somebody_redrives_them(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        dedup = await own.dead_letter(await own.incident())
        queue = await own.result("queue")
        assert (queue.state, queue.details) == ("problem", ["inc-1: failed five times"])
        await own.store.drop_message(dedup)
        assert (await own.result("queue")).state == "ok"


async def test_a_message_that_no_worker_takes_for_five_minutes_is_told(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        message = Message(kind="signal", incident=await own.incident(), dedup="signal", not_before=own.clock.now())
        await own.store.add_message(message)
        assert (await own.result("queue")).state == "ok"
        own.clock.move_to(own.clock.now() + timedelta(minutes=6))
        queue = await own.result("queue")
    assert queue.state == "warning" and "has waited for 6 min" in queue.statement


async def test_a_budget_is_told_from_80_percent_on_with_who_took_it(tmp_path: Path) -> None:
    async with own_installation(tmp_path, model_day_dollars=10, model_month_dollars=100) as own:
        await own.spend(7.0, model="small")
        assert (await own.result("model budget")).state == "ok"
        await own.spend(1.5)
        budget = await own.result("model budget")
        assert budget.state == "warning" and "85% of the budget of today" in budget.statement
        assert budget.details == ["$7.00 small, metrics (1 calls)", "$1.50 large, metrics (1 calls)"]
        await own.spend(2.0)
        assert (await own.result("model budget")).state == "problem"


async def test_a_channel_that_takes_nothing_is_a_problem_and_its_reason_is_told(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        name = await own.incident()
        for channel, error in (("slack:#sre", "Slack refused it: invalid_auth"), ("pagerduty", "")):
            post = ChannelPost(incident=name, channel=channel, at=own.clock.now(), error=error)
            await own.store.keep_channel_post(post)
        notices = await own.result("notice delivery")
    assert notices.state == "problem" and "invalid_auth" in notices.statement
    assert notices.figures == {"notices": 2, "not_taken": 1}


async def test_alarms_in_the_queue_of_undelivered_ones_are_a_problem(tmp_path: Path) -> None:
    async with own_installation(tmp_path, installation="undelivered-test") as own:
        assert (await own.result("undelivered alarms")).state == "not_set_up"
        url = (await own.ask("sqs", "create_queue", QueueName="undelivered-test-undelivered"))["QueueUrl"]
        assert (await own.result("undelivered alarms")).state == "ok"
        await own.ask("sqs", "send_message", QueueUrl=url, MessageBody="{}")
        assert (await own.result("undelivered alarms")).state == "problem"


async def test_an_alarm_that_found_no_room_is_told(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        at = own.clock.now()
        signal = Signal(id="s1", source="webhook", title="it is slow", received_at=at, fingerprint="f1")
        new = Incident(
            id=IncidentId("inc-s1"),
            fingerprint="f1",
            title="it is slow",
            severity="SEV2",
            opened_at=at,
            signals=[signal],
        )
        entry = AlarmEntry(source="grafana", signal=signal, topic="f1", new=new, opens=False)
        await own.store.take_alarms([entry], own.installation.settings.alarms, at)
        delivery = await own.result("alarm delivery")
    assert (delivery.state, delivery.figures) == ("problem", {"alarms": 1, "turned_away": 1})


async def test_a_service_that_takes_alarms_in_and_works_on_none_is_a_problem(tmp_path: Path) -> None:
    away = {"kind": "tool_server", "name": "kubernetes", "state": "failing"}
    body = {"level": "intake_only", "workers": 4, "busy": 0, "dependencies": [away]}
    async with own_installation(tmp_path, endpoint=serve(503, body)) as own:
        service = await own.result("service")
    assert (service.state, service.statement) == ("problem", "The service works at the level intake_only.")
    assert service.details == ["tool_server kubernetes is failing."]
    async with own_installation(tmp_path, endpoint="http://127.0.0.1:9") as own:
        assert (await own.result("service")).state == "problem", "it is named, and nobody answers"


async def test_a_backup_that_is_missing_old_or_without_keys_is_told(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("made up for this test", encoding="utf-8")
    place = str(tmp_path / "backups")
    async with own_installation(tmp_path, backup_to=place, backup_passphrase_file=passphrase) as own:
        assert "There is no whole backup" in (await own.result("last backup")).statement
        await own.incident()
        own.back_up()
        assert (await own.result("last backup")).state == "ok"
        rehearsal = await own.result("restore rehearsal")
        assert rehearsal.state == "ok" and rehearsal.figures["entries"] > 0, rehearsal
        own.clock.move_to(BEGIN + timedelta(hours=3))
        assert (await own.result("last backup")).statement.startswith("The last backup is 3.0 hours old")


async def test_what_cannot_be_looked_at_is_never_well_and_says_what_it_takes(tmp_path: Path) -> None:
    async with own_installation(tmp_path, installation="x", state_aws_profile="gone") as own:
        report = await own.report("daily")
    (unseen,) = [one for one in report.results if one.state == "unseen"]
    assert report.verdict == "well_as_far_as_seen" and unseen.refusal is not None
    assert unseen.check == "undelivered alarms" and "sqs:GetQueueUrl" in unseen.remedy
    assert unseen.refusal.kind == "denied" and "gone" in unseen.refusal.wrong


async def test_text_from_outside_is_no_markup_in_the_report(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        name = await own.incident()
        error = "<script>alert(1)</script> | [click](http://evil.example)"
        await own.store.keep_channel_post(
            ChannelPost(incident=name, channel="webhook", at=own.clock.now(), error=error)
        )
        text = as_markdown(await own.report("daily"))
    assert "<script>" not in text and "[click](" not in text
    assert text.startswith("# sre-agent: daily checks, 2026-09-01 06:00:00 UTC")
