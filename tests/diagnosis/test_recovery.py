"""Whether a write helped."""

from __future__ import annotations

from datetime import datetime, timedelta

from mcp_servers.contract.facts import Coverage, Observation
from sre_agent.diagnosis import recovery
from sre_agent.diagnosis.recovery import RecoveryEvidence, RemedyWrite
from sre_agent.domain.finding import Evidence
from sre_agent.domain.verification import Verification

from .pictures import (
    CATALOGUE,
    NOW,
    TABLE,
    WORKLOAD,
    asked,
    bad_rollout,
    chain,
    healthy,
    link,
    minutes,
    out_of_memory,
    pod,
    refused,
    resource,
    seen,
    table_throttled,
    thing,
)

WRITTEN = NOW
LATER = NOW + timedelta(minutes=3)


def look(
    now: list[Evidence],
    *,
    failure_class: str = "oom_killed",
    before: list[Evidence] | None = None,
    alarm: str | None = None,
    after: timedelta = LATER - NOW,
    well: datetime | None = WRITTEN,
    baseline: list[Evidence] | None = None,
    around: list[Evidence] | None = None,
) -> Verification:
    """The look `after` the write, which looks before it saw well since `well`."""
    write = RemedyWrite(failure_class, WORKLOAD, WRITTEN, "shop", alarm, well)
    evidence = RecoveryEvidence(before or out_of_memory(), now, baseline or [], around or [])
    return recovery.verify(CATALOGUE, write, evidence, WRITTEN + after)


def serving(*more: Observation, coverage: list[Coverage] | None = None) -> list[Evidence]:
    facts = [seen("workload.available", WORKLOAD, desired=1, ready=1), seen("pod.ready", pod("new")), *more]
    return [
        asked(
            "kubectl_explain_workload",
            facts,
            chain(pod("new"), pod("a"), pod("b")),
            coverage,
            as_of=LATER,
            kind="Deployment",
        )
    ]


def alarm(code: str) -> Evidence:
    fact = seen(code, resource("Alarm", "cart-5xx"), LATER, alarm="cart-5xx")
    return asked("describe_alarm", [fact], name="cart-5xx", as_of=LATER, agent="metrics")


def test_a_workload_that_serves_again_has_healed() -> None:
    verification = look(serving())
    assert verification.verdict == "proved"
    assert verification.checks and all(c.ok for c in verification.checks)


def test_nothing_counts_as_healed_right_after_the_write() -> None:
    assert look(serving(), after=timedelta(seconds=20)).verdict != "proved"


def test_a_container_that_is_killed_again_has_not_healed() -> None:
    again = seen("container.oom_killed", pod("new"), LATER, container="cart", memory_limit="1024Mi", restarts=1)
    verification = look(serving(again))
    assert verification.verdict != "proved"
    assert any(c.ok is False and "the kernel killed it" in c.what for c in verification.checks)


def test_a_kill_from_before_the_write_is_stale() -> None:
    old = seen("container.oom_killed", pod("a"), minutes(1), container="cart", memory_limit="512Mi", restarts=5)
    assert look(serving(old)).verdict == "proved"


def test_a_kill_without_a_time_is_stale_while_its_restart_count_has_not_moved() -> None:
    same = seen("container.oom_killed", pod("a"), container="cart", memory_limit="512Mi", restarts=5)
    more = seen("container.oom_killed", pod("a"), container="cart", memory_limit="512Mi", restarts=6)
    assert look(serving(same)).verdict == "proved"
    assert look(serving(more)).verdict != "proved"


def test_the_alarm_has_to_be_ok_again_where_it_can_be_read() -> None:
    assert look([*serving(), alarm("alarm.firing")], alarm="cart-5xx").verdict != "proved"
    assert look([*serving(), alarm("alarm.ok")], alarm="cart-5xx").verdict == "proved"


def test_an_alarm_that_cannot_be_read_is_said_and_the_other_checks_decide() -> None:
    unread = refused("describe_alarm", "[denied] alarm cart-5xx.", name="cart-5xx", agent="metrics")
    verification = look([*serving(), unread], alarm="cart-5xx")
    assert verification.verdict == "proved"
    assert any(c.ok is None and "could not be read" in c.reading for c in verification.checks)


