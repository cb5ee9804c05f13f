"""What the engine believes, from evidence as servers give it."""

from __future__ import annotations

import pytest

from sre_agent.domain.finding import Evidence

from .pictures import (
    ENGINE,
    TABLE,
    WORKLOAD,
    asked,
    bad_rollout,
    chain,
    config_missing,
    crash,
    crash_looping,
    database_down,
    healthy,
    link,
    minutes,
    out_of_memory,
    pod,
    refused,
    resource,
    rollout,
    seen,
    table_throttled,
    thing,
    unavailable,
    weigh,
)

CASES = {
    "env_wrong": (crash_looping(), WORKLOAD, "Deployment/shop/cart"),
    "oom_killed": (out_of_memory(), WORKLOAD, "Deployment/shop/cart"),
    "bad_rollout": (bad_rollout(), WORKLOAD, "Deployment/shop/cart"),
    "config_missing": (config_missing(), WORKLOAD, "Deployment/shop/cart"),
    "dependency_unreachable": (database_down(), WORKLOAD, "Database/shop-db"),
    "table_throttled": (table_throttled(), TABLE, "Table/orders"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_class_is_found_on_the_thing_that_has_to_be_mended(name: str) -> None:
    evidence, focus, subject = CASES[name]
    diagnosis = weigh(evidence, focus).diagnosis
    assert diagnosis.verdict == "cause"
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject.short) == (name, subject)
    assert 0.5 < diagnosis.hypothesis.confidence < 1
    assert len(diagnosis.statement) <= 700


@pytest.mark.parametrize("name", CASES)
def test_without_the_cited_evidence_the_verdict_or_its_confidence_changes(name: str) -> None:
    evidence, focus, _ = CASES[name]
    before = weigh(evidence, focus).diagnosis
    assert before.hypothesis is not None
    for evidence_id in before.evidence:
        left = [e for e in evidence if e.id != evidence_id]
        after = weigh(left, focus).diagnosis
        assert (after.verdict, after.hypothesis and after.hypothesis.confidence) != (
            before.verdict,
            before.hypothesis.confidence,
        )


@pytest.mark.parametrize("name", CASES)
def test_noise_in_another_namespace_changes_nothing_but_the_list_of_what_is_wrong_elsewhere(name: str) -> None:
    evidence, focus, _ = CASES[name]
    other = thing("Deployment", "billing", "finance")
    lone = thing("Pod", "billing-1", "finance")
    noise = asked(
        "kubectl_events",
        [
            seen("workload.unavailable", other, minutes(50), desired=2, ready=0),
            seen("container.oom_killed", lone, minutes(2), container="billing", memory_limit="1Gi", restarts=9),
            seen("rollout.started", other, minutes(8), revision="7", changes=["image"]),
        ],
        [link("owns", other, lone)],
        name="",
    )
    quiet, loud = weigh(evidence, focus).diagnosis, weigh([*evidence, noise], focus).diagnosis
    assert (loud.verdict, loud.statement, loud.hypothesis) == (quiet.verdict, quiet.statement, quiet.hypothesis)
    assert any("Deployment/finance/billing" in line for line in loud.elsewhere)
    assert not quiet.elsewhere


def test_a_crash_loop_carries_what_the_application_says_it_lacks() -> None:
    diagnosis = weigh(crash_looping()).diagnosis
    assert "DATABASE_URL is not set" in diagnosis.statement
    assert "exit code 1" in diagnosis.statement
    assert "Deployment/shop/cart" in diagnosis.statement
    assert "cart-7f9d-a" in diagnosis.statement


def test_a_bad_rollout_carries_the_mechanism_too() -> None:
    missing = "required environment variable DATABASE_URL is not set"
    evidence = [
        asked(
            "kubectl_explain_workload",
            [*crash(), *rollout(), unavailable(2, 3)],
            chain(pod("a")),
            kind="Deployment",
        ),
        asked("kubectl_logs", [seen("log.env_missing", pod("a"), minutes(1), missing, variable="DATABASE_URL")]),
    ]
    diagnosis = weigh(evidence).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "bad_rollout"
    assert missing in diagnosis.statement
    assert "revision 3" in diagnosis.statement and "revision 2" in diagnosis.statement
    assert any(r.failure_class == "crash_loop" and "bad_rollout" in r.why for r in diagnosis.ruled_out)


def test_a_bad_image_of_a_rollout_is_named_with_the_words_of_the_registry() -> None:
    statement = weigh(bad_rollout()).diagnosis.statement
    assert "registry.test/cart:2.1.0-bad" in statement
    assert "ImagePullBackOff" in statement and "not found" in statement
    assert "cart-7f9d-new" in statement


def test_an_image_that_cannot_be_pulled_by_a_lone_pod_sits_on_the_pod() -> None:
    lone = thing("Pod", "cart-manual")
    message = 'Failed to pull image "acme/cart:latest": pull access denied, repository does not exist'
    facts = [
        seen(
            "container.image_pull_failed",
            lone,
            minutes(1),
            message,
            container="main",
            image="acme/cart:latest",
            why="unauthorized",
        ),
        seen("pod.not_ready", lone, minutes(2), reason="ContainersNotReady"),
    ]
    diagnosis = weigh([asked("kubectl_explain_workload", facts, name="cart-manual", kind="Pod")], lone).diagnosis
    assert diagnosis.hypothesis is not None
    assert diagnosis.hypothesis.subject == lone
    assert "acme/cart:latest" in diagnosis.statement and "pull" in diagnosis.statement


def test_a_missing_configmap_is_said_with_its_near_name() -> None:
    statement = weigh(config_missing()).diagnosis.statement
    assert "ConfigMap cart-config is not found" in statement
    assert "cart-configuration" in statement


def test_one_bad_replica_among_good_ones_is_still_a_cause_and_the_pod_is_named() -> None:
    diagnosis = weigh(out_of_memory(ready_others=True), WORKLOAD, pod("a")).diagnosis
    assert diagnosis.verdict == "cause"
    assert "pod cart-7f9d-a" in diagnosis.statement
    assert "OOMKilled" in diagnosis.statement and "512Mi" in diagnosis.statement


def test_a_signal_about_the_pod_finds_the_cause_on_its_workload() -> None:
    diagnosis = weigh(out_of_memory(), pod("a")).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.subject == WORKLOAD


def test_the_same_fact_on_many_pods_weighs_once() -> None:
    one = weigh(out_of_memory()).diagnosis.hypothesis
    many = [
        *crash("b"),
        seen("container.oom_killed", pod("b"), minutes(1), container="cart", memory_limit="512Mi", restarts=6),
    ]
    more = weigh([*out_of_memory(), asked("kubectl_get", many, chain(pod("b")), name="pods")]).diagnosis.hypothesis
    assert one is not None and more is not None
    assert (one.score, one.confidence) == (more.score, more.confidence)


def test_a_change_without_a_mechanism_is_no_cause() -> None:
    change = seen("rollout.started", WORKLOAD, minutes(6), revision="3", image="cart:3", changes=["image"])
    diagnosis = weigh([*database_down(), asked("kubectl_rollout_history", [change])]).diagnosis
    assert diagnosis.hypothesis is not None
    assert diagnosis.hypothesis.failure_class == "dependency_unreachable"
    assert "revision" not in diagnosis.statement
    assert any(r.failure_class == "bad_rollout" for r in diagnosis.ruled_out)


def test_a_rollout_after_the_failure_began_did_not_cause_it() -> None:
    late = weigh(bad_rollout(rolled_out=1)).diagnosis
    assert late.hypothesis is not None and late.hypothesis.failure_class == "image_pull_failed"
    assert any("after the failure had begun" in r.why for r in late.ruled_out)


def test_an_unreachable_database_explains_the_crash_loop_of_its_caller() -> None:
    diagnosis = weigh(database_down()).diagnosis
    assert any(r.failure_class == "crash_loop" for r in diagnosis.ruled_out)
    assert "shop-db" in diagnosis.statement and "connection refused" in diagnosis.statement
    assert "Deployment/shop/cart" in diagnosis.statement


def test_the_crash_loop_of_a_dependency_is_the_cause_and_not_its_callers_complaint() -> None:
    callee, service = thing("Deployment", "prices"), thing("Service", "prices")
    callee_pod, message = thing("Pod", "prices-1"), "dial tcp prices:80: connect: connection refused"
    logs = [seen("log.connection_failed", pod("a"), minutes(1), message, address="prices:80", why="refused", count=30)]
    facts = [
        seen("container.crash_looping", callee_pod, minutes(1), container="prices", restarts=7, exit_code=2),
        seen("service.no_endpoints", service, minutes(5), selector="app=prices"),
        seen("workload.unavailable", callee, minutes(5), desired=1, ready=0),
    ]
    relations = [link("owns", callee, callee_pod), link("selects", service, callee_pod)]
    evidence = [
        asked("kubectl_explain_workload", [*crash(), unavailable()], chain(pod("a")), kind="Deployment"),
        asked("kubectl_logs", logs, agent="logs"),
        asked("kubectl_explain_workload", facts, relations, name="prices", kind="Service"),
    ]
    diagnosis = weigh(evidence).diagnosis
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject) == ("crash_loop", callee)
    assert {r.failure_class for r in diagnosis.ruled_out} >= {"dependency_unreachable", "crash_loop"}


