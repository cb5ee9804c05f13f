"""A sweep stays quiet: an event is told once, what is known is a line, and nothing is over that was not looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import Severity
from sre_agent.domain.namespace_grade import grade_of
from sre_agent.domain.sweep import Sweep, SweepCheckResult, Trouble
from sre_agent.errors import SettingsError
from sre_agent.sweep.changes import since
from sre_agent.sweep.exclusions import load_exclusions, without_exclusions
from sre_agent.sweep.grading import changes, grades

NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)


def trouble(name: str = "cart", verdict: Any = "cause", **fields: Any) -> Trouble:
    kind = {"alarm": "Alarm", "risk": "Certificate"}.get(verdict, "Deployment")
    subject = Subject(scope="quay", kind=kind, namespace="" if kind == "Alarm" else "shop", name=name)
    check = {"alarm": "alarms", "risk": "certificates"}.get(verdict, "workloads")
    fields = {"failure_class": "oom_killed" if verdict == "cause" else "", **fields}
    return Trouble(verdict=verdict, check=check, subject=subject, statement=f"{name} is ill", **fields)


def sweep(*troubles: Trouble, hours: float = 0, incomplete: tuple[str, ...] = (), before: Sweep | None = None) -> Sweep:
    names = ("workloads", "alarms", "certificates")
    checks = [SweepCheckResult(name=name, title=name, complete=name not in incomplete) for name in names]
    latest = Sweep(
        id=f"sweep-{hours}", taken_at=NOON + timedelta(hours=hours), troubles=list(troubles), checks=checks,
        gaps=list(incomplete),
    )  # fmt: skip
    return since(before, latest)


def test_what_is_known_is_no_news_and_what_is_over_is_told_once() -> None:
    first = sweep(trouble(), trouble("tls", "risk"))
    assert [line.split(":")[0] for line in first.news] == ["New", "New"]
    second = sweep(trouble(), hours=1, before=first)
    assert second.news == ["Resolved: certificates Certificate/shop/tls"]
    assert sweep(trouble(), hours=2, before=second).news == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (trouble(verdict="unexplained"), trouble()),
        (trouble(symptoms=["x Service/shop/cart"]), trouble("5xx", "alarm", watches=["Service/shop/cart"])),
        (trouble("5xx", "alarm", watches=["Deployment/shop/cart"]), trouble()),
        (trouble(symptoms=["pod.not_ready Pod/shop/cart-a"]), trouble(symptoms=["pod.not_ready Pod/shop/cart-b"])),
    ],
    ids=["a cause is found", "its alarm outlasts it", "its alarm comes first", "its pods are replaced"],
)  # fmt: skip
def test_one_event_is_one_message_however_it_is_understood(earlier: Trouble, later: Trouble) -> None:
    assert sweep(later, before=sweep(earlier)).news == []


def test_two_causes_are_two_events_and_one_that_gets_worse_is_told_again() -> None:
    first = sweep(trouble(symptoms=["service.no_endpoints Service/shop/front"]))
    other = sweep(trouble("front", failure_class="crash_loop"), hours=1, before=first)
    assert sorted(line.split(":")[0] for line in other.news) == ["New", "Resolved"]
    worse = sweep(trouble(severity="SEV1", symptoms=["service.no_endpoints Service/shop/front"]), hours=1, before=first)
    assert worse.news == ["Worse: Deployment/shop/cart: oom_killed (SEV1 after SEV3)"]


def test_what_could_not_be_looked_at_again_is_neither_over_nor_new_afterwards() -> None:
    first = sweep(trouble("tls", "risk"))
    blind = sweep(hours=1, incomplete=("certificates",), before=first)
    assert blind.news == [] and [one.key for one in blind.unverified] == ["certificates Certificate/shop/tls"]
    assert sweep(trouble("tls", "risk"), hours=2, before=blind).news == []


EXCLUSIONS = """
exclusions:
  - {cause: oom_killed, subject: "Deployment/shop/*", reason: known leak, owner: team-cart, until: 2026-09-22}
"""


def test_an_exclusion_hides_a_trouble_until_its_day_is_over_and_then_says_so(tmp_path: Path) -> None:
    file = tmp_path / "exclusions.yaml"
    file.write_text(EXCLUSIONS, encoding="utf-8")
    exclusions = load_exclusions(file)
    with_exclusion = without_exclusions(sweep(trouble()), exclusions, None)
    assert with_exclusion.healthy and with_exclusion.exclusions[0].startswith(
        "1 left out: cause oom_killed, subject Deployment/shop/*"
    )
    after = without_exclusions(sweep(trouble(), hours=48), exclusions, with_exclusion.taken_at)
    assert not after.healthy and "team-cart: known leak" in after.ended_exclusions[0]
    assert without_exclusions(sweep(hours=49), exclusions, after.taken_at).ended_exclusions == []


@pytest.mark.parametrize(
    "line", ["{subject: 'Pod/*', reason: x, owner: y}", "{reason: x, owner: y, until: 2026-09-22}", "[]"]
)
def test_an_exclusion_needs_an_end_a_reason_an_owner_and_something_it_is_about(tmp_path: Path, line: str) -> None:
    file = tmp_path / "exclusions.yaml"
    file.write_text(f"exclusions:\n  - {line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"exclusions\.0"):
        load_exclusions(file)


def test_a_namespace_is_graded_by_its_worst_trouble_and_never_well_unless_it_was_read() -> None:
    samples: list[list[Severity]] = [["SEV4", "SEV2"], ["SEV1"], ["SEV4"], []]
    assert [grade_of(of, complete=True) for of in samples] == ["D", "F", "B", "A"]
    first = sweep(trouble())
    first = first.model_copy(update={"grades": grades(first, ["shop", "quay"])})
    assert {one.namespace: one.grade for one in first.grades} == {"shop": "C", "quay": "A"}
    blind = sweep(incomplete=("alarms",), hours=1, before=first)
    blind = blind.model_copy(update={"grades": grades(blind, ["shop", "quay"])})
    assert [one.grade for one in blind.grades] == ["?", "?"]
    assert len(changes(blind, first)) == 2 and changes(first, first) == []
