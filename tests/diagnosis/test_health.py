"""What it takes to call something healthy, and what never does."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Coverage, Observation
from sre_agent.domain.finding import Evidence

from .pictures import (
    TABLE,
    WORKLOAD,
    asked,
    chain,
    healthy,
    link,
    minutes,
    pod,
    refused,
    resource,
    seen,
    thing,
    unavailable,
    weigh,
)


def test_a_workload_that_was_looked_at_completely_and_serves_has_no_fault() -> None:
    diagnosis = weigh(healthy()).diagnosis
    assert diagnosis.verdict == "no_fault"
    assert "healthy" in diagnosis.statement and "2 of 2" in diagnosis.statement
    assert diagnosis.evidence


@pytest.mark.parametrize("state", ["denied", "unavailable", "partial"])
def test_what_was_not_looked_at_is_never_healthy(state: str) -> None:
    gap = Coverage(looked_at="pods of namespace shop", state=state, detail="list pods is missing.")
    diagnosis = weigh(healthy(coverage=[gap])).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert "healthy" not in diagnosis.statement
    assert any("pods of namespace shop" in line for line in diagnosis.missing)


def test_a_refused_call_about_the_workload_forbids_health() -> None:
    denied = refused("kubectl_events", "[denied] events of shop: the identity may not list events.")
    assert weigh([*healthy(), denied]).diagnosis.verdict == "inconclusive"


def test_secrets_that_may_not_be_read_do_not_make_a_serving_workload_doubtful() -> None:
    what = "secrets of namespace shop"
    closed = Coverage(looked_at=what, kinds=("Secret",), state="denied", detail="list secrets is not allowed.")
    diagnosis = weigh(healthy(coverage=[Coverage(looked_at="pods of namespace shop"), closed])).diagnosis
    assert diagnosis.verdict == "no_fault"
    assert any("secrets of namespace shop" in line for line in diagnosis.missing)


@pytest.mark.parametrize("looked_at", ["secrets, pods of namespace shop", "pods, secrets of namespace shop"])
def test_pods_that_may_not_be_listed_are_doubtful_whatever_was_denied_with_them(looked_at: str) -> None:
    closed = Coverage(
        looked_at=looked_at, kinds=("Secret", "Pod"), state="denied", detail="listing them is not allowed."
    )
    assert weigh(healthy(coverage=[closed])).diagnosis.verdict == "inconclusive"


def test_a_gap_elsewhere_does_not_forbid_health() -> None:
    unreachable = refused("query", "[unavailable] Prometheus does not answer.", name="up", agent="metrics")
    diagnosis = weigh([*healthy(), unreachable]).diagnosis
    assert diagnosis.verdict == "no_fault"
    assert any("Prometheus" in line for line in diagnosis.missing)


def test_an_alarm_that_still_fires_forbids_health() -> None:
    alarm = resource("Alarm", "cart-5xx")
    firing = asked(
        "describe_alarm",
        [seen("alarm.firing", alarm, minutes(3), "Threshold crossed", alarm="cart-5xx")],
        [link("watches", alarm, WORKLOAD)],
        name="cart-5xx",
    )
    assert weigh([*healthy(), firing]).diagnosis.verdict == "inconclusive"


def test_an_alarm_that_fired_and_is_ok_again_means_recovered() -> None:
    alarm = resource("Alarm", "cart-5xx")
    calm = seen("alarm.ok", alarm, minutes(2), alarm="cart-5xx", last_fired="2026-03-04T11:55:00Z")
    diagnosis = weigh([*healthy(), asked("describe_alarm", [calm], name="cart-5xx")]).diagnosis
    assert diagnosis.verdict == "recovered"
    assert "recovered" in diagnosis.statement and "2026-03-04T11:55:00Z" in diagnosis.statement


def test_an_alarm_that_last_fired_days_ago_is_no_recovery() -> None:
    calm = seen("alarm.ok", resource("Alarm", "cart-5xx"), alarm="cart-5xx", last_fired="2026-03-01T11:55:00Z")
    assert weigh([*healthy(), asked("describe_alarm", [calm], name="cart-5xx")]).diagnosis.verdict == "no_fault"


def test_a_single_restart_of_a_pod_that_serves_is_a_recovery_and_not_a_crash_loop() -> None:
    once = seen("container.restarted", pod("a"), minutes(20), container="cart", restarts=1, exit_code=1, reason="Error")
    last_run = seen("container.ended_with_error", pod("a"), minutes(20), container="cart", exit_code=1, reason="Error")
    diagnosis = weigh(healthy(once, last_run)).diagnosis
    assert diagnosis.verdict == "recovered"
    assert "restart" in diagnosis.statement


def test_an_earlier_oom_kill_is_told_with_the_recovery() -> None:
    oom_kill = seen("container.oom_killed", pod("a"), minutes(20), container="cart", memory_limit="512Mi", restarts=1)
    diagnosis = weigh(healthy(oom_kill)).diagnosis
    assert diagnosis.verdict == "recovered"
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "oom_killed"
    assert "OOMKilled" in diagnosis.statement


def test_a_stray_error_line_does_not_make_a_serving_workload_ill() -> None:
    stray = seen("log.error", pod("a"), minutes(2), "ERROR retrying request", message="retrying request", count=1)
    refusedonce = seen(
        "log.connection_failed", pod("a"), minutes(2), "connect refused", address="cache:6379", why="refused", count=1
    )
    logs = asked("kubectl_logs", [stray, refusedonce], agent="logs")
    assert weigh([*healthy(), logs]).diagnosis.verdict == "no_fault"


def test_a_focus_that_does_not_exist_is_inconclusive() -> None:
    absent = seen("workload.absent", thing("Deployment", "kart"), near=["cart"])
    diagnosis = weigh([asked("kubectl_explain_workload", [absent], name="kart")], thing("Deployment", "kart")).diagnosis
    assert diagnosis.verdict == "inconclusive"


def test_a_replica_that_is_missing_is_not_healthy_even_without_a_cause() -> None:
    facts = [unavailable(1, 2), seen("pod.ready", pod("a"), seconds=900)]
    diagnosis = weigh([asked("kubectl_explain_workload", facts, chain(pod("a")))]).diagnosis
    assert diagnosis.verdict == "inconclusive"


def test_a_table_with_room_whose_throttling_is_over_has_recovered() -> None:
    facts = [
        seen("table.within_capacity", TABLE, table="orders", consumed=2.0, provisioned=10.0),
        seen(
            "metric.back_to_normal", TABLE, minutes(12), metric="WriteThrottleEvents", recovered="2026-03-04T11:52:00Z"
        ),
    ]
    diagnosis = weigh([asked("analyze_resource", facts, name="orders", kind="Table")], TABLE).diagnosis
    assert diagnosis.verdict == "recovered"
    assert "Table/orders" in diagnosis.statement


def test_the_same_call_made_again_replaces_what_was_seen_before() -> None:
    earlier = asked("kubectl_explain_workload", [unavailable()], chain(pod("a")), as_of=minutes(3), kind="Deployment")
    assert weigh([earlier, *healthy()]).diagnosis.verdict == "no_fault"


FUNCTION = resource("Function", "resize")


def measurement(*observations: Observation, kind: str = "Function", name: str = "resize") -> Evidence:
    """What the metrics of a resource say, errors and load included."""
    calm = seen("metric.steady", resource(kind, name), metric="Errors", statistic="Sum", value=0)
    return asked("analyze_resource", [calm, *observations], agent="metrics", kind=kind, name=name)


def serves(kind: str = "Function", name: str = "resize") -> Observation:
    last = "2026-03-04T12:00:00Z"
    about = resource(kind, name)
    return seen("requests.served", about, metric="Invocations", count=3000, failed=0, late=0, share=0.0, last=last)


@pytest.mark.parametrize("kind", ["Function", "LoadBalancer", "NatGateway"])
def test_a_resource_of_the_cloud_whose_requests_are_served_has_no_fault(kind: str) -> None:
    quiet = asked("list_alarms", [], name="", agent="metrics", state="ALARM")
    diagnosis = weigh([measurement(serves(kind), kind=kind), quiet], resource(kind, "resize")).diagnosis
    assert diagnosis.verdict == "no_fault"
    assert f"{kind}/resize serves its requests (Invocations 3000, 0 failed" in diagnosis.statement


def test_errors_that_ended_before_a_function_served_again_are_a_recovery() -> None:
    over = seen("metric.back_to_normal", FUNCTION, minutes(40), metric="Errors", recovered="2026-03-04T11:30:00Z")
    diagnosis = weigh([measurement(serves(), over)], FUNCTION).diagnosis
    assert diagnosis.verdict == "recovered" and "2026-03-04 11:30 UTC" in diagnosis.statement


def test_silence_of_a_function_is_no_health() -> None:
    absent = seen("metric.missing", FUNCTION, metric="Invocations")
    diagnosis = weigh([asked("analyze_resource", [absent], name="resize", kind="Function")], FUNCTION).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert any("no sign of health" in line for line in diagnosis.missing)


def test_an_alarm_on_a_function_that_serves_forbids_health() -> None:
    alarm = resource("Alarm", "resize-cost")
    alarms = asked(
        "list_alarms",
        [seen("alarm.firing", alarm, minutes(3), "Threshold crossed", alarm="resize-cost")],
        [link("watches", alarm, FUNCTION)],
        name="",
        agent="metrics",
    )
    assert weigh([measurement(serves()), alarms], FUNCTION).diagnosis.verdict == "inconclusive"


def test_alarms_that_cannot_be_read_forbid_calling_a_function_healthy() -> None:
    denied = refused("list_alarms", "[denied] cloudwatch:DescribeAlarms is not allowed.", name="", agent="metrics")
    assert weigh([measurement(serves()), denied], FUNCTION).diagnosis.verdict == "inconclusive"