def failing_callee(*more: Evidence) -> list[Evidence]:
    """Another workload that the cart calls keeps crashing."""
    callee, callee_pod = thing("Deployment", "prices"), thing("Pod", "prices-1")
    facts = [
        seen("container.crash_looping", callee_pod, minutes(1), container="prices", restarts=70, exit_code=2),
        seen("container.ended_with_error", callee_pod, minutes(1), container="prices", exit_code=2),
        seen("log.env_missing", callee_pod, minutes(1), "PRICE_LIST is not set", variable="PRICE_LIST", count=70),
        seen("workload.unavailable", callee, minutes(50), desired=1, ready=0),
    ]
    relations = [link("owns", callee, callee_pod), link("calls", WORKLOAD, callee)]
    return [*more, asked("kubectl_explain_workload", facts, relations, name="prices", kind="Deployment")]


def test_a_fault_of_a_dependency_that_nobody_complains_of_gives_way_to_the_workloads_own() -> None:
    alone, beside = weigh(out_of_memory()).diagnosis, weigh(failing_callee(*out_of_memory())).diagnosis
    assert beside.hypothesis is not None and alone.hypothesis is not None
    assert (beside.hypothesis.failure_class, beside.hypothesis.subject) == ("oom_killed", WORKLOAD)
    assert beside.hypothesis.confidence == alone.hypothesis.confidence
    assert any(h.subject.name == "prices" for h in beside.others)


