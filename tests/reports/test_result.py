"""A report is made of one thing: the result of a run, which nothing can change under it."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from sre_agent import reports
from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.report import Offer
from sre_agent.domain.run import ApprovalQuestion, RemediationPlan
from sre_agent.reports.result import RunResult
from tests.reports.results import result
from tests.reports.test_reports import LEDGER, cause, incident

NOW = datetime(2026, 3, 4, 9, 50, tzinfo=UTC)


def result_of_run(**rest: object) -> RunResult:
    return result(
        incident(), status="escalated", reason="approval_denied", diagnosis=cause(), ledger=LEDGER, now=NOW, **rest
    )


def test_a_report_is_built_from_one_result_that_cannot_be_changed() -> None:
    assert list(inspect.signature(reports.build).parameters) == ["result"]
    with pytest.raises(FrozenInstanceError):
        result_of_run().gaps = ["another"]  # type: ignore[misc]


def test_the_question_to_a_human_and_the_answer_stand_in_the_time_line() -> None:
    question = ApprovalQuestion(id="q", action_digest="d", asked_at=NOW, expires_at=NOW)
    decision = ApprovalDecision(
        incident="inc-1", question="q", action_digest="d", choice="reject", by="ada", at=NOW, comment="not now"
    )
    entries = [entry.what for entry in reports.build(result_of_run(question=question, decision=decision)).timeline]
    assert "Asked for approval" in entries and "Reject by ada: not now" in entries


def test_what_could_be_done_is_told_of_a_run_that_only_looks() -> None:
    offer = Offer(purpose="Scale", server="kubernetes", tool="kubectl_scale", verdict="approve")
    run_result = RunResult(
        incident(),
        result_of_run().outcome,
        cause(),
        LEDGER,
        NOW,
        plan=RemediationPlan(offers=[offer], skipped=["none"]),
    )
    report = reports.build(run_result)
    assert (report.offers, report.unfit) == ([offer], ["none"])
    assert reports.build(result_of_run()).offers == []
