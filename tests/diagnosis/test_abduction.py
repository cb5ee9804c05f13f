"""Several hypotheses at once: which cause explains which symptom, and when there are two causes."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from mcp_servers.contract.facts import Observation
from sre_agent.diagnosis import Engine
from sre_agent.diagnosis.neighbourhood import PLACES
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.failures import load
from sre_agent.failures.model import Place
from tests.diagnosis.pictures import (
    TABLE,
    WORKLOAD,
    asked,
    chain,
    crash,
    link,
    minutes,
    out_of_memory,
    pod,
    seen,
    table_throttled,
    thing,
    unavailable,
    weigh,
)


def throttled_caller() -> list[Evidence]:
    """The cart's pods are killed for memory, and what still runs of it is refused by a table."""
    message = "ProvisionedThroughputExceededException on table orders"
    log = seen("log.throttled", pod("b"), minutes(1), message, service="dynamodb", resource="orders", count=40)
    calls = asked("kubectl_logs", [log], [link("calls", WORKLOAD, TABLE)], agent="logs")
    return [*out_of_memory(ready_others=True), *table_throttled(), calls]


def causes_of(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(cause.failure_class, cause.subject.short) for cause in diagnosis.causes]


def test_two_independent_faults_are_found_as_two() -> None:
    diagnosis = weigh(throttled_caller()).diagnosis
    assert set(causes_of(diagnosis)) == {("oom_killed", WORKLOAD.short), ("table_throttled", TABLE.short)}
    assert "OOMKilled" in diagnosis.statement and "orders" in diagnosis.statement
    assert len(diagnosis.statement) <= 700


def test_an_independent_fault_takes_nothing_from_the_confidence_of_the_other() -> None:
    alone = weigh(out_of_memory(ready_others=True)).diagnosis.hypothesis
    beside = next(c for c in weigh(throttled_caller()).diagnosis.causes if c.failure_class == "oom_killed")
    assert alone is not None
    assert beside.confidence >= alone.confidence


def test_what_one_cause_explains_is_no_second_cause() -> None:
    diagnosis = weigh(out_of_memory()).diagnosis
    assert causes_of(diagnosis) == [("oom_killed", WORKLOAD.short)]
    assert diagnosis.hypothesis is not None
    assert "crash_loop Deployment/shop/cart" in diagnosis.hypothesis.explains


def test_a_fault_that_the_focus_has_nothing_to_do_with_is_told_apart() -> None:
    other, other_pod = thing("Deployment", "mailer", "post"), thing("Pod", "mailer-1", "post")
    facts: list[Observation] = [
        seen("container.oom_killed", other_pod, minutes(1), container="m", memory_limit="64Mi", restarts=9),
        seen("workload.unavailable", other, minutes(3), desired=1, ready=0),
    ]
    elsewhere = asked("kubectl_get", facts, [link("owns", other, other_pod)], name="mailer")
    diagnosis = weigh([*out_of_memory(), elsewhere]).diagnosis
    assert causes_of(diagnosis) == [("oom_killed", WORKLOAD.short)]
    assert any("Deployment/post/mailer" in line for line in diagnosis.elsewhere)


CLASS = """
class: {name}
title: The {name} one
subject_kinds: [Deployment]
requires: {{all: [{{observation: container.crash_looping}}]}}
supports:
  - {{observation: container.crash_looping, weight: {weight}, decisive: true}}
  - {{observation: workload.unavailable, weight: 10}}
shows_as: [{name}_shown]
effects: [{{group: {other}_shown}}, {{group: pods_crash}}]
statement: "{{subject}} is {name}."
recovered_when: [{{present: workload.available}}]
owner: platform team
unfixable_note: Somebody has to look.
"""


def test_of_two_that_explain_each_other_the_stronger_is_the_cause(tmp_path: Path) -> None:
    for name, other, weight in (("chicken", "egg", 40), ("egg", "chicken", 30)):
        (tmp_path / f"{name}.yaml").write_text(CLASS.format(name=name, other=other, weight=weight))
    evidence = [asked("kubectl_explain_workload", [*crash(), unavailable()], chain(pod("a")), kind="Deployment")]
    engine = Engine(load([tmp_path]))
    diagnosis = engine.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=0).diagnosis
    assert causes_of(diagnosis) == [("chicken", WORKLOAD.short)]
    assert any(out.failure_class == "egg" and "follows from chicken" in out.why for out in diagnosis.ruled_out)


NEW = """
class: {name}
title: The {name} one
subject_kinds: [Deployment]
requires: {{all: [{{observation: container.start_failed}}]}}
supports: [{{observation: container.start_failed, weight: {weight}, decisive: true}}]
shows_as: {shows_as}
effects: {effects}
statement: "The {name} one."
recovered_when: [{{present: workload.available}}]
owner: platform team
unfixable_note: Somebody has to look.
"""


def test_a_new_class_explains_and_is_explained_without_an_edit_of_any_other(tmp_path: Path) -> None:
    start = "{group: pods_crash}, {group: starts_refused}"
    (tmp_path / "b.yaml").write_text(NEW.format(name="disk_broken", weight=40, shows_as="[]", effects=f"[{start}]"))
    (tmp_path / "a.yaml").write_text(NEW.format(name="refused", weight=40, shows_as="[starts_refused]", effects="[]"))
    facts = [*crash(), unavailable(), seen("container.start_failed", pod("a"), minutes(2), container="cart")]
    evidence = [asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment")]
    diagnosis = Engine(load([tmp_path])).weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=0).diagnosis
    assert causes_of(diagnosis) == [("disk_broken", WORKLOAD.short)]
    follows = {
        out.failure_class for out in diagnosis.ruled_out if out.why == f"follows from disk_broken on {WORKLOAD.short}"
    }
    assert follows == {"refused", "crash_loop"}


def test_every_word_for_a_neighbourhood_has_a_meaning() -> None:
    assert set(PLACES) == set(get_args(Place))
