"""A sentence of a report names, counts and dates nothing that its sources do not."""

from __future__ import annotations

import pytest

from sre_agent import reports
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Claim, Evidence, Finding
from sre_agent.domain.report import Report
from tests.reports.results import result
from tests.reports.test_reports import WEB, at, cause, evidence, incident

LEDGER = [
    evidence(
        1,
        "Back-off pulling registry.shop.test/web:4 for web-7d9f-x2x1z, 43.5 % of 12 requests failed",
        now=7,
        code="metric.level_changed",
        before=0.125,
        onset="2026-03-04T09:58:03Z",
        metric="registry.shop.test/web:4",
    ),
    evidence(2, "", code="workload.unavailable", desired=3, ready=0),
]

SHOWN = [
    "Deployment/shop/web restarted 7 times.",
    "Pod web-7d9f-x2x1z cannot pull registry.shop.test/web:4.",
    "It fails since 09:58:03 UTC.",
    "It fails since 2026-03-04T09:58:03Z.",
    "It fails since 2026-03-04 10:58:03+01:00.",
    "43.5 % of requests failed.",
    "12.5% of requests failed.",
    "A ratio of 0.13 failed.",
    "The read-only replica is in back-off.",
    "The ConfigMap and the StatefulSet are fine.",
    "(workload.unavailable) in shop: desired=3, ready=0.",
    'Its log says: "Back-off pulling registry.shop.test/web:4 for web-7d9f-x2x1z".',
]
NOT_SHOWN = [
    "Deployment/shop/checkout restarted 7 times.",
    "Deployment/payments/web restarted 7 times.",
    "Deployment/shop/web restarted 8 times.",
    "Pod web-7d9f-x2x1 fails.",
    "Pod web-7d9f-x2x1z cannot pull registry.shop.test/web:5.",
    "It fails since 09:58:13 UTC.",
    "It fails since 2026-03-05T09:58:03Z.",
    "43.7 % of requests failed.",
    "It was the checkout-service.",
    "The Orders_v2 table refuses.",
    "Node ip-10-0-3-7.eu-west-1.compute.internal went away.",
]


def report_of(text: str, *citations: str, ledger: list[Evidence] | None = None) -> Report:
    claim = Claim(text=text, evidence=[EvidenceId(one) for one in citations])
    return reports.build(
        result(
            incident(),
            status="escalated",
            reason="inconclusive",
            diagnosis=Diagnosis(verdict="inconclusive", statement="It is not certain."),
            ledger=LEDGER if ledger is None else ledger,
            findings=[Finding(agent="kubernetes", round=1, claims=[claim])],
            now=at(4),
        )
    )


@pytest.mark.parametrize("text", SHOWN)
def test_a_sentence_whose_names_numbers_and_times_are_in_its_evidence_stands(text: str) -> None:
    report = report_of(text, "ev-1", "ev-2")
    assert [claim.text for claim in report.claims] == [text] and report.sentences_dropped == 0


@pytest.mark.parametrize("text", NOT_SHOWN)
def test_a_sentence_with_a_name_number_or_time_that_its_evidence_lacks_is_dropped_and_counted(text: str) -> None:
    report = report_of(text, "ev-1", "ev-2")
    assert report.claims == [] and report.sentences_dropped == 1
    assert "1 sentence was left out" in reports.markdown(report)


def test_what_another_call_shows_is_not_shown_by_the_one_that_a_specialist_cites() -> None:
    assert report_of("Deployment/shop/web restarted 7 times.", "ev-2").claims == []


def test_a_number_inside_a_name_or_a_time_is_no_number_of_the_evidence() -> None:
    ledger = [evidence(1, "web-58 was seen at 2026-03-04T09:44:17Z")]
    assert report_of("It was restarted 58 times.", "ev-1", ledger=ledger).claims == []
    assert report_of("It was restarted 44 times.", "ev-1", ledger=ledger).claims == []


def said_of(ledger: list[Evidence], statement: str) -> Report:
    """The report of a run whose diagnosis says this."""
    return reports.build(
        result(
            incident(),
            status="escalated",
            reason="no_safe_action",
            diagnosis=cause(statement=statement, evidence=["ev-1"]),
            ledger=ledger,
            now=at(4),
        )
    )


@pytest.mark.parametrize("address", [":8080", "10.2.3.4:8080", "web.shop.svc:8080"])
def test_no_sentence_of_ours_is_lost_however_the_source_writes_its_numbers(address: str) -> None:
    statement = f"Deployment/shop/web restarted 7 times. Its probe asks port 8080 of {address}. Nothing else is known."
    report = said_of([evidence(1, f"dial tcp {address}: connect: connection refused", restarts=7)], statement)
    assert report.statement == statement and report.statement_evidence == ["E1"] and report.sentences_dropped == 0


@pytest.mark.parametrize("address", ["[::]:8080", "10.2.3.4:8080", "web.shop.svc:8080"])
def test_a_model_may_name_the_port_of_an_address(address: str) -> None:
    ledger = [evidence(1, f"dial tcp {address}: connect: connection refused")]
    assert report_of("Nobody answers at port 8080.", "ev-1", ledger=ledger).sentences_dropped == 0
    assert report_of("Nobody answers at :8080.", "ev-1", ledger=ledger).sentences_dropped == 0
    assert report_of("Nobody answers at port 808.", "ev-1", ledger=ledger).sentences_dropped == 1
    assert report_of("Nobody answers at :8081.", "ev-1", ledger=ledger).sentences_dropped == 1


def test_a_full_stop_inside_a_quotation_ends_no_sentence() -> None:
    statement = 'Its log says: "Bad. Worse. See web-7d9f-x2x1z". It restarted 7 times.'
    ledger = [evidence(1, "Bad. Worse. See web-7d9f-x2x1z", restarts=7)]
    report = said_of(ledger, statement)
    assert report.statement == statement


def test_a_statement_is_cited_with_what_shows_the_rest_of_it() -> None:
    statement = "Deployment/shop/web restarted 7 times and serves with 0 of 3 replicas."
    report = said_of(LEDGER, statement)
    ids = {line.number: line.id for line in report.evidence}
    assert [ids[number] for number in report.statement_evidence] == ["ev-1", "ev-2"]
    assert WEB.short in report.statement
