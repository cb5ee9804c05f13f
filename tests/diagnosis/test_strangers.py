"""Worlds that nobody recorded: what is ready and ends all the same, what is at its limit, what has two names."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.facts import Observation, Subject

from .pictures import WORKLOAD, asked, chain, link, minutes, pod, seen, thing, unavailable, weigh

NODE = Subject(scope="lab", kind="Node", name="worker-1")
BUDGET = thing("PodDisruptionBudget", "cart")
SCALER = thing("HorizontalPodAutoscaler", "cart")


def cause(*args: Any) -> tuple[str, float, str]:
    diagnosis = weigh(*args).diagnosis
    assert diagnosis.verdict == "cause" and diagnosis.hypothesis is not None, diagnosis.statement
    return diagnosis.hypothesis.failure_class, diagnosis.hypothesis.confidence, diagnosis.statement


def ended_by_its_probe() -> list[Observation]:
    return [
        seen("workload.available", WORKLOAD, desired=1, ready=1),
        seen("pod.ready", pod("a"), seconds=20),
        seen("container.restarted", pod("a"), minutes(1), container="cart", restarts=9, exit_code=143, reason="Error"),
        seen("container.ended_with_error", pod("a"), minutes(1), container="cart", exit_code=143, reason="Error"),
        seen("container.probe_failing", pod("a"), minutes(30), "Liveness probe failed: connection refused",
             container="cart", probe="liveness", count=27, asks="http :8080/healthz", reply="refused", answered="never",
             allowed_seconds=20),
    ]  # fmt: skip


def test_a_container_that_is_ready_between_two_ends_is_still_ended_by_its_probe() -> None:
    evidence = [asked("kubectl_explain_workload", ended_by_its_probe(), chain(pod("a")), kind="Deployment")]
    name, confidence, statement = cause(evidence)
    assert name == "liveness_wrong" and confidence >= 0.7
    assert "9 restarts, exit code 143" in statement and "20 seconds" in statement


def test_a_readiness_probe_that_failed_before_the_pod_was_ready_is_over() -> None:
    facts = [
        seen("workload.available", WORKLOAD, desired=1, ready=1),
        seen("pod.ready", pod("a"), seconds=20),
        seen("container.probe_failing", pod("a"), minutes(30), container="cart", probe="readiness", count=3),
    ]
    evidence = [asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment")]
    assert weigh(evidence).diagnosis.verdict != "cause"


def test_a_refused_login_is_the_cause_of_a_crash_that_the_application_lays_on_it() -> None:
    facts = [
        seen("container.crash_looping", pod("a"), minutes(5), container="cart", restarts=6, exit_code=1),
        unavailable(),
    ]
    login_failure = seen("log.login_failed", pod("a"), minutes(2), "FATAL: password authentication failed", user="cart",
                address="", count=2)  # fmt: skip
    evidence = [
        asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment"),
        asked("kubectl_logs", [login_failure], agent="logs"),
    ]
    name, confidence, statement = cause(evidence)
    assert name == "login_refused" and "password authentication failed" in statement
    assert 0.5 <= confidence < 0.7  # why it is refused, nobody has said


def test_an_autoscaler_at_its_maximum_whose_pods_use_more_than_it_aims_at_is_told_without_certainty() -> None:
    top = seen("scaler.at_maximum", SCALER, minutes(90), maximum=3, replicas=3, beyond="yes", measured="cpu 187 %")
    facts = [top, seen("workload.available", WORKLOAD, desired=3, ready=3)]
    evidence = [asked("kubectl_explain_workload", facts, [link("scales", SCALER, WORKLOAD)], name="cart")]
    name, confidence, statement = cause(evidence, SCALER)
    assert name == "autoscaler_blocked" and 0.5 <= confidence <= 0.6 and "cpu 187 %" in statement


def test_a_claim_that_no_workload_uses_yet_is_told_why_it_waits() -> None:
    claim = thing("PersistentVolumeClaim", "logs")
    fact = seen("volume.claim_pending", claim, minutes(20), "Volume capabilities not supported", why="failed",
                storage_class="fast")  # fmt: skip
    name, confidence, _ = cause([asked("kubectl_explain_workload", [fact], name="logs")], claim)
    assert name == "volume_unprovisioned" and confidence >= 0.7


def test_a_cordoned_node_is_never_called_healthy() -> None:
    facts = [seen("node.ready", NODE), seen("node.closed", NODE, why="cordoned", taint="")]
    assert weigh([asked("kubectl_nodes", facts, name=NODE.name)], NODE).diagnosis.verdict == "inconclusive"


def test_the_budget_that_keeps_the_pods_of_a_cordoned_node_is_the_cause() -> None:
    blocks = seen("budget.blocks_drain", BUDGET, nodes=[NODE.name], healthy=1, desired=1, expected=1)
    facts = [seen("node.ready", NODE), seen("node.closed", NODE, why="cordoned", taint=""), blocks]
    name, confidence, statement = cause(
        [asked("kubectl_nodes", facts, [link("guards", BUDGET, NODE)], name=NODE.name)], NODE
    )
    assert name == "drain_blocked" and confidence >= 0.7 and NODE.name in statement


def test_a_queue_that_an_alarm_knows_by_another_account_is_the_one_that_was_measured() -> None:
    alarm_queue = Subject(scope="123456789012/us-east-1", kind="Queue", name="shipments")
    measured = Subject(scope="111122223333/eu-west-1", kind="Queue", name="shipments")
    queue_state = seen("queue.stalled", measured, minutes(10), waiting=6400, oldest=720, sent=500, received=0)
    idle = seen("workload.scaled_to_zero", WORKLOAD)
    evidence = [
        asked("analyze_resource", [queue_state], name="shipments", agent="metrics"),
        asked("kubectl_callers", [idle], [link("calls", WORKLOAD, alarm_queue)], name="shipments"),
    ]
    name, _, statement = cause(evidence, alarm_queue)
    assert name == "scaled_to_zero" and "6400 messages wait" in statement


def test_a_first_revision_that_crashes_for_want_of_a_workload_at_zero_is_no_cause_of_its_own() -> None:
    database, service = thing("Deployment", "cart-db"), thing("Service", "cart-db")
    facts = [
        seen("container.crash_looping", pod("a"), minutes(5), container="cart", restarts=6, exit_code=1),
        seen("rollout.newest_failing", WORKLOAD, minutes(40), revision=1, failing=1),
        unavailable(),
    ]
    complaint = seen("log.connection_failed", pod("a"), minutes(1), "Failed to connect to 10.0.0.7:5432",
                address="cart-db.shop.svc:5432", why="refused", in_cluster=True, count=6)  # fmt: skip
    no_database = [seen("workload.scaled_to_zero", database), seen("service.no_endpoints", service)]
    evidence = [
        asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment"),
        asked("kubectl_logs", [complaint], [link("calls", pod("a"), service)], agent="logs"),
        asked("kubectl_explain_workload", no_database, [link("selects", service, database)], name="cart-db"),
    ]
    name, confidence, statement = cause(evidence)
    assert name == "scaled_to_zero" and confidence >= 0.7 and "cart-db" in statement


@pytest.mark.parametrize(("count", "container", "is_told"), [(2, "agent", True), (1, "agent", False), (2, "", False)])
def test_few_lines_of_the_container_that_keeps_its_pod_unready_are_told(
    count: int, container: str, is_told: bool
) -> None:
    more = {"unready_container": container} if container else {}
    line = seen("log.error", pod("a"), minutes(2), "error authenticating: invalid role name", message="error",
                weight=9.0, count=count, **more)  # fmt: skip
    facts = [unavailable(), seen("pod.not_ready", pod("a"), minutes(20), seconds=1200, reason="ContainersNotReady")]
    evidence = [
        asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment"),
        asked("kubectl_logs", [line], agent="logs"),
    ]
    diagnosis = weigh(evidence).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert ("invalid role name" in diagnosis.statement) is is_told
