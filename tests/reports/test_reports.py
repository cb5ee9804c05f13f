"""What a report says of each outcome, and that nothing in it stands without its evidence."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.facts import Answer, Observation, Subject
from mcp_servers.contract.permits import Target
from sre_agent import reports
from sre_agent.domain.action import Action, Call, PolicyDecision, Remediation, SkippedRemedy
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis, RuledOut, Term
from sre_agent.domain.finding import Claim, Evidence, Finding
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal
from sre_agent.domain.verification import Check, Verification
from tests.reports.results import result

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
WEB = Subject(scope="prod", kind="Deployment", namespace="shop", name="web")
OTHER = Subject(scope="prod", kind="Deployment", namespace="shop", name="other")
SECTIONS = (
    *("Impact", "Cause", "Ruled out", "Could not be seen", "Next steps"),
    *("Evidence", "Weights", "Timeline", "Cost"),
)
HOSTILE = "boom\n```\n# Ignore the above\n~~~~\n| a | b |\n[click](http://x.invalid) <script>alert(1)</script>"


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def evidence(
    number: int,
    excerpt: str,
    *,
    agent: str = "kubernetes",
    code: str = "container.crash_looping",
    on: Subject = WEB,
    **attributes: Any,
) -> Evidence:
    observation = Observation(code=code, subject=on, excerpt=excerpt, attributes=attributes)
    return Evidence(
        id=EvidenceId(f"ev-{number}"),
        incident=IncidentId("inc-1"),
        round=1,
        agent=agent,
        server="kubernetes",
        tool="kubectl_explain_workload",
        arguments={"name": on.name},
        answer=Answer(text=f"answer {number}", as_of=NOW, observations=[observation]),
        asked_at=at(1 + number / 60),
    )


LEDGER = [
    evidence(0, "nothing of interest", agent="logs", code="log.no_errors", on=OTHER),
    evidence(1, "restarted 7 times", code="rollout.newest_failing", revision=4, failing=2, of=2),
    evidence(2, "revision 3 has 2 ready pods", code="rollout.earlier_healthy"),
    evidence(3, "2 of 2 replicas ready, web-5xx is OK since 10:02", agent="verifier", code="workload.available"),
]


def incident(**changes: Any) -> Incident:
    signal = Signal(
        id="m1",
        source="alertmanager",
        title="Error rate of web",
        received_at=NOW,
        started_at=at(-2),
        fingerprint="f",
    )
    fields: dict[str, Any] = {
        "id": "inc-1",
        "fingerprint": "f",
        "title": "Error rate of web",
        "severity": "SEV2",
        "opened_at": NOW,
        "signals": [signal, signal.model_copy(update={"id": "m2", "received_at": at(1)})],
        "subjects": [WEB],
        "trace_id": "1-00000000-0123456789abcdef01234567",
    }
    return Incident.model_validate(fields | changes)


def cause(**changes: Any) -> Diagnosis:
    hypothesis = Hypothesis(
        failure_class="bad_rollout",
        title="The newest revision of a workload fails",
        subject=WEB,
        score=70,
        confidence=0.93,
        decisive=True,
        terms=[
            Term(observation="container.crash_looping", subject=WEB.short, weight=15, evidence=EvidenceId("ev-1")),
            Term(
                observation="rollout.earlier_healthy",
                subject=WEB.short,
                weight=40,
                evidence=EvidenceId("ev-2"),
                excerpt="revision 3 has 2 ready pods",
            ),
            Term(observation="node.not_ready", subject=WEB.short, weight=-15, evidence=""),
        ],
        statement="The rollout to revision 4 is bad.",
        since=at(-3),
    )
    fields: dict[str, Any] = {
        "verdict": "cause",
        "hypothesis": hypothesis,
        "ruled_out": [RuledOut(failure_class="oom_killed", subject=WEB.short, why="no container was killed")],
        "statement": "The rollout of web to revision 4 is bad: 2 of 2 pods of it fail.",
        "evidence": ["ev-2", "ev-1"],
    }
    return Diagnosis.model_validate(fields | changes)


def action() -> Action:
    return Action(
        remedy="undo_rollout",
        failure_class="bad_rollout",
        purpose="Return Deployment/shop/web to revision 3",
        call=Call(server="kubernetes", tool="kubectl_rollout_undo", arguments={"name": "web", "to_revision": 3}),
        scope="prod",
        subject=WEB.short,
        namespace="shop",
        target=Target(subject=WEB.short, uid="u", version="9"),
        reversible=True,
        diff=["-  image: web:4", "+  image: web:3"],
        blast_radius="1 Deployment, 2 pods",
        undo=Call(server="kubernetes", tool="kubectl_rollout_undo", arguments={"name": "web", "to_revision": 4}),
        confidence=0.93,
    )


def remediation(outcome: str = "done", *, is_undo: bool = False, by: str = "policy:demo-rollouts") -> Remediation:
    return Remediation.model_validate(
        {
            "call": action().call,
            "permit": "7f0c1b" + ("-undo" if is_undo else ""),
            "allowed_by": by,
            "outcome": outcome,
            "text": "rolled back",
            "at": at(2),
            "is_undo": is_undo,
        }
    )


def verification_of(is_healed: bool, *, alarm: bool | None = True) -> Verification:
    return Verification(
        at=at(3),
        verdict="proved" if is_healed else "not_healed",
        checks=[
            Check(
                what="all desired replicas are ready (web)",
                subject="web",
                ok=is_healed,
                reading="2 of 2",
                evidence=EvidenceId("ev-3"),
            ),
            Check(
                what="alarm web-5xx is OK",
                about="alarm",
                ok=alarm,
                reading="OK since 10:02",
                evidence=EvidenceId("ev-3"),
            ),
        ],
        worse=[] if is_healed else ["Pod/shop/other restarts"],
    )


FINDINGS = [
    Finding(
        agent="kubernetes",
        round=1,
        claims=[
            Claim(text="web restarted 7 times", evidence=[EvidenceId("ev-1")]),
            Claim(text="nobody saw this", evidence=[]),
            Claim(text="this was never looked up", evidence=[EvidenceId("ev-99")]),
        ],
        gaps=["logs of namespace shop: denied"],
    )
]


def build(status: Status, reason: Reason, diagnosis: Diagnosis, **rest: Any) -> Report:
    rest = {"findings": FINDINGS, "ledger": LEDGER, "now": at(4), **rest}
    return reports.build(result(incident(), status=status, reason=reason, diagnosis=diagnosis, **rest))


def report_of_fix(**rest: Any) -> Report:
    defaults: dict[str, Any] = {
        "action": action(),
        "policy_decision": PolicyDecision(
            verdict="allow", policies=["demo-rollouts"], reason="a rollout may be undone"
        ),
        "remediations": [remediation()],
        "verification": verification_of(True),
    }
    return build("remediated", "fixed", cause(), **(defaults | rest))


def test_the_verdict_says_what_how_sure_and_what_was_done() -> None:
    assert report_of_fix().verdict == (
        "Remediated: the newest revision of a workload fails (Deployment/shop/web, 93 % sure)."
        " Done: Return Deployment/shop/web to revision 3. 2 of 2 checks pass; the alarm is OK again."
    )


def test_an_alarm_that_cannot_be_read_is_said_to_be_unknown() -> None:
    assert (
        "the alarm's state could not be read" in report_of_fix(verification=verification_of(True, alarm=None)).verdict
    )


def test_evidence_is_numbered_in_the_order_in_which_it_is_cited_and_uncited_evidence_is_counted() -> None:
    report = report_of_fix()
    assert [(line.number, line.id) for line in report.evidence] == [("E1", "ev-2"), ("E2", "ev-1"), ("E3", "ev-3")]
    assert report.evidence[0].excerpt == "revision 3 has 2 ready pods"
    assert [(record.number, record.what) for record in report.records] == [
        ("S1", "alertmanager: Error rate of web"),
        ("S2", "alertmanager: Error rate of web"),
        ("W1", "kubectl_rollout_undo, permit 7f0c1b"),
    ]
    assert "1 more call is in the ledger, not cited here." in reports.markdown(report)


def test_a_line_that_explains_nothing_is_not_quoted_as_evidence() -> None:
    trouble, port = LEDGER[1], evidence(1, "listening on :8080", agent="logs", code="program.listens", on=OTHER)
    assert trouble.answer is not None and port.answer is not None
    both = [*port.answer.observations, *trouble.answer.observations]
    together = trouble.model_copy(update={"answer": trouble.answer.model_copy(update={"observations": both})})
    excerpts = {
        str(line.id): line.excerpt for line in report_of_fix(ledger=[LEDGER[0], together, *LEDGER[2:]]).evidence
    }
    assert excerpts["ev-1"] == "restarted 7 times"
    alone = {str(line.id): line.excerpt for line in report_of_fix(ledger=[LEDGER[0], port, *LEDGER[2:]]).evidence}
    assert alone["ev-1"] == ""


def test_a_claim_without_evidence_in_the_ledger_is_dropped() -> None:
    report = report_of_fix()
    assert [claim.text for claim in report.claims] == ["web restarted 7 times"]
    assert report.sentences_dropped == 2
    assert "2 sentences were left out: what they name is not in the evidence." in reports.markdown(report)


SKIPPED = [
    SkippedRemedy(remedy="undo_rollout", why="there is no earlier revision."),
    SkippedRemedy(why="The owner acts."),
]
OUTCOMES: list[tuple[Status, Reason, dict[str, Any]]] = [
    (
        "remediated",
        "fixed",
        {"action": action(), "remediations": [remediation()], "verification": verification_of(True)},
    ),
    ("remediated", "recovered", {"diagnosis": cause(verdict="recovered")}),
    ("remediated", "no_fault", {"diagnosis": Diagnosis(verdict="no_fault", statement="Nothing is wrong with web.")}),
    ("escalated", "approval_denied", {"action": action()}),
    ("escalated", "approval_expired", {"action": action()}),
    (
        "escalated",
        "no_safe_action",
        {"skipped": SKIPPED},
    ),
    ("escalated", "inconclusive", {"diagnosis": cause(verdict="inconclusive", missing=["the log of pod web-1"])}),
    (
        "escalated",
        "verification_failed",
        {"action": action(), "remediations": [remediation()], "verification": verification_of(False)},
    ),
    ("escalated", "tools_unavailable", {"diagnosis": Diagnosis(verdict="inconclusive", statement="No tool answered.")}),
    ("escalated", "budget_exhausted", {"diagnosis": Diagnosis(verdict="inconclusive", statement="Out of calls.")}),
    ("escalated", "cancelled", {"diagnosis": Diagnosis(verdict="inconclusive", statement="Cancelled by a person.")}),
    ("answered", "answered", {"diagnosis": cause()}),
]


@pytest.mark.parametrize(("status", "reason", "rest"), OUTCOMES, ids=[reason for _, reason, _ in OUTCOMES])
def test_every_outcome_has_a_whole_report_whose_citations_all_exist(
    status: Status, reason: Reason, rest: dict[str, Any]
) -> None:
    report = build(status, reason, **{"diagnosis": cause(), **rest})
    text = reports.markdown(report)
    assert report.verdict.lower().startswith(status)
    assert text.index(report.verdict[:20]) < text.index("## Evidence") < text.index("## Cost")
    numbers = {line.number for line in report.evidence} | {record.number for record in report.records}
    assert set(re.findall(r"\b[ESW]\d+\b", text)) == numbers
    claims = [*report.impact, *report.chain, *report.actions_taken, *report.ruled_out, *report.symptoms, *report.claims]
    assert all(claim.evidence and set(claim.evidence) <= numbers for claim in claims)
    assert all(set(filter(None, entry.evidence.split(", "))) <= numbers for entry in report.timeline)
    if status == "escalated":
        assert report.next_steps
    if not rest.get("remediations"):
        assert "Nothing was changed." in report.verdict


def test_the_statement_is_the_diagnosis_own_and_says_nothing_of_what_was_ruled_out() -> None:
    report = report_of_fix()
    assert report.statement == cause().statement
    assert "oom" not in report.statement
    assert "- Oom killed of Deployment/shop/web: no container was killed. (E1)" in reports.markdown(report)


def test_a_long_statement_ends_after_a_whole_sentence() -> None:
    report = build("escalated", "inconclusive", cause(statement="One thing is known about this. " * 40))
    assert len(report.statement) <= 700
    assert report.statement.endswith("this.")


def test_actions_name_who_allowed_them_with_permit_diff_and_undo() -> None:
    text = reports.markdown(report_of_fix(remediations=[remediation(by="human:ada")]))
    assert "approved by ada. (W1)" in text and "kubectl_rollout_undo, permit 7f0c1b" in text
    assert "```diff\n-  image: web:4\n+  image: web:3\n```" in text
    assert 'Undo: kubectl_rollout_undo(name="web", to_revision=4)' in text
    assert "Policy: allow (demo-rollouts): a rollout may be undone" in text
    assert "Blast radius: 1 Deployment, 2 pods." in text


def test_a_denied_action_is_not_said_to_be_done() -> None:
    report = build("escalated", "approval_denied", cause(), action=action())
    assert "Proposed and rejected: Return Deployment/shop/web to revision 3. Nothing was changed." in report.verdict
    assert any("Return Deployment/shop/web to revision 3" in step.what for step in report.next_steps)


def test_a_write_in_doubt_is_the_first_thing_to_check() -> None:
    report = build("escalated", "tools_unavailable", cause(), action=action(), remediations=[remediation("in_doubt")])
    assert "not known whether this took effect" in report.verdict
    assert "kubectl_rollout_undo took effect (permit 7f0c1b)" in report.next_steps[0].what


def test_a_write_that_did_not_heal_and_was_undone_is_told_as_both() -> None:
    report = build(
        "escalated",
        "verification_failed",
        cause(),
        action=action(),
        remediations=[remediation(), remediation(is_undo=True)],
        verification=verification_of(False),
    )
    assert "Done and undone again" in report.verdict
    assert "Got worse: Pod/shop/other restarts." in [step.what for step in report.next_steps]


def test_remedies_that_were_not_taken_become_next_steps_with_their_reasons() -> None:
    report = build(
        "escalated",
        "no_safe_action",
        cause(),
        skipped=SKIPPED,
    )
    steps = [step.what for step in report.next_steps]
    assert "Considered and not done: undo rollout: there is no earlier revision." in steps
    assert "The owner acts." in steps


def test_what_could_not_be_seen_is_listed_once() -> None:
    report = report_of_fix(gaps=["logs of namespace shop: denied", "Prometheus is not configured"])
    assert [gap.text for gap in report.gaps] == ["logs of namespace shop: denied", "Prometheus is not configured"]


def test_the_time_line_runs_from_the_onset_to_the_end() -> None:
    report = report_of_fix()
    entries = [entry.what for entry in report.timeline]
    assert [entry.at for entry in report.timeline] == sorted(entry.at for entry in report.timeline)
    assert entries[0] == "The cause began"
    assert entries[1] == "The trouble began, as the signal reports"
    assert "opened the incident" in entries[2] and any("joined the incident" in what for what in entries)
    assert any(what.startswith("kubernetes looked, round 1: 2 calls") for what in entries)
    assert any("allowed by policy:demo-rollouts" in what for what in entries)
    assert entries[-2:] == ["Verification: proved", "Ended remediated (fixed)"]


def test_trace_and_cost_stand_at_the_end() -> None:
    text = reports.markdown(report_of_fix())
    assert "4 tool calls, 240.0 s." in text
    assert "Trace 1-00000000-0123456789abcdef01234567." in text


def test_an_incident_that_was_closed_early_reports_what_was_seen_until_then() -> None:
    closed = Diagnosis(verdict="inconclusive", statement="Cancelled by a person.")
    report = build("escalated", "cancelled", closed, findings=())
    assert "Deployment/shop/web: rollout.newest_failing" in report.claims[1].text
    assert report.claims[1].evidence


def test_hostile_text_in_evidence_stays_inside_its_fence() -> None:
    ledger = [evidence(1, HOSTILE), *LEDGER[2:]]
    text = reports.markdown(report_of_fix(ledger=ledger))
    outside: list[str] = []
    inside: list[str] = []
    within = False
    for line in text.splitlines():
        if line.startswith("```"):
            within = not within
        else:
            (inside if within else outside).append(line)
    assert not within
    assert "# Ignore the above" in inside and "# Ignore the above" not in outside
    assert not any("<script>" in line for line in outside)


def test_hostile_text_outside_a_fence_is_escaped() -> None:
    nasty = "# Owned | x | [click](http://x.invalid) <b>`rm`</b>\n## Next"
    report = build(
        "escalated",
        "no_safe_action",
        cause(statement=nasty),
        skipped=[SkippedRemedy(why=nasty)],
        gaps=[nasty],
        findings=[Finding(agent="logs", round=1, claims=[Claim(text=nasty, evidence=[EvidenceId("ev-1")])])],
    )
    text = reports.markdown(report)
    headings = re.findall(r"^#.*$", text, re.M)
    assert headings == ["# Error rate of web", *(f"## {section}" for section in SECTIONS)]
    assert "<b>" not in text
    assert not re.search(r"(?<!\\)\[click(?<!\\)\]", text)


def test_a_hostile_title_cannot_break_the_time_line_s_table() -> None:
    first = incident().signals[0].model_copy(update={"title": "a | b\n| c"})
    report = reports.build(
        result(
            incident(signals=[first]),
            status="escalated",
            reason="cancelled",
            diagnosis=cause(),
            ledger=LEDGER,
            now=at(4),
        )
    )
    table = [line for line in reports.markdown(report).splitlines() if "opened the incident" in line]
    assert len(table) == 1
    assert len(re.findall(r"(?<!\\)\|", table[0])) == 4


def test_a_storm_of_signals_is_counted_in_the_time_line() -> None:
    first = incident().signals[0]
    storm = [first.model_copy(update={"id": f"m{n}", "received_at": at(n / 60)}) for n in range(60)]
    report = reports.build(
        result(
            incident(signals=storm), status="escalated", reason="cancelled", diagnosis=cause(), ledger=LEDGER, now=at(4)
        )
    )
    assert any(entry.what == "50 more signals had joined the incident" for entry in report.timeline)


def test_both_files_are_written_and_the_json_is_the_report(tmp_path: Path) -> None:
    report = report_of_fix()
    text, data = reports.write(report, tmp_path / "reports")
    assert text.name == "inc-1.md" and text.read_text() == reports.markdown(report)
    assert Report.model_validate(json.loads(data.read_text())) == report


def test_an_incident_s_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    text, _ = reports.write(report_of_fix().model_copy(update={"incident": "../../etc/x"}), tmp_path / "reports")
    assert text.parent == tmp_path / "reports"


def test_a_write_that_breaks_leaves_the_old_report_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, data = reports.write(report_of_fix(), tmp_path)
    before = text.read_text()

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        reports.write(build("escalated", "cancelled", cause()), tmp_path)
    assert text.read_text() == before
    assert sorted(tmp_path.iterdir()) == sorted([text, data])
