"""Two causes in the pods of one workload, causes whose consequence stands, and complaints that are over or old."""

from __future__ import annotations

from typing import Any

from mcp_servers.contract.facts import Observation
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.finding import Evidence

from .pictures import (
    ENGINE,
    WORKLOAD,
    asked,
    chain,
    crash,
    healthy,
    link,
    minutes,
    pod,
    rollout,
    seen,
    thing,
    unavailable,
    weigh,
)

CALLEE, FRONT = thing("Deployment", "stock"), thing("Service", "cart")
ERRORS = AlarmClaim(quantity="errors", statement="5xx of cart", read_from="name")


def complaint(code: str, last: float, first: float, count: int = 20, **attributes: object) -> Observation:
    """Lines of a pod, between two moments in minutes before the present."""
    times = {"first": minutes(first).isoformat(), "last": minutes(last).isoformat()}
    return seen(code, pod("a"), minutes(first), f"{code} line", count=count, **times, **attributes)


def explained(*facts: Observation) -> Evidence:
    return asked("kubectl_explain_workload", list(facts), chain(pod("a"), pod("b")), kind="Deployment")


def test_pods_of_one_workload_that_fail_by_different_things_are_two_causes() -> None:
    image = seen("container.image_pull_failed", pod("a"), minutes(9), "not found", container="web", why="not_found",
                 image="registry.test/cart:2")  # fmt: skip
    kill = seen("container.oom_killed", pod("b"), minutes(4), container="web", memory_limit="64Mi", restarts=7,
                  exit_code=137)  # fmt: skip
    diagnosis = weigh([explained(unavailable(1, 2), image, kill)]).diagnosis
    causes = {cause.failure_class: cause.confidence for cause in diagnosis.causes}
    assert causes.keys() == {"image_pull_failed", "oom_killed"} and min(causes.values()) > 0.7


def test_preemption_explains_pods_that_have_found_no_node_since_however_long_ago_it_was() -> None:
    removal_times: dict[str, str] = {"first": minutes(50).isoformat(), "last": minutes(40).isoformat()}
    removed = seen(
        "workload.pods_removed",
        WORKLOAD,
        minutes(50),
        why="preempted",
        count=1,
        by="Deployment/shop/x",
        **removal_times,
    )
    waiting = seen(
        "pod.unschedulable", pod("a"), minutes(40), why="capacity", lacks=["cpu"], message="Insufficient cpu"
    )
    diagnosis = weigh([explained(unavailable(), removed, waiting)]).diagnosis
    assert [cause.failure_class for cause in diagnosis.causes] == ["preempted"]


def test_errors_of_a_log_that_ended_before_requests_went_well_again_are_over() -> None:
    back: dict[str, Any] = {"metric": "http_error_ratio", "peak": 0.4, "now": 0.0, "recovered": minutes(5).isoformat()}
    measured = asked("prometheus_query_range", [seen("metric.back_to_normal", FRONT, minutes(5), **back)],
                     [link("selects", FRONT, WORKLOAD)], agent="metrics")  # fmt: skip
    early, late = (
        asked("kubectl_logs", [complaint("log.error", last, 14, 5, message="no answer")], chain(pod("a")), agent="logs")
        for last in (6, 1)
    )
    verdicts = [
        ENGINE.weigh([WORKLOAD], [*healthy(), measured, log], started_at=minutes(9), claims=[ERRORS], budget_left=0)
        for log in (early, late)
    ]
    assert [one.diagnosis.verdict for one in verdicts] == ["recovered", "inconclusive"]


def test_what_a_log_has_said_for_longer_than_the_rest_is_not_believed_to_be_the_cause() -> None:
    def confidence(began: float) -> float:
        old = complaint("log.connection_failed", 1, began, address="stats.example.com:9411", why="timeout")
        new = complaint("log.error", 1, 12, message="request failed")
        address = thing("Address", "stats.example.com", "")
        calls = [*chain(pod("a")), link("calls", WORKLOAD, address)]
        evidence = [*healthy(), asked("kubectl_logs", [old, new], calls, agent="logs")]
        weighing = ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(10), claims=[ERRORS], budget_left=0)
        hypothesis = weighing.diagnosis.hypothesis
        assert hypothesis is not None and hypothesis.failure_class == "dependency_unreachable"
        return hypothesis.confidence

    assert confidence(began=110) < 0.5 <= confidence(began=14)


def test_a_recovery_tells_what_it_was_even_where_that_was_hours_ago() -> None:
    kill = seen("container.oom_killed", pod("a"), minutes(170), container="web", memory_limit="64Mi", restarts=1,
                  exit_code=137)  # fmt: skip
    diagnosis = weigh(healthy(kill), minutes_ago=None).diagnosis
    assert diagnosis.verdict == "recovered" and "OOMKilled" in diagnosis.statement


def test_a_full_disk_of_the_only_node_that_fits_explains_pods_that_find_no_node() -> None:
    node = thing("Node", "n1", "")
    pressure = seen("node.pressure", node, minutes(20), condition="DiskPressure", message="no disk space")
    unmet = seen("placement.unmet", WORKLOAD, None, demand="healthy_node", nodes=2, fitting=["n1"],
                 wanted="node.kubernetes.io/disk-pressure=:NoSchedule")  # fmt: skip
    waiting = seen("pod.unschedulable", pod("a"), minutes(15), why="selector", message="0/2 nodes are available")
    links = [*chain(pod("a")), link("refers_to", WORKLOAD, node)]
    facts = [unavailable(), pressure, unmet, waiting]
    diagnosis = weigh([asked("kubectl_explain_workload", facts, links, kind="Deployment")]).diagnosis
    assert [cause.failure_class for cause in diagnosis.causes] == ["disk_pressure"] and "n1" in diagnosis.statement


def test_a_refused_login_that_both_sides_tell_of_is_one_cause_at_who_wants_in() -> None:
    server = thing("Deployment", "db")
    wants = complaint("log.login_failed", 1, 12, user="app")
    refuses = seen("log.login_failed", thing("Pod", "db-1"), minutes(12), count=20, user="app")
    links = [*chain(pod("a")), *chain(thing("Pod", "db-1"), workload=server), link("calls", WORKLOAD, server)]
    diagnosis = weigh([asked("kubectl_logs", [wants, refuses], links, agent="logs")]).diagnosis
    assert [(cause.failure_class, cause.subject) for cause in diagnosis.causes] == [("login_refused", WORKLOAD)]


def test_a_rollout_whose_command_cannot_be_run_is_told_in_the_words_of_the_runtime() -> None:
    text = 'exec: "/app/run.sh": stat /app/run.sh: no such file or directory'
    failure = seen("container.start_failed", pod("a"), minutes(4), text, container="web", why="not_found",
                   program="/app/run.sh", reason="StartError")  # fmt: skip
    crashes = crash()
    diagnosis = weigh([asked("kubectl_explain_workload", [*rollout(), *crashes, failure], chain(pod("a")))]).diagnosis
    assert diagnosis.causes[0].failure_class == "bad_rollout" and "/app/run.sh" in diagnosis.statement
