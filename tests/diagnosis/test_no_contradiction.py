"""What is ruled out never denies what the cause says, whichever class file says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import Engine
from sre_agent.diagnosis.contradictions import contradicts, denied_by
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.failures import load

from .contradicting import contradictions
from .pictures import WORKLOAD, asked, chain, crash, minutes, pod, rollout, seen, thing, weigh

CAUSE = """
class: believed
title: The believed cause
subject_kinds: [Deployment]
requires: {{all: [{{observation: {code}, on: related}}]}}
supports: [{{observation: {code}, weight: 40, decisive: true, on: related}}]
statement: ["{{subject}} has it"]
recovered_when: [{{absent: {code}}}]
owner: platform team
unfixable_note: Somebody has to look.
"""
REJECTED = """
class: rejected
title: A change did it
subject_kinds: [Deployment]
change: true
requires: {{all: [{{observation: {code}}}]}}
supports: [{{observation: rollout.started, weight: 20}}]
statement: ["{{subject}} was changed"]
recovered_when: [{{absent: {code}}}]
owner: platform team
unfixable_note: Somebody has to look.
"""
PAIRS = [  # what the cause states, and what the other class needs and nothing shows
    ("container.oom_killed", "log.out_of_memory"),
    ("node.pressure", "container.oom_killed"),
    ("database.unreachable", "log.connection_failed"),
    ("path.denied", "dns.unanswered"),
    ("container.crash_looping", "rollout.newest_failing"),
    ("table.throttled", "log.throttled"),
    ("container.config_missing", "reference.missing"),
]
STARTED = seen("rollout.started", WORKLOAD, minutes(10), revision="3", image="shop/cart:3")


def verdict(folder: Path, code: str, denied: str, *facts: Observation) -> Diagnosis:
    (folder / "believed.yaml").write_text(CAUSE.format(code=code))
    (folder / "rejected.yaml").write_text(REJECTED.format(code=denied))
    evidence = [asked("kubectl_explain_workload", [STARTED, *facts], chain(pod("a")), kind="Deployment")]
    return Engine(load([folder])).weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=0).diagnosis


@pytest.mark.parametrize(("code", "denied"), PAIRS)
def test_a_reason_that_would_deny_the_cause_says_what_it_can_without_denying_it(
    code: str, denied: str, tmp_path: Path
) -> None:
    on = pod("a") if OBSERVATIONS[code].scope == "container" else WORKLOAD
    diagnosis = verdict(tmp_path, code, denied, seen(code, on, minutes(3)))
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "believed"
    reasons = [out.why for out in diagnosis.ruled_out if out.failure_class == "rejected"]
    assert not any(OBSERVATIONS[denied].meaning in why for why in reasons)
    assert reasons in ([], ["revision 3 was rolled out, but nothing ties the failure to it"])


def test_a_reason_that_denies_another_thing_is_told_in_full(tmp_path: Path) -> None:
    oom_kill = seen("container.oom_killed", pod("a"), minutes(3))
    diagnosis = verdict(tmp_path, oom_kill.code, "table.throttled", oom_kill)
    (why,) = [out.why for out in diagnosis.ruled_out if out.failure_class == "rejected"]
    assert why == f"revision 3 was rolled out, but nothing shows that {OBSERVATIONS['table.throttled'].meaning}"


def test_what_the_cause_says_of_another_workload_leaves_a_reason_as_it_is() -> None:
    started, _, *earlier = rollout()
    other = thing("Deployment", "search")
    fails = seen("workload.unavailable", other, minutes(6), desired=1, ready=0)
    facts = [*crash(), fails, started, *earlier]
    evidence = [asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment")]
    assert not contradictions(weigh(evidence).diagnosis)


def test_a_good_sign_denies_the_trouble_of_its_topic_and_no_other() -> None:
    assert denied_by("table.within_capacity") == ["log.throttled", "table.throttled"]
    assert denied_by("container.oom_killed") == []
    assert contradicts(denied_by("traffic.not_surged"), ["traffic.surged"])
    assert not contradicts(denied_by("traffic.not_surged"), ["container.oom_killed", "cpu.at_limit"])


def test_every_well_sign_that_has_an_opposite_shares_a_topic_with_it() -> None:
    pairs = {
        "workload.available": "workload.unavailable",
        "pod.ready": "pod.not_ready",
        "service.has_endpoints": "service.no_endpoints",
        "node.ready": "node.not_ready",
        "path.open": "path.denied",
        "alarm.ok": "alarm.firing",
        "cpu.has_room": "cpu.at_limit",
        "database.available": "database.unreachable",
        "queue.worked_off": "queue.growing",
        "metric.steady": "metric.level_changed",
    }
    assert all(bad in denied_by(good) for good, bad in pairs.items())