def test_a_failing_dependency_of_a_workload_that_serves_is_no_cause_of_anything_and_no_health_either() -> None:
    assert weigh(failing_callee(*healthy())).diagnosis.verdict == "inconclusive"


def test_an_old_restart_of_an_earlier_pod_does_not_clear_a_bad_rollout() -> None:
    old = seen("container.restarted", pod("old"), minutes(5000), container="cart", restarts=1, exit_code=1)
    diagnosis = weigh([*bad_rollout(), asked("kubectl_get", [old], name="cart-7f9d-old")]).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "bad_rollout"


def test_an_alarm_on_a_service_dimension_speaks_for_the_workload_of_that_name() -> None:
    alarm, metric_service = resource("Alarm", "cart-5xx"), resource("Service", "cart")
    firing = asked(
        "list_alarms",
        [seen("alarm.firing", alarm, minutes(3), alarm="cart-5xx", metric="HTTP5xx")],
        [link("watches", alarm, metric_service)],
        name="",
    )
    before, after = weigh(out_of_memory()).diagnosis.hypothesis, weigh([*out_of_memory(), firing]).diagnosis.hypothesis
    assert before is not None and after is not None
    assert after.score > before.score
    assert any(line.startswith("alarm.firing") for line in after.explains)


def test_a_database_that_serves_speaks_against_its_being_the_cause() -> None:
    serves = seen("database.available", resource("Database", "shop-db"), database="shop-db", connections=20)
    evidence = [
        *database_down(with_metric=False),
        asked("analyze_resource", [serves], name="shop-db", kind="Database"),
    ]
    before, after = weigh(database_down()).diagnosis, weigh(evidence).diagnosis
    assert before.hypothesis is not None and after.hypothesis is not None
    assert before.hypothesis.failure_class == "dependency_unreachable"
    assert after.hypothesis.failure_class == "crash_loop"


