"""What a report tells besides its verdict: impact, chain, gaps, severity, and whose turn it is."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract import refusals
from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation, Subject
from sre_agent import reports
from sre_agent.domain.action import Call, OwnerRole, SkippedRemedy
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis, Term
from sre_agent.domain.finding import Evidence
from sre_agent.domain.report import Report
from tests.reports.results import result
from tests.reports.test_reports import (
    WEB,
    action,
    at,
    build,
    cause,
    incident,
    remediation,
    report_of_fix,
    verification_of,
)

SERVICE = Subject(scope="prod", kind="Service", namespace="shop", name="web")
ALARM = Subject(scope="1/eu", kind="Alarm", name="web-5xx")
FRONT = Subject(scope="prod", kind="Deployment", namespace="shop", name="front")
BASKET = Subject(scope="prod", kind="Deployment", namespace="shop", name="basket")
POD = Subject(scope="prod", kind="Pod", namespace="shop", name="web-1")
FIELDS = {"metric": "HTTPCode_Target_5XX_Count", "statistic": "Sum"}


def call(
    id_: str,
    *observations: Observation,
    relations: tuple[Relation, ...] = (),
    coverage: tuple[Coverage, ...] = (),
    data: dict[str, Any] | None = None,
    server: str = "kubernetes",
    agent: str = "kubernetes",
    error: str = "",
    **arguments: object,
) -> Evidence:
    answer = Answer(
        text="",
        as_of=at(3),
        data=data or {},
        observations=list(observations),
        relations=list(relations),
        coverage=list(coverage),
    )
    return Evidence(
        id=EvidenceId(id_),
        incident=IncidentId("inc-1"),
        round=1,
        agent=agent,
        server=server,
        tool="look",
        arguments={"name": id_, **arguments},
        answer=None if error else answer,
        refusal=refusals.of_text(error) if error else None,
        asked_at=at(3),
    )


def observe(
    code: str, on: Subject = WEB, minute: float | None = None, excerpt: str = "", **attributes: Any
) -> Observation:
    when = at(minute) if minute is not None else None
    return Observation(code=code, subject=on, at=when, attributes=attributes, excerpt=excerpt)


SELECTS = Relation(kind="selects", source=SERVICE, target=WEB)
OWNS = Relation(kind="owns", source=WEB, target=POD)
DOWN = call(
    "workload",
    observe("workload.unavailable", minute=-2, desired=2, ready=0),
    observe("rollout.started", minute=-3, revision=4, image="r/web:4"),
    observe("rollout.newest_failing", minute=-2.5, revision=4, failing=2, of=2),
    observe("container.crash_looping", POD, -2.5, "exit status 3", container="web", exit_code=3, restarts=5),
    relations=(SELECTS, OWNS),
    data={"workloads": [{"subject": WEB.short, "owner": "team-cart"}]},
)
FAILING = call(
    "metric",
    observe("metric.level_changed", SERVICE, -2, before=0.0, now=41.0, onset="2026-03-04T09:58:00Z", **FIELDS),
    server="cloudwatch",
    period=60,
)
FIRING = call(
    "alarm",
    observe("alarm.firing", ALARM, -1, alarm="web-5xx", value=41.0, threshold=5.0, metric=FIELDS["metric"]),
    relations=(Relation(kind="watches", source=ALARM, target=SERVICE),),
    server="cloudwatch",
)
CALLED = call(
    "calls",
    relations=(
        Relation(kind="calls", source=FRONT, target=SERVICE),
        Relation(kind="calls", source=BASKET, target=SERVICE),
    ),
)


def hypothesis(**changes: Any) -> Hypothesis:
    def term(code: str, weight: int, on: Subject = WEB, evidence: str = "workload") -> Term:
        return Term(observation=code, subject=on.short, weight=weight, evidence=EvidenceId(evidence))

    fields: dict[str, Any] = {
        "failure_class": "bad_rollout",
        "title": "The newest revision of a workload fails",
        "subject": WEB,
        "score": 90,
        "confidence": 0.93,
        "decisive": True,
        "terms": [
            term("rollout.newest_failing", 30),
            term("rollout.started", 20),
            term("container.crash_looping", 15, POD),
            term("workload.unavailable", 10),
            term("alarm.firing", 10, ALARM, "alarm"),
        ],
        "explains": [f"workload.unavailable {WEB.short}", f"alarm.firing {ALARM.short}", f"crash_loop {WEB.short}"],
        "statement": "The rollout of Deployment/shop/web to revision 4 is bad.",
        "since": at(-3),
    }
    return Hypothesis.model_validate(fields | changes)


def diagnosis_of(**changes: Any) -> Diagnosis:
    return cause(hypothesis=hypothesis(), ruled_out=[], evidence=["workload", "alarm"], **changes)


def escalate(*ledger: Evidence, diagnosis: Diagnosis | None = None, **rest: Any) -> Report:
    return build("escalated", "no_safe_action", diagnosis or diagnosis_of(), ledger=list(ledger), findings=(), **rest)


def test_impact_tells_since_when_whose_requests_fail_what_serves_and_the_alarm_against_its_threshold() -> None:
    report = escalate(DOWN, FAILING, FIRING, CALLED)
    numbers: dict[str, str] = {line.id: line.number for line in report.evidence}
    assert [(claim.text, claim.evidence) for claim in report.impact] == [
        ("Affected since 09:58 UTC; first seen on Service/shop/web.", [numbers["metric"]]),
        (
            "HTTPCode_Target_5XX_Count (Sum) of Service/shop/web went from 0 to 41 (per 60 s), "
            "between 09:58 and 09:59 UTC.",
            [numbers["metric"]],
        ),
        ("0 of 2 replicas of Deployment/shop/web are ready, 09:58:00 UTC.", [numbers["workload"]]),
        (
            "Alarm web-5xx is firing: HTTPCode_Target_5XX_Count reached 41, its threshold is 5, 09:59:00 UTC.",
            [numbers["alarm"]],
        ),
        ("Deployment/shop/basket needs Deployment/shop/web.", [numbers["calls"]]),
        ("Deployment/shop/front needs Deployment/shop/web.", [numbers["calls"]]),
    ]
    assert report.impact_unknown == ""


def test_without_a_metric_of_users_the_impact_says_that_none_was_found() -> None:
    report = escalate(DOWN)
    assert report.impact_unknown == "No user-facing metric was found, so how many requests failed is not known."
    assert report.impact_unknown in reports.markdown(report)


PART = call("workload", observe("workload.unavailable", desired=2, ready=1), relations=(SELECTS,))
NO_ENDPOINT = call("service", observe("service.no_endpoints", SERVICE, selector="app=web"), relations=(SELECTS,))


@pytest.mark.parametrize(
    ("ledger", "severity"),
    [
        ([DOWN, FAILING], "SEV1"),
        ([NO_ENDPOINT, FAILING], "SEV1"),
        ([PART, FAILING], "SEV2"),
        ([DOWN], "SEV2"),
        ([PART, CALLED], "SEV2"),
        ([PART], "SEV3"),
    ],
)
def test_where_no_signal_tells_a_severity_it_follows_from_the_impact(ledger: list[Evidence], severity: str) -> None:
    report = escalate(*ledger)
    assert report.severity == severity and report.severity_why
    assert f"{severity} ({report.severity_why})" in reports.markdown(report)


def test_what_is_well_or_was_over_has_the_lowest_severity() -> None:
    well = Diagnosis(verdict="no_fault", statement="Nothing is wrong with Deployment/shop/web.")
    assert build("remediated", "no_fault", well, ledger=[PART]).severity == "SEV4"
    assert build("remediated", "recovered", diagnosis_of(verdict="recovered"), ledger=[DOWN]).severity == "SEV4"


def test_the_severity_that_a_signal_tells_stands_and_the_highest_of_several_counts() -> None:
    first = incident().signals[0]
    opening = incident(
        signals=[first.model_copy(update={"severity": "SEV4"}), first.model_copy(update={"severity": "SEV3"})]
    )
    report = reports.build(
        result(
            opening,
            status="escalated",
            reason="no_safe_action",
            diagnosis=diagnosis_of(),
            ledger=[DOWN, FAILING],
            now=at(4),
        )
    )
    assert (report.severity, report.severity_why) == ("SEV3", "as the signal reports")


def test_the_chain_leads_from_the_change_over_the_mechanism_to_the_symptoms() -> None:
    report = escalate(DOWN, FAILING, FIRING)
    assert [(link.part, link.text.partition(",")[0]) for link in report.chain] == [
        ("change", "Revision 4 of Deployment/shop/web was rolled out with image r/web:4"),
        ("mechanism", "2 of 2 pods of revision 4 of Deployment/shop/web fail"),
        ("mechanism", "Container web of Pod/shop/web-1 keeps crashing with exit code 3"),
        ("symptom", "0 of 2 replicas of Deployment/shop/web are ready"),
        ("symptom", "Alarm web-5xx is firing: HTTPCode_Target_5XX_Count reached 41"),
    ]
    assert all(link.evidence for link in report.chain)
    text = reports.markdown(report)
    assert text.index("What changed:") < text.index("What it did:") < text.index("Symptoms:")


def test_pods_that_fail_in_the_same_way_are_one_link_and_one_that_fails_otherwise_is_another() -> None:
    pods = [POD.model_copy(update={"name": f"web-{n}"}) for n in range(3)]
    fails = [
        observe("container.crash_looping", pod, container="web", exit_code=code, restarts=5 + n)
        for n, (pod, code) in enumerate(zip(pods, (3, 3, 137), strict=True))
    ]
    terms = [Term(observation=f.code, subject=f.subject.short, weight=15, evidence=EvidenceId("pods")) for f in fails]
    diagnosis = diagnosis_of().model_copy(update={"hypothesis": hypothesis(terms=terms, explains=[])})
    report = escalate(call("pods", *fails), diagnosis=diagnosis)
    assert [link.text for link in report.chain] == [
        "Container web of Pod/shop/web-0 keeps crashing with exit code 3, 5 restarts;"
        " the same goes for Pod/shop/web-1.",
        "Container web of Pod/shop/web-2 keeps crashing with exit code 137, 7 restarts.",
    ]


def test_a_change_on_which_the_cause_does_not_rest_is_no_link_of_its_chain() -> None:
    terms = [term for term in hypothesis().terms if term.observation != "rollout.started"]
    diagnosis = diagnosis_of().model_copy(update={"hypothesis": hypothesis(terms=terms)})
    assert not [link for link in escalate(DOWN, diagnosis=diagnosis).chain if link.part == "change"]


def test_an_independent_cause_and_trouble_elsewhere_stand_apart() -> None:
    other = hypothesis(subject=BASKET, statement="1 of 3 replicas of Deployment/shop/basket are ready.")
    far = Subject(scope="prod", kind="Deployment", namespace="far", name="mail")
    ledger = [
        DOWN,
        call("basket", observe("workload.unavailable", BASKET, desired=3, ready=1)),
        call("far", observe("pod.not_ready", far)),
    ]
    report = escalate(*ledger, diagnosis=diagnosis_of(also=[other], elsewhere=[f"{far.short}: pod not ready"]))
    assert [claim.text for claim in report.other_causes] == ["1 of 3 replicas of Deployment/shop/basket are ready."]
    assert [claim.text for claim in report.elsewhere] == ["Deployment/far/mail: pod not ready."]
    assert "; independently: " in report.verdict
    assert "far/mail" not in report.statement and not any("far/mail" in link.text for link in report.chain)
    text = reports.markdown(report)
    assert "## Other causes" in text and "## Elsewhere" in text
    assert any("Take care of the other cause" in step.what for step in report.next_steps)


def test_an_inconclusive_report_lists_what_was_seen_to_be_wrong() -> None:
    report = escalate(DOWN, FIRING, diagnosis=Diagnosis(verdict="inconclusive", statement="It is not certain."))
    assert "0 of 2 replicas of Deployment/shop/web are ready, 09:58:00 UTC." in [
        claim.text for claim in report.symptoms
    ]
    assert report.chain == []


def test_a_gap_names_the_call_that_failed_what_it_means_and_who_can_mend_it() -> None:
    denied = call("logs", coverage=(Coverage(looked_at="logs of shop", state="denied", detail="needs pods/log"),))
    failed = call("metrics", server="cloudwatch", error="[unavailable] cloudwatch did not answer")
    missing = [
        "logs of shop: denied. needs pods/log",
        "[unavailable] cloudwatch did not answer",
        "The signal names nothing.",
    ]
    open_ = Diagnosis(verdict="inconclusive", statement="It is not certain.", missing=missing)
    report = build("escalated", "inconclusive", open_, ledger=[denied, failed], findings=())
    ids = {line.number: line.id for line in report.evidence}
    assert [(gap.text, [ids[number] for number in gap.evidence]) for gap in report.gaps] == [
        (missing[0], ["logs"]),
        (missing[1], ["metrics"]),
        (missing[2], []),
    ]
    assert "no cause is accepted without it" in report.gaps_mean
    owners = {step.what: step.owner for step in report.next_steps}
    assert owners[f"Find out: {missing[0]}"] == "platform team"
    assert owners[f"Find out: {missing[1]}"] == "cloud account owner"


def test_a_gap_does_not_take_a_decisive_cause_away_but_is_said_beside_it() -> None:
    report = escalate(DOWN, gaps=["Prometheus is not configured"])
    assert (
        report.gaps_mean
        == "The cause rests on what was seen; a second cause in what could not be read is not ruled out."
    )
    assert not any(step.what.startswith("Find out") for step in report.next_steps)


@pytest.mark.parametrize(
    ("subject", "owner"),
    [
        (WEB, "team-cart (owner of Deployment/shop/web)"),
        (FRONT, "owner of Deployment/shop/front"),
        (Subject(scope="prod", kind="Node", name="n1"), "platform team"),
        (Subject(scope="1/eu", kind="Table", name="orders"), "cloud account owner"),
    ],
)
def test_a_next_step_is_its_owners_by_name_where_the_workload_carries_one_else_by_role(
    subject: Subject, owner: str
) -> None:
    diagnosis = diagnosis_of().model_copy(update={"hypothesis": hypothesis(subject=subject, terms=[])})
    report = escalate(DOWN, diagnosis=diagnosis)
    assert report.next_steps[0].owner == owner
    assert f"Owner: {owner}." in reports.markdown(report)


@pytest.mark.parametrize(
    ("role", "subject", "owner"),
    [
        ("network team", WEB, "network team"),
        ("application team", WEB, "team-cart (owner of Deployment/shop/web)"),
        ("application team", FRONT, "application team (owner of Deployment/shop/front)"),
    ],
)
def test_what_is_handed_over_names_the_role_that_the_failure_class_names(
    role: OwnerRole, subject: Subject, owner: str
) -> None:
    diagnosis = diagnosis_of().model_copy(update={"hypothesis": hypothesis(subject=subject, terms=[])})
    advice = SkippedRemedy(why="Somebody has to act.", owner=role)
    report = build("escalated", "no_safe_action", diagnosis, ledger=[DOWN], skipped=[advice])
    assert {
        step.owner for step in report.next_steps if step.what in ("Somebody has to act.", report.next_steps[0].what)
    } == {owner}


def test_a_change_for_a_person_is_a_step_with_a_line_that_no_name_breaks_out_of() -> None:
    change = SkippedRemedy(
        why="Set it by", command=["-n", "shop", "label", "node", "x; rm -rf /"], owner="platform team"
    )
    report = build("escalated", "no_safe_action", diagnosis_of(), ledger=[DOWN], skipped=[change])
    [step] = [step for step in report.next_steps if step.what.startswith("Set it by")]
    assert step.what == "Set it by: kubectl -n shop label node 'x; rm -rf /'" and step.owner == "platform team"


def test_every_next_step_has_an_owner() -> None:
    skipped = [SkippedRemedy(remedy="undo_rollout", why="there is no earlier revision.")]
    report = build(
        "escalated",
        "verification_failed",
        diagnosis_of(),
        ledger=[DOWN],
        action=action(),
        skipped=skipped,
        remediations=[remediation("in_doubt")],
        verification=verification_of(False),
    )
    assert len(report.next_steps) > 4 and all(step.owner for step in report.next_steps)


def test_a_write_for_an_earlier_cause_is_not_told_as_the_rejected_one() -> None:
    scale = Call(
        server="kubernetes",
        tool="kubectl_scale",
        arguments={"kind": "Deployment", "namespace": "shop", "name": "front"},
    )
    first = remediation().model_copy(update={"call": scale, "permit": "first"})
    report = build("escalated", "approval_denied", diagnosis_of(), action=action(), remediations=[first])
    assert "Done before: kubectl_scale on Deployment/shop/front. Proposed and rejected: Return" in report.verdict
    assert report.verdict.endswith("Nothing else was changed.")


def test_what_was_done_is_told_with_its_permit_and_each_check_with_what_shows_it() -> None:
    after = call("after", observe("workload.available", desired=2, ready=2), agent="verifier")
    verification = verification_of(True).model_copy(
        update={
            "checks": [
                verification_of(True)
                .checks[0]
                .model_copy(update={"evidence": EvidenceId("after"), "reading": "2 of 2"})
            ]
        }
    )
    report = build(
        "remediated",
        "fixed",
        diagnosis_of(),
        ledger=[DOWN, after],
        action=action(),
        remediations=[remediation()],
        verification=verification,
    )
    ids: dict[str, str] = {line.number: line.id for line in report.evidence} | {
        r.number: r.what for r in report.records
    }
    assert [(claim.text.partition(",")[0], [ids[n] for n in claim.evidence]) for claim in report.actions_taken] == [
        ("Write kubectl_rollout_undo on web: done at 10:02:00 UTC", ["kubectl_rollout_undo, permit 7f0c1b"]),
        ("Passes: all desired replicas are ready (web); seen: 2 of 2.", ["after"]),
    ]


def test_a_run_that_found_nothing_wrong_has_a_short_report() -> None:
    well = Diagnosis(verdict="no_fault", statement="Deployment/shop/web is healthy.", evidence=[EvidenceId("ready")])
    ready = call("ready", observe("workload.available", desired=2, ready=2))
    text = reports.markdown(build("remediated", "no_fault", well, ledger=[ready], findings=()))
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## State", "## Evidence", "## Cost"]
    assert len(text.splitlines()) < 25


def test_times_of_another_day_are_told_with_their_date() -> None:
    old = call("workload", observe("workload.unavailable", minute=-2 * 24 * 60, desired=2, ready=0))
    assert "2026-03-02 10:00:00 UTC" in escalate(old).impact[0].text


@pytest.mark.parametrize(
    ("server", "tool", "follows"),
    [
        ("kubernetes", "kubectl_set_image", True),
        ("kubernetes", "kubectl_rollout_restart", False),
        ("kubernetes", "kubectl_restore_config_map", False),
        ("kubernetes", "kubectl_uncordon", False),
        ("ssm", "start_automation", False),
    ],
)
def test_git_has_to_follow_a_write_to_what_it_declares_and_no_other(server: str, tool: str, follows: bool) -> None:
    write = remediation().model_copy(update={"call": Call(server=server, tool=tool, arguments={})})
    steps = report_of_fix(remediations=[write]).next_steps
    assert any(step.what.startswith("Make it permanent") for step in steps) == follows
