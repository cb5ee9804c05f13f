"""How a report tells a cause that a chat model proposes: as such, with what shows it, and where its class file is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sre_agent import reports
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis, Proposal, Term
from sre_agent.domain.report import Report
from sre_agent.failures import content, load
from sre_agent.reports.markdown import markdown

from .test_reports import WEB, build, cause, report_of_fix

SAID = "A lock is never given back (Deployment/shop/web). Its pods wait for it after they restarted 7 times."
LEADS = f"Proposed by the model, not proven: {SAID}"


def proposal(**changed: Any) -> Proposal:
    defaults = Proposal(
        name="lock_never_released",
        title="A lock is never given back",
        subject=WEB,
        statement=SAID,
        confidence=0.3,
        terms=[Term(observation="container.crash_looping", subject=WEB.short, weight=10, evidence=EvidenceId("ev-1"))],
        evidence=[EvidenceId("ev-1")],
        draft={**content(load()["crash_loop"]), "class": "lock_never_released"},
        model="bedrock:m",
        prompt="diagnose@0123456789ab",
    )
    return defaults.model_copy(update=changed)


def open_diagnosis(**changed: Any) -> Diagnosis:
    fields = {"verdict": "inconclusive", "statement": LEADS, "evidence": ["ev-1"], "proposal": proposal()}
    return Diagnosis.model_validate({**fields, **changed})


def report_of(diagnosis: Diagnosis) -> Report:
    return build("escalated", "no_safe_action", diagnosis)


def test_an_open_report_leads_with_the_proposal_and_never_calls_it_the_cause() -> None:
    report = build("escalated", "inconclusive", open_diagnosis())
    assert report.verdict.startswith(
        "Escalated (inconclusive): no cause was established; proposed by the model, not proven: a lock is never given"
        " back (Deployment/shop/web, 30 % sure)."
    )
    assert report.statement == LEADS
    numbers = {line.id: line.number for line in report.evidence}
    assert report.statement_evidence[0] == numbers[EvidenceId("ev-1")]
    assert report.proposals == []


def test_beside_a_believed_cause_it_is_told_apart_with_its_evidence() -> None:
    report = report_of(cause(proposal=proposal()))
    assert "lock" not in report.verdict and "lock" not in report.statement
    assert [claim.text for claim in report.proposals] == [LEADS]
    assert report.proposals[0].evidence
    assert "## Also considered" in markdown(report)
    assert "## Also considered" not in markdown(report_of(cause()))


def test_words_that_nothing_shows_do_not_reach_the_report() -> None:
    invention = proposal(statement="A lock of redis-main is never given back (Deployment/shop/web).")
    report = report_of(cause(proposal=invention))
    assert report.proposals == [] and report.sentences_dropped == report_of(cause()).sentences_dropped + 1
    assert "redis" not in markdown(report)


def test_the_class_file_stands_beside_the_report_and_a_next_step_says_so(tmp_path: Path) -> None:
    report = build("escalated", "inconclusive", open_diagnosis())
    reports.write(report, tmp_path)
    assert (tmp_path / "inc-1.class.yaml").read_text().startswith("# Proposed by bedrock:m (diagnose@0123456789ab)")
    assert "lock_never_released" in load([tmp_path])
    step = report.next_steps[-1]
    assert "inc-1.class.yaml" in step.what and "failure_folders" in step.what and step.owner


def test_beside_a_cause_whose_remedy_healed_no_class_is_offered(tmp_path: Path) -> None:
    for report in (
        report_of_fix(),
        report_of_fix().model_copy(update={"diagnosis": cause(proposal=proposal())}),
        report_of(cause()),
    ):
        reports.write(report, tmp_path)
        assert not list(tmp_path.glob("*.yaml"))
    reports.write(report_of(cause(proposal=proposal())), tmp_path)
    assert list(tmp_path.glob("*.yaml"))


def test_a_doubt_is_printed_among_the_weights() -> None:
    diagnosis = cause()
    assert isinstance(diagnosis.hypothesis, Hypothesis)
    doubt = Term(
        observation="model.doubt",
        subject=WEB.short,
        weight=0,
        evidence=EvidenceId("ev-1"),
        note="doubted by the model: it restarted 7 times",
    )
    hypothesis = diagnosis.hypothesis.model_copy(update={"terms": [*diagnosis.hypothesis.terms, doubt]})
    text = markdown(report_of(diagnosis.model_copy(update={"hypothesis": hypothesis})))
    assert "| +0 | model.doubt: doubted by the model: it restarted 7 times |" in text
