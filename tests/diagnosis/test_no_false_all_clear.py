"""Nothing is called well against what speaks, and nothing is certain that somebody else's words explain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mcp_servers.contract.facts import Observation, Subject
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import Diagnosis
from tests.diagnosis.pictures import (
    ENGINE,
    WORKLOAD,
    asked,
    chain,
    crash,
    healthy,
    link,
    minutes,
    pod,
    resource,
    seen,
    thing,
    unavailable,
    weigh,
)

DATABASE = resource("Database", "shop-db")
SERVICE = thing("Service", "cart")
POLICY = thing("NetworkPolicy", "nothing-out")


def log_sign(code: str, count: int, first: datetime, last: datetime, **attributes: Any) -> Observation:
    span = {"count": count, "first": first.isoformat(), "last": last.isoformat()}
    return seen(code, pod("a"), first, "ERROR accept: too many open files", **span, **attributes)


def test_error_lines_of_one_moment_have_not_fallen_silent() -> None:
    burst = log_sign("log.kernel_limit", 20, minutes(2), minutes(2), limit="files")
    diagnosis = weigh([*healthy(), asked("kubectl_logs", [burst])]).diagnosis
    assert diagnosis.verdict not in ("healthy", "recovered")


def test_errors_that_came_at_a_pace_and_stopped_are_over() -> None:
    kernel_limit = log_sign("log.kernel_limit", 20, minutes(9), minutes(5), limit="files")
    assert weigh([*healthy(), asked("kubectl_logs", [kernel_limit])]).diagnosis.verdict != "cause"


def test_a_pod_that_was_to_run_on_and_is_over_is_no_all_clear() -> None:
    facts = [
        seen("workload.available", WORKLOAD, desired=1, ready=1),
        seen("pod.ready", pod("b"), seconds=60),
        seen("pod.ended", pod("a"), minutes(2), "a pod that should keep running has ended, as after an eviction"),
    ]
    evidence = [asked("kubectl_explain_workload", facts, chain(pod("a"), pod("b")), kind="Deployment")]
    diagnosis = weigh(evidence).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert "as after an eviction" in diagnosis.statement


@pytest.mark.parametrize("code", ["log.connection_failed", "log.login_failed"])
def test_a_crash_is_not_certain_where_the_log_names_somebody_else(code: str) -> None:
    def confidence(*more: Observation) -> float:
        words = [seen("log.error", pod("a"), excerpt="FATAL giving up", count=1, message="giving up"), *more]
        explanation = asked("kubectl_explain_workload", [*crash(), unavailable()], chain(pod("a")), kind="Deployment")
        hypothesis = weigh([explanation, asked("kubectl_logs", words)]).diagnosis.hypothesis
        assert hypothesis is not None
        assert hypothesis.failure_class in ("crash_loop", "dependency_unreachable", "login_refused")
        return hypothesis.confidence

    assert confidence() > 0.7
    assert confidence(seen(code, pod("a"), count=1, address="prices.test", why="dns", user="app")) < 0.7


def test_storage_beside_used_up_connections_is_a_second_cause() -> None:
    facts = [
        seen("database.short_of", DATABASE, minutes(6), "469 of 500", of="connections", value="469", limit="500"),
        seen("database.short_of", DATABASE, minutes(9), "FreeStorageSpace 14 GB, then 400 MB", of="storage", value=4e8),
    ]
    diagnosis = weigh([asked("analyze_resource", facts, agent="metrics", name="shop-db")], DATABASE).diagnosis
    assert "storage" in diagnosis.statement and "connections" in diagnosis.statement


def test_connections_that_pile_up_behind_locks_follow_from_these() -> None:
    facts = [
        seen("database.short_of", DATABASE, minutes(6), "469 of 500", of="connections", value="469", limit="500"),
        seen("database.short_of", DATABASE, minutes(9), "90 % wait for Lock:tuple", of="locks", value=40),
    ]
    hypothesis = weigh([asked("resource_records", facts, agent="logs", name="shop-db")], DATABASE).diagnosis.hypothesis
    assert hypothesis is not None and hypothesis.failure_class == "database_degraded"
    assert "held up by locks" in hypothesis.statement


def aimed_wrong(*claims: AlarmClaim) -> Diagnosis:
    facts = [
        seen("service.has_endpoints", SERVICE, ready=1),
        seen("service.port_mismatch", SERVICE, port=80, target_port=8081, by_name=False, declared=["80"], fitting=80),
        seen("workload.available", WORKLOAD, desired=1, ready=1),
        seen("pod.ready", pod("a"), seconds=900),
    ]
    evidence = [asked("kubectl_explain_workload", facts, [*chain(pod("a")), link("selects", SERVICE, WORKLOAD)])]
    return ENGINE.weigh([SERVICE], evidence, started_at=minutes(5), budget_left=0, claims=claims).diagnosis


def test_a_port_that_no_pod_declares_is_the_likely_cause_where_somebody_cannot_get_in() -> None:
    cut_off = AlarmClaim(quantity="availability", statement="why isn't the cart service accessible?", read_from="text")
    hypothesis = aimed_wrong(cut_off).hypothesis
    assert hypothesis is not None and hypothesis.failure_class == "service_misdirected"
    assert hypothesis.confidence < 0.7
    assert aimed_wrong().verdict != "cause"


@pytest.mark.parametrize(("why", "sure"), [("timeout", True), ("refused", False)])
def test_a_policy_that_lets_nothing_out_is_the_cause_of_timeouts_alone(why: str, sure: bool) -> None:
    log = seen("log.connection_failed", pod("a"), minutes(3), "dial tcp 10.9.4.4:5432", count=30, why=why,
               address="10.9.4.4:5432", first=minutes(4).isoformat(), last=minutes(0).isoformat())  # fmt: skip
    denies = seen("policy.denies", POLICY, minutes(9), direction="egress", port=5432, latest=True, everything=True,
                  target=WORKLOAD.short, peer="10.9.4.4")  # fmt: skip
    evidence = [
        *healthy(),
        asked("kubectl_logs", [log]),
        asked("kubectl_network_path", [denies], [link("guards", POLICY, WORKLOAD)]),
    ]
    hypothesis = weigh(evidence).diagnosis.hypothesis
    assert hypothesis is not None
    assert (hypothesis.failure_class == "network_policy_blocks" and hypothesis.confidence >= 0.7) is sure


def test_a_time_out_at_a_bare_address_asks_for_the_policies_of_the_caller() -> None:
    log = seen("log.connection_failed", pod("a"), minutes(3), "dial tcp 10.9.4.4:5432", count=30, why="timeout",
               address="10.9.4.4:5432", first=minutes(4).isoformat(), last=minutes(0).isoformat())  # fmt: skip
    requests = weigh([*healthy(), asked("kubectl_logs", [log])]).follow_ups
    paths = [request.arguments for request in requests if request.tool == "kubectl_network_path"]
    assert paths == [{"source": "shop/cart", "target": "10.9.4.4:5432"}]


def test_a_metric_without_data_is_no_proof_unless_its_alarm_is_ok() -> None:
    nothing = asked("get_metric", [seen("metric.missing", WORKLOAD, metric="Lag")], agent="metrics", metric="Lag")
    diagnosis = weigh([*healthy(), nothing]).diagnosis
    assert diagnosis.verdict == "inconclusive" and "has no data" in diagnosis.statement
    alarm = asked("describe_alarm", [seen("alarm.ok", resource("Alarm", "lag"), alarm="lag")], name="lag")
    assert weigh([*healthy(), nothing, alarm]).diagnosis.verdict != "inconclusive"


def test_several_things_are_well_in_the_plural() -> None:
    other: Subject = thing("Deployment", "books")
    facts = [seen("workload.available", other, desired=1, ready=1)]
    evidence = [*healthy(), asked("kubectl_explain_workload", facts, name="books", kind="Deployment")]
    assert "are healthy" in weigh(evidence, WORKLOAD, other).diagnosis.statement
    assert "is healthy" in weigh(healthy()).diagnosis.statement
