"""A cause explains what the alarm itself says: those who fail requests, or what a program has of its own."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Coverage, Observation, Relation
from mcp_servers.contract.observations import Quantity
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import Weighing
from sre_agent.domain.finding import Evidence

from .pictures import ENGINE, asked, link, minutes, seen, thing

PLACE, SICK, SERVICE = thing("Namespace", "shop", ""), thing("Deployment", "rates"), thing("Service", "rates")
OTHER, OTHER_POD, SICK_POD = thing("Deployment", "web"), thing("Pod", "web-1"), thing("Pod", "rates-1")
CLAIM = AlarmClaim(quantity="errors", statement="20% of requests in shop fail", read_from="text")
OWNS = [link("owns", OTHER, OTHER_POD), link("owns", SICK, SICK_POD), link("selects", SERVICE, SICK)]
CRASH = [
    seen("container.crash_looping", SICK_POD, minutes(12), container="c", restarts=9, exit_code=2),
    seen("container.ended_with_error", SICK_POD, minutes(1), container="c", exit_code=2, reason="Error"),
    seen("log.error", SICK_POD, minutes(1), "panic: nil map", message="panic: nil map", count=1, weight=6.6),
    seen("workload.unavailable", SICK, minutes(12), desired=1, ready=0),
    seen("service.no_endpoints", SERVICE, selector="app=rates"),
]
COMPLAINT = seen(
    "log.error", OTHER_POD, minutes(1), "bad gateway 502", message="bad gateway", count=20, of_request=True
)


def logs(*facts: Observation, coverage: list[Coverage] | None = None) -> Evidence:
    return asked("kubectl_logs", list(facts), coverage=coverage, name="", agent="logs")


def weigh(*evidence: Evidence, more: list[Relation] | None = None) -> Weighing:
    look = asked("kubectl_triage", CRASH, [*OWNS, *(more or [])])
    return ENGINE.weigh([SICK, PLACE], [look, *evidence], started_at=minutes(15), budget_left=10, claims=[CLAIM])


def test_a_crash_that_no_call_ties_to_who_fails_requests_is_no_cause_of_it_and_is_told() -> None:
    diagnosis = weigh(logs(COMPLAINT)).diagnosis
    assert diagnosis.verdict == "inconclusive" and diagnosis.causes == []
    assert "rates-1 keeps crashing" in diagnosis.statement and "Most likely" not in diagnosis.statement


def test_a_crash_of_whom_those_call_who_fail_requests_is_their_sure_cause() -> None:
    hypothesis = weigh(logs(COMPLAINT), more=[link("calls", OTHER, SERVICE)]).diagnosis.hypothesis
    assert hypothesis is not None and (hypothesis.failure_class, hypothesis.subject) == ("crash_loop", SICK)
    assert hypothesis.confidence >= 0.7


@pytest.mark.parametrize("unread", [None, Coverage(looked_at="logs of namespace shop", state="denied")])
def test_before_the_namespace_is_read_a_crash_in_it_is_no_sure_cause(unread: Coverage | None) -> None:
    weighing = weigh(*([logs(coverage=[unread])] if unread else []))
    hypothesis = weighing.diagnosis.hypothesis
    assert hypothesis is not None and hypothesis.confidence < 0.7
    if unread is None:
        assert ("kubectl_logs", "") in [(one.tool, one.arguments.get("name")) for one in weighing.follow_ups]


def test_where_nobody_complains_in_a_namespace_that_was_read_the_crash_is_its_sure_cause() -> None:
    hypothesis = weigh(logs()).diagnosis.hypothesis
    assert hypothesis is not None and hypothesis.subject == SICK and hypothesis.confidence >= 0.7


@pytest.mark.parametrize(
    ("quantity", "statement", "is_cause"),
    [
        ("errors", "20% of requests to web fail", True),
        ("memory", "Memory of web is at 96% of its limit", False),
        ("certificate", "Certificate of web expires in 3 days", False),
    ],
)
def test_a_callee_that_is_down_brings_about_what_calls_bring_about(
    quantity: Quantity, statement: str, is_cause: bool
) -> None:
    refused = seen(
        "log.connection_failed", OTHER_POD, minutes(1), "dial tcp rates.shop:80: connection refused",
        address="rates.shop:80", why="refused", count=20,
    )  # fmt: skip
    claim = AlarmClaim(quantity=quantity, statement=statement, read_from="text")
    look = asked("kubectl_triage", [*CRASH, refused], OWNS)
    diagnosis = ENGINE.weigh([OTHER], [look], started_at=minutes(15), budget_left=10, claims=[claim]).diagnosis
    hypothesis = diagnosis.hypothesis
    assert hypothesis is not None and hypothesis.subject == SICK
    assert (diagnosis.verdict, hypothesis.confidence >= 0.7) == (
        ("cause", True) if is_cause else ("inconclusive", False)
    )


def test_a_callee_that_broke_in_the_same_minutes_is_no_cause_of_errors_of_whose_caller_no_line_complains() -> None:
    """Something is wrong with the caller, by its own numbers, and what it is configured to call explains none of it."""
    rise = seen("metric.level_changed", OTHER, minutes(12), "error_ratio: 0.004, 0.4", metric="error_ratio",
                statistic="value", before=0.004, now=0.4)  # fmt: skip
    quiet = seen("log.no_errors", OTHER_POD, lines=30)
    claim = AlarmClaim(quantity="errors", statement="Error rate of web is 40 %", read_from="text")
    look = asked("kubectl_triage", [*CRASH, rise, quiet], [*OWNS, link("calls", OTHER, SERVICE)])
    diagnosis = ENGINE.weigh([OTHER], [look], started_at=minutes(15), budget_left=10, claims=[claim]).diagnosis
    assert diagnosis.verdict == "inconclusive" and diagnosis.causes == []


@pytest.mark.parametrize(("host", "counts"), [("rates.shop:80", True), ("quotes.shop:80", False)])
def test_the_answer_of_one_callee_says_nothing_against_another(host: str, counts: bool) -> None:
    answer = seen(
        "log.bad_answer", OTHER_POD, minutes(1), f"GET http://{host}/v1 answered 500",
        address=host, status="500", count=20, in_cluster=True,
    )  # fmt: skip
    state = seen("workload.unavailable", SICK, minutes(12), desired=1, ready=0)
    look = asked("kubectl_triage", [state, answer], [*OWNS, link("calls", OTHER, SERVICE)])
    diagnosis = ENGINE.weigh([OTHER], [look], started_at=minutes(15), budget_left=10, claims=[CLAIM]).diagnosis
    drafts = [one for one in (diagnosis.hypothesis, *diagnosis.others) if one is not None]
    against_it = [one for one in drafts if (one.failure_class, one.subject) == ("dependency_unreachable", SICK)]
    assert bool(against_it) == counts
