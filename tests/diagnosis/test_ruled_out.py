"""Why something is no cause, and when what is told by a metric happened; a new code and class need no other edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS, ObservationType, of_polarity
from mcp_servers.contract.observations.record import text
from sre_agent.diagnosis import Engine, recency
from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.failures import load
from sre_agent.reports.words import sentence_about

from .pictures import NOW, WORKLOAD, asked, chain, crash, minutes, pod, rollout, seen, table_throttled, weigh


def why_no_rollout(facts: list[Observation], trouble: list[Observation] | None = None) -> list[str]:
    trouble = crash() if trouble is None else trouble
    evidence = [asked("kubectl_explain_workload", [*trouble, *facts], chain(pod("a")), kind="Deployment")]
    ruled_out = weigh(evidence).diagnosis.ruled_out
    return [out.why for out in ruled_out if out.failure_class == "bad_rollout"]


def test_a_rollout_is_ruled_out_by_the_fact_that_its_class_requires_and_nothing_shows() -> None:
    started, _, *earlier = rollout()
    missing = [seen("reference.missing", WORKLOAD, minutes(6), kind="Secret", name="cart", key="")]
    why = "revision 3 was rolled out, but nothing shows that pods of the newest revision fail"
    assert why_no_rollout([started, *earlier], missing) == [why]


def test_a_rollout_beside_failing_pods_is_not_ruled_out_by_denying_that_they_fail() -> None:
    started, _, *earlier = rollout()
    why = "revision 3 was rolled out, but nothing ties the failure to it"
    assert why_no_rollout([started, *earlier]) == [why]


def test_a_rollout_is_ruled_out_by_the_missing_earlier_revision_where_its_pods_do_fail() -> None:
    started, failing, *_ = rollout()
    (why,) = why_no_rollout([started, failing])
    assert "earlier revision" in why and "revision to roll back to" in why and "pods of the newest" not in why


def test_a_rollout_is_ruled_out_by_a_fact_that_its_class_excludes() -> None:
    _, *others = rollout()
    restart = seen("rollout.started", WORKLOAD, minutes(10), revision="3", restart=True)
    why = "revision 3 was rolled out, but this rules it out: a new revision was rolled out, only a restart"
    assert why_no_rollout([restart, *others]) == [why]


def test_a_statement_tells_the_period_of_a_metric_as_a_period_and_no_instant() -> None:
    statement = weigh(table_throttled()).diagnosis.statement
    assert statement.endswith(" Began around 2026-03-04 11:55 UTC.") and "11:55:00" not in statement


CODE = "disk.mirror_lost"
CLASS = """
class: mirror_lost
title: A disk has lost its mirror
subject_kinds: [Deployment]
requires: {all: [{observation: disk.mirror_lost}]}
supports: [{observation: disk.mirror_lost, weight: 40, decisive: true}]
shows_as: [mirrors_fail]
effects: [{group: pods_crash}, {observation: workload.unavailable}]
statement:
  - "{subject} has lost the mirror {disk.mirror_lost.mirror}"
  - {when: disk.mirror_lost.excerpt, say: ": {disk.mirror_lost.excerpt:quote 80}"}
  - "."
recovered_when: [{absent: disk.mirror_lost}]
owner: platform team
unfixable_note: Somebody has to look.
"""


def test_a_new_code_and_class_are_told_explain_and_are_ruled_out_without_another_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "the mirror {mirror} of {on} is lost"
    entry = ObservationType(CODE, "a mirror is lost", "trouble", {"mirror": text()}, sentences=(sentence,))
    monkeypatch.setitem(OBSERVATIONS, CODE, entry)
    monkeypatch.setattr(recency, "ABNORMAL", of_polarity("trouble"))  # it follows from the table
    (tmp_path / "mirror_lost.yaml").write_text(CLASS)
    mirror_loss = seen(CODE, WORKLOAD, minutes(3), "md0: 1 of 2 disks", mirror="md0")
    evidence = [asked("kubectl_explain_workload", [*crash(), mirror_loss], chain(pod("a")), kind="Deployment")]
    diagnosis = Engine(load([tmp_path])).weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=0).diagnosis
    assert diagnosis.statement == (
        f'{WORKLOAD.short} has lost the mirror md0: "md0: 1 of 2 disks". Since 2026-03-04T11:57:00Z.'
    )
    assert ("crash_loop", f"follows from mirror_lost on {WORKLOAD.short}") in [
        (out.failure_class, out.why) for out in diagnosis.ruled_out
    ]
    account = sentence_about(EvidenceSet(evidence).with_code(CODE), NOW)
    assert account == f"The mirror md0 of {WORKLOAD.short} is lost, 11:57:00 UTC"

    cause = CLASS.replace("mirror_lost\n", "array_broken\n", 1).replace("[mirrors_fail]", "[arrays_break]")
    more = "{group: mirrors_fail}, {group: arrays_break}, {group: pods_crash}"
    cause = cause.replace("{group: pods_crash}", more).replace("weight: 40", "weight: 40, note: the array says so")
    (tmp_path / "array_broken.yaml").write_text(cause)
    diagnosis = Engine(load([tmp_path])).weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=0).diagnosis
    follows = [out.why for out in diagnosis.ruled_out if out.failure_class == "mirror_lost"]
    assert follows == [f"follows from array_broken on {WORKLOAD.short}"]