def test_what_cannot_be_looked_at_is_not_healed() -> None:
    assert look([refused("kubectl_explain_workload", "[unavailable] no answer.")]).verdict != "proved"
    held_back = [Coverage(looked_at="pods of shop", state="denied")]
    assert look(serving(coverage=held_back)).verdict != "proved"


def test_trouble_that_was_not_there_before_is_worse_and_forbids_healed() -> None:
    other = thing("Deployment", "checkout")
    pods = [link("calls", other, WORKLOAD)]
    fresh = asked("kubectl_get", [seen("workload.unavailable", other, LATER, desired=2, ready=0)], pods, as_of=LATER)
    verification = look([*serving(), fresh])
    assert verification.worse == ["Deployment/shop/checkout: fewer replicas are ready than desired"]
    assert verification.verdict != "proved"


def test_a_new_kind_of_failure_on_the_same_workload_is_worse() -> None:
    config_missing = seen("container.config_missing", pod("b"), LATER, container="cart", missing_name="x")
    assert look(serving(config_missing)).worse == [
        "Pod/shop/cart-7f9d-b: a ConfigMap, Secret or key that it needs does not exist"
    ]


def test_pods_that_are_being_replaced_are_not_worse() -> None:
    passing = [
        seen("pod.not_ready", pod("new"), LATER, reason="ContainersNotReady"),
        seen("workload.unavailable", WORKLOAD, LATER, desired=1, ready=0),
    ]
    now = [asked("kubectl_explain_workload", passing, chain(pod("new")), as_of=LATER, kind="Deployment")]
    verification = look(now, failure_class="bad_rollout", before=bad_rollout())
    assert verification.worse == [] and verification.verdict != "proved"


def table_look(*facts: Observation) -> Verification:
    now = [asked("analyze_resource", list(facts), name="orders", kind="Table", as_of=LATER)]
    write = RemedyWrite("table_throttled", TABLE, WRITTEN, well_since=WRITTEN)
    return recovery.verify(CATALOGUE, write, RecoveryEvidence(table_throttled(), now), LATER)


def test_a_table_has_healed_when_it_is_looked_at_and_throttles_no_more() -> None:
    assert table_look(seen("table.within_capacity", TABLE, table="orders")).verdict == "proved"
    assert table_look(seen("table.throttled", TABLE, LATER, table="orders", direction="write")).verdict != "proved"


def test_a_runbook_that_runs_is_waited_for_and_one_that_failed_is_final() -> None:
    room = seen("table.within_capacity", TABLE, table="orders")
    run = resource("Automation", "e-1")
    assert table_look(room, seen("automation.under_way", run, execution="e-1", status="InProgress")).verdict != "proved"
    assert table_look(room, seen("automation.ended", run, execution="e-1", status="Success")).verdict == "proved"
    assert table_look(room, seen("automation.ended", run, execution="e-1", status="Failed")).failed


def test_the_calls_that_gave_the_facts_are_made_again_with_their_window_moved() -> None:
    evidence = [*table_throttled(runbook=True), *healthy()]
    again = recovery.calls(evidence, TABLE, until=LATER)
    assert {r.tool for r in again} == {"describe_alarm", "analyze_resource"}
    table = next(r for r in again if r.tool == "analyze_resource")
    assert (table.arguments["start"], table.arguments["end"]) == ("2026-03-04T11:00:00Z", "2026-03-04T12:03:00Z")


def test_what_was_asked_of_a_pod_is_asked_of_its_workload_because_pods_are_replaced() -> None:
    [evidence] = out_of_memory()
    by_pod = evidence.model_copy(update={"arguments": {"namespace": "shop", "name": "cart-7f9d-a", "kind": "Pod"}})
    [request] = recovery.calls([by_pod], WORKLOAD, until=LATER)
    assert request.arguments == {"namespace": "shop", "name": "cart", "kind": "Deployment"}


def test_every_class_says_how_long_healing_may_take() -> None:
    for kind in CATALOGUE:
        deadline, poll = recovery.plan(CATALOGUE, kind.name)
        assert 0 < poll < deadline


