"""Which evidence the engine asks for next."""

from __future__ import annotations

from .pictures import (
    TABLE,
    WORKLOAD,
    asked,
    chain,
    crash,
    crash_looping,
    healthy,
    minutes,
    pod,
    seen,
    table_throttled,
    unavailable,
    weigh,
)


def tools(requests: list[object]) -> list[str]:
    return [request.tool for request in requests]  # type: ignore[attr-defined]


def test_a_crash_loop_without_words_asks_for_the_log_of_a_crashing_pod_and_for_the_rollouts() -> None:
    evidence = [asked("kubectl_explain_workload", [*crash(), unavailable()], chain(pod("a")), kind="Deployment")]
    requests = weigh(evidence).follow_ups
    logs = next(r for r in requests if r.tool == "kubectl_logs")
    assert (logs.agent, logs.arguments) == ("logs", {"namespace": "shop", "name": "cart-7f9d-a"})
    assert "kubectl_rollout_history" in tools([*requests])
    assert all(r.decides for r in requests)


def test_what_was_asked_before_is_not_asked_again() -> None:
    first = weigh(crash_looping()).follow_ups
    assert tools([*first]) == ["kubectl_rollout_history"]
    history = asked("kubectl_rollout_history", [], kind="Deployment")
    assert weigh([*crash_looping(), history]).follow_ups == []


def test_no_more_is_asked_than_the_budget_allows() -> None:
    evidence = [asked("kubectl_explain_workload", [*crash(), unavailable()], chain(pod("a")), kind="Deployment")]
    assert len(weigh(evidence, budget=1).follow_ups) == 1
    assert weigh(evidence, budget=0).follow_ups == []


def test_a_table_that_a_log_names_is_looked_at() -> None:
    throttling = seen(
        "log.throttled", pod("a"), minutes(1), "throttled", service="DynamoDB", resource="orders", count=40
    )
    evidence = [*healthy(), asked("kubectl_logs", [throttling], agent="logs")]
    requests = weigh(evidence).follow_ups
    request = next(r for r in requests if r.tool == "analyze_resource")
    assert (request.arguments["kind"], request.arguments["name"]) == ("Table", "orders")
    assert str(request.arguments["end"]) > str(request.arguments["start"])


def test_another_window_of_the_same_question_is_not_asked_again() -> None:
    throttling = seen(
        "log.throttled", pod("a"), minutes(1), "throttled", service="DynamoDB", resource="orders", count=40
    )
    earlier = asked(
        "analyze_resource", [], name="orders", kind="Table", start="2026-03-04T10:00:00Z", end="2026-03-04T11:30:00Z"
    ).model_copy(update={"arguments": {"kind": "Table", "name": "orders", "start": "x", "end": "y"}})
    requests = weigh([*healthy(), asked("kubectl_logs", [throttling], agent="logs"), earlier]).follow_ups
    assert "analyze_resource" not in tools([*requests])


def test_runbooks_are_looked_for_once_a_class_with_one_leads() -> None:
    assert "find_runbooks" in tools([*weigh(table_throttled(), TABLE).follow_ups])
    quiet = [asked("analyze_resource", [seen("table.within_capacity", TABLE, table="orders")], name="orders")]
    assert "find_runbooks" not in tools([*weigh(quiet, TABLE).follow_ups])


def test_a_healthy_workload_raises_no_questions() -> None:
    assert weigh(healthy(), WORKLOAD).follow_ups == []