def test_confidence_falls_when_a_rival_comes_near() -> None:
    alone = weigh(database_down(with_metric=False)).diagnosis.hypothesis
    message = "FATAL could not connect to queue.internal.test:5672: connection refused"
    complaint = seen(
        "log.connection_failed",
        pod("a"),
        minutes(1),
        message,
        address="queue.internal.test:5672",
        why="refused",
        count=14,
    )
    rival = asked("query_logs", [complaint], agent="logs")
    with_rival = weigh([*database_down(with_metric=False), rival]).diagnosis.hypothesis
    assert alone is not None and with_rival is not None
    assert with_rival.confidence < alone.confidence


def test_without_anything_decisive_confidence_stays_capped() -> None:
    message = "ProvisionedThroughputExceededException: rate exceeded"
    evidence = [
        asked(
            "kubectl_logs",
            [seen("log.throttled", pod("a"), minutes(1), message, service="DynamoDB", resource="orders", count=80)],
            chain(pod("a")),
        ),
        asked(
            "describe_alarm",
            [seen("alarm.firing", resource("Alarm", "cart-5xx"), minutes(3), alarm="cart-5xx")],
            [link("watches", resource("Alarm", "cart-5xx"), WORKLOAD)],
            name="cart-5xx",
        ),
    ]
    hypothesis = weigh(evidence).diagnosis.hypothesis
    assert hypothesis is not None and hypothesis.failure_class == "table_throttled"
    assert not hypothesis.decisive and hypothesis.confidence <= 0.6


def test_a_mount_that_failed_before_the_container_ran_is_no_missing_config() -> None:
    old = seen(
        "pod.mount_failed",
        pod("a"),
        minutes(30),
        "MountVolume.SetUp failed",
        volume="v",
        missing_kind="ConfigMap",
        missing_name="x",
    )
    diagnosis = weigh([*out_of_memory(), asked("kubectl_events", [old])]).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "oom_killed"
    assert all(h.failure_class != "config_missing" for h in diagnosis.others)


def test_trouble_that_no_class_knows_is_said_and_stays_inconclusive() -> None:
    message = "0/2 nodes are available: 2 Insufficient cpu."
    evidence = [
        asked(
            "kubectl_explain_workload",
            [seen("pod.unschedulable", pod("a"), minutes(9), message, message=message), unavailable()],
            chain(pod("a")),
        )
    ]
    diagnosis = weigh(evidence).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert "Insufficient cpu" in diagnosis.statement


def test_the_order_of_the_evidence_does_not_matter() -> None:
    evidence: list[Evidence] = [*database_down(), *healthy()[:0], refused("kubectl_events", "[denied] events: no.")]
    assert weigh(evidence).diagnosis == weigh(evidence[::-1]).diagnosis
    assert ENGINE.weigh([], [], started_at=None, budget_left=3).diagnosis.verdict == "inconclusive"