def test_a_look_whose_calls_went_unanswered_for_a_while_is_blind_and_proves_nothing() -> None:
    away = refused("kubectl_explain_workload", "[unavailable] asking the cluster: 502.")
    assert look([away]).is_blind
    denied = look([refused("kubectl_explain_workload", "[denied] workloads of shop.")])
    assert denied.verdict == "inconclusive" and not denied.is_blind, "what is not allowed does not pass"


def test_a_look_that_lacks_a_part_for_a_while_is_blind_and_what_is_seen_to_be_wrong_is_none_the_less() -> None:
    lacking = Coverage(looked_at="pods of namespace shop", state="unavailable", detail="502", code="not_json")
    assert look(serving(coverage=[lacking])).is_blind
    again = seen("container.oom_killed", pod("new"), LATER, container="cart", memory_limit="1024Mi", restarts=1)
    seeing = look(serving(again, coverage=[lacking]))
    assert not seeing.is_blind and seeing.verdict == "not_healed"


def test_what_told_of_the_trouble_has_to_be_heard_again_before_it_is_called_gone() -> None:
    oom_kill = seen("container.oom_killed", pod("a"), minutes(1), container="cart", memory_limit="512Mi", restarts=5)
    before = [*out_of_memory(), asked("kubectl_logs", [oom_kill])]
    away = refused("kubectl_logs", "[unavailable] asking the cluster: 502.")
    verification = look([*serving(), away], before=before)
    assert verification.verdict != "proved" and verification.is_blind


def test_it_has_to_hold_in_two_looks() -> None:
    first = look(serving(), well=None)
    assert first.verdict == "inconclusive" and first.confirming and first.well_since == LATER
    assert look(serving(), well=LATER - timedelta(seconds=60)).verdict == "proved"


def neighbours(*facts: Observation, cursor: str = "") -> list[Evidence]:
    """What a triage of the namespace tells."""
    return [asked("kubectl_triage", list(facts), as_of=LATER, namespace="shop")]


SERVES_LESS = seen("workload.unavailable", thing("Deployment", "checkout"), desired=2, ready=1)


def test_what_broke_elsewhere_in_the_namespace_forbids_proved() -> None:
    regression = look(serving(), baseline=neighbours(), around=neighbours(SERVES_LESS))
    assert regression.verdict == "not_healed"
    assert regression.worse == ["Deployment/shop/checkout: fewer replicas are ready than desired"]
    old_trouble = look(serving(), baseline=neighbours(SERVES_LESS), around=neighbours(SERVES_LESS))
    assert old_trouble.verdict == "proved", "it was so before"


def test_a_namespace_that_cannot_be_read_for_a_while_proves_nothing() -> None:
    away = refused("kubectl_triage", "[unavailable] asking the cluster: 502.")
    assert look(serving(), baseline=neighbours(), around=[away]).verdict == "inconclusive"
    late = look(serving(), baseline=neighbours(), around=[away], after=timedelta(minutes=6))
    assert late.verdict == "proved" and [c.ok for c in late.checks if c.about == "namespace"] == [None]


def metric(name: str, at: datetime, before: float, now: float) -> Evidence:
    fact = seen("metric.level_changed", WORKLOAD, at, metric=name, statistic="Sum", before=before, now=now)
    return asked("analyze_resource", [fact], name=name, as_of=at, agent="metrics")


def test_requests_that_stay_away_and_errors_beyond_all_before_are_not_healed() -> None:
    before = [*out_of_memory(), metric("RequestCount", WRITTEN, before=100, now=80)]
    fewer = look([*serving(), metric("RequestCount", LATER, before=100, now=20)], before=before)
    assert [check.ok for check in fewer.checks if check.about == "traffic"] == [False]
    enough = look([*serving(), metric("RequestCount", LATER, before=100, now=70)], before=before)
    assert [check.ok for check in enough.checks if check.about == "traffic"] == [True]
    before = [*out_of_memory(), metric("HTTPCode_5XX", WRITTEN, before=0, now=40)]
    more = look([*serving(), metric("HTTPCode_5XX", LATER, before=40, now=90)], before=before)
    assert any(check.reading == "0 to 40 before the write, 90 now" for check in more.checks)
    assert more.verdict == "not_healed"
