"""The limits around all incidents: each makes a verdict stricter, with its own reason, and none is ever exceeded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mcp_servers.contract.blast_radius import BlastRadiusFigures, NamespaceHealth, OtherActor
from sre_agent.domain.action import Action, LimitReached, PolicyDecision
from sre_agent.domain.base import Correctness, IncidentId
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.permitted_write import BreakerCount
from sre_agent.domain.write_pause import WritePause
from sre_agent.errors import SettingsError
from sre_agent.policy import Policy, open_policy
from sre_agent.policy.facts import Circumstances
from sre_agent.policy.levels import LEVELS, LevelRule, level_of
from sre_agent.policy.limiting import LimitCheck, WriteTiming, stricter
from sre_agent.policy.limits import LimitsFile, limits_from
from sre_agent.policy.pause import FILE, current_pause, pause, unpause
from tests.policy.test_policy import action

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
BEGAN = NOON - timedelta(minutes=3)
ALLOWED = PolicyDecision(verdict="allow", policies=["mine"], reason="No approval needed (mine).")
QUICK = settings(  # how long it takes tells how busy the machine is
    max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


class Counts:
    """What a store would count."""

    def __init__(self, free_at: datetime | None = None, *breakers: BreakerCount) -> None:
        self.free_at, self.breakers = free_at, list(breakers)
        self.pause: WritePause | None = None
        self.given: list[IncidentGrade] = []

    async def next_write_at(self, now: datetime, most_per_hour: int) -> datetime | None:
        return self.free_at

    async def breaker_counts(self) -> list[BreakerCount]:
        return self.breakers

    async def write_pause(self) -> WritePause | None:
        return self.pause

    async def grades(self, *, limit: int = 200, before: str = "") -> list[IncidentGrade]:
        return self.given[:limit]


@pytest.fixture(autouse=True)
def logging_anew() -> None:
    """The file that a runtime of an earlier test logged to is closed."""
    structlog.reset_defaults()


def healthy(**changed: Any) -> Action:
    return action(**{"namespace_health": NamespaceHealth(labels={}, workloads=10, failing=1), **changed})


async def decide(
    about: Action,
    text: str = "level: autonomous",
    *,
    counts: Counts | None = None,
    folder: Path | None = None,
    **timing: Any,
) -> PolicyDecision:
    check = LimitCheck(LimitsFile(limits_from(text, "mine.yaml")), counts or Counts(), folder)
    return await check.apply(ALLOWED, about, WriteTiming(**{"now": NOON, "began_at": BEGAN, **timing}))


def grades(right: int, wrong: int, failure_class: str) -> list[IncidentGrade]:
    words: list[Correctness] = [*["right"] * right, *["wrong"] * wrong]  # type: ignore[list-item]
    return [
        IncidentGrade(
            incident=IncidentId(f"inc-{number}"), correctness=word, by="ada", at=NOON, verdict="cause",
            failure_class=failure_class, confidence=0.9,
        )
        for number, word in enumerate(words)
    ]  # fmt: skip


async def test_a_class_acts_by_itself_only_where_people_graded_enough_of_its_verdicts_right() -> None:
    text = "{level: autonomous, grades: {share_right: 80}}"
    counts = Counts()
    unproven = await decide(healthy(), text, counts=counts)
    assert unproven.verdict == "approve" and "nobody has graded" in unproven.reason
    about = healthy().failure_class
    for right, wrong, verdict in ((15, 0, "approve"), (16, 0, "allow"), (20, 4, "approve")):
        counts.given = [*grades(right, wrong, about), *grades(30, 0, "another_class")]
        assert (await decide(healthy(), text, counts=counts)).verdict == verdict
    assert (await decide(healthy(), "level: autonomous", counts=Counts())).verdict == "allow"


async def test_without_any_limit_reached_the_verdict_stays() -> None:
    assert await decide(healthy()) == ALLOWED


@pytest.mark.parametrize(("level", "verdict"), list(zip(LEVELS, ("deny", "deny", "approve", "allow"), strict=True)))
async def test_a_level_is_the_most_that_is_done_by_itself(level: str, verdict: str) -> None:
    decision = await decide(healthy(), f"level: {level}")
    assert decision.verdict == verdict and (decision.stop is not None) == (verdict == "deny")
    if verdict != "allow":
        assert f"the level of namespace shop is {level}" in decision.limits[0].reason
        assert decision.by_policy == "allow"


async def test_of_the_rules_that_fit_the_strictest_one_counts_and_unread_labels_do_not_escape_one() -> None:
    rules = (
        LevelRule(namespace=("shop",), level="autonomous"),
        LevelRule(labels={"tier": ("critical",)}, level="recommend"),
    )
    assert level_of(rules, "approve", "shop", {"tier": "critical"}) == ("recommend", 2)
    assert level_of(rules, "approve", "shop", {"tier": "low"}) == ("autonomous", 1)
    assert level_of(rules, "approve", "other", {}) == ("approve", 0)
    assert level_of(rules, "approve", "shop", None) == ("recommend", 2)


async def test_a_freeze_window_is_told_with_its_end_and_the_strictest_wins() -> None:
    ask = "{name: change-freeze, cron: '0 6 * * wed', duration: 8h}"
    stop = "{name: black-friday, cron: '0 0 23 11 *', duration: 7d, then: stop}"
    text = "level: autonomous\nfreeze:\n  - " + ask
    decision = await decide(healthy(), text)
    assert (decision.verdict, decision.reason) == (
        "approve",
        "Approval needed: freeze window until 14:00 UTC (change-freeze) (mine).",
    )
    both = await decide(healthy(), f"{text}\n  - {stop}")
    assert (both.verdict, both.reason) == ("deny", "Freeze window until 2026-11-30 00:00 UTC (black-friday).")
    assert await decide(healthy(), text, now=NOON + timedelta(hours=2)) == ALLOWED, "over at its end"
    assert await decide(healthy(), text.replace("8h}", "8h, namespace: 'prod-*'}")) == ALLOWED


async def test_a_freeze_follows_the_clock_of_its_zone() -> None:
    text = "level: autonomous\nfreeze: [{name: night, cron: '0 13 * * *', duration: 30m, zone: Europe/Berlin}]"
    assert (await decide(healthy(), text)).verdict == "approve"  # 13:00 in Berlin is noon in UTC in November


async def test_the_brake_holds_unattended_writes_while_most_of_a_namespace_fails() -> None:
    mass = healthy(namespace_health=NamespaceHealth(labels={}, workloads=6, failing=4))
    decision = await decide(mass)
    assert decision.verdict == "approve" and "4 of 6 workloads of namespace shop fail" in decision.reason
    half = healthy(namespace_health=NamespaceHealth(labels={}, workloads=6, failing=3))
    small = healthy(namespace_health=NamespaceHealth(labels={}, workloads=2, failing=2))
    assert await decide(half) == ALLOWED and await decide(small) == ALLOWED
    unread = await decide(healthy(namespace_health=NamespaceHealth(labels={})))
    assert unread.verdict == "approve" and "not known" in unread.reason


def acting(kind: Any = "field_manager", minutes: float | None = 1) -> Action:
    at = NOON - timedelta(minutes=minutes) if minutes is not None else None
    return healthy(other_actors=[OtherActor(kind=kind, who="argocd", at=at)])


@pytest.mark.parametrize(
    ("about", "says"),
    [
        (acting(), "argocd has changed it at 11:59 UTC"),
        (acting("rollout"), "rollout argocd is under way since 11:59 UTC"),
        (acting("autoscaler", None), "autoscaler argocd is scaling it"),
        (acting("drain", None), "node argocd is being drained"),
    ],
    ids=["manager", "rollout", "autoscaler", "drain"],
)
async def test_who_else_is_at_work_is_waited_for_and_after_that_a_person_is_asked(about: Action, says: str) -> None:
    decision = await decide(about)
    assert decision.verdict == "allow" and decision.wait is not None and says in decision.wait.reason
    assert decision.wait.until is not None and decision.wait.until > NOON
    late = await decide(about, since=NOON - timedelta(minutes=15))
    assert late.verdict == "approve" and late.wait is None and says in late.reason


async def test_what_came_before_the_incident_is_what_was_diagnosed_and_no_other_actor() -> None:
    assert await decide(acting(minutes=4)) == ALLOWED
    assert await decide(acting("rollout", minutes=4)) == ALLOWED


async def test_where_a_person_is_asked_anyway_others_are_told_and_not_waited_for() -> None:
    decision = await decide(acting(), "level: approve")
    assert decision.verdict == "approve" and decision.wait is None
    assert "other_actor" in [limit.kind for limit in decision.limits]


async def test_a_full_hour_is_waited_for_where_that_is_soon_and_else_it_stops() -> None:
    soon = await decide(healthy(), counts=Counts(NOON + timedelta(minutes=10)))
    assert soon.wait is not None and "next one is free at 12:10 UTC" in soon.wait.reason
    late = await decide(healthy(), counts=Counts(NOON + timedelta(minutes=40)))
    assert late.stop is not None and late.stop.kind == "writes_per_hour"


async def test_two_failed_verifications_of_a_class_on_a_workload_leave_it_recommended() -> None:
    def count(failures: int, workload: str) -> Counts:
        return Counts(
            None, BreakerCount(failure_class="bad_rollout", workload=workload, failures=failures, last_at=NOON)
        )

    mine = healthy().workload
    breaker_result = await decide(healthy(), counts=count(2, mine))
    assert breaker_result.stop is not None and breaker_result.stop.kind == "breaker"
    assert "2 remedies in a row did not fix bad rollout on Deployment/shop/web" in breaker_result.stop.reason
    assert await decide(healthy(), counts=count(1, mine)) == ALLOWED
    assert await decide(healthy(), counts=count(2, "prod|Deployment/shop/other")) == ALLOWED


async def test_a_pause_stops_also_an_undo_which_nothing_else_holds_back(tmp_path: Path) -> None:
    text = "level: recommend\nfreeze: [{name: always, cron: '* * * * *', duration: 1h, then: stop}]"
    assert await decide(acting(), text, folder=tmp_path, undoes=True) == ALLOWED
    pause(tmp_path, "ada", NOON, "migration")
    decision = await decide(acting(), text, folder=tmp_path, undoes=True)
    assert decision.stop is not None
    assert decision.stop.reason == "writes are paused by ada since 2026-11-25 12:00 UTC (migration)"
    assert unpause(tmp_path) and not unpause(tmp_path)


async def test_a_pause_in_the_store_stops_what_runs_on_another_machine(tmp_path: Path) -> None:
    counts = Counts()
    counts.pause = WritePause(by="ada", at=NOON)
    decision = await decide(healthy(), counts=counts, folder=tmp_path, undoes=True)
    assert decision.stop is not None and decision.stop.kind == "paused"


def test_a_file_that_somebody_makes_by_hand_pauses_too(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    current = current_pause(tmp_path)
    assert current is not None and current.sentence == "writes are paused"


WRONG: dict[str, tuple[str, str]] = {
    "a misspelt field": ("levle: approve", r"mine\.yaml cannot be used: levle"),
    "no level": ("level: allowed", r"level: Input should be 'observe'"),
    "a rule for nothing": ("levels: [{level: observe}]", "name a namespace or labels"),
    "no cron": ("freeze: [{name: x, cron: noon, duration: 1h}]", r"freeze\.0\.cron: .*no cron schedule"),
    "no duration": ("freeze: [{name: x, cron: '0 0 * * *', duration: long}]", "write a duration like 8h"),
    "no zone": ("freeze: [{name: x, cron: '0 0 * * *', duration: 1h, zone: Nowhere/X}]", "no time zone"),
    "no yaml": ("level: [", "is not YAML"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG)
def test_limits_that_cannot_be_meant_are_refused_with_the_file_and_the_field(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        limits_from(text, "mine.yaml")


def test_limits_beside_policies_go_with_them_and_a_change_of_the_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "mine.cedar").write_text('@id("all") permit (principal, action, resource);')
    (tmp_path / "limits.yaml").write_text("level: observe")
    policy = open_policy(str(tmp_path))
    levels = [policy.limits.present.level]
    (tmp_path / "limits.yaml").write_text("level: recommend")
    levels.append(policy.limits.present.level)
    (tmp_path / "limits.yaml").write_text("level: everything")
    levels.append(policy.limits.present.level)
    assert levels == ["observe", "recommend", "recommend"], "what cannot be read changes nothing"
    other = tmp_path / "other.yaml"
    other.write_text("level: autonomous")
    assert open_policy(str(tmp_path), limits=other).limits.present.level == "autonomous"


ACTIONS = st.builds(
    lambda **fields: action(**fields),
    confidence=st.floats(0, 1),
    proposed=st.booleans(),
    reversible=st.booleans(),
    template_ran=st.booleans(),
    namespace=st.sampled_from(["shop", "kube-system", "prod-eu"]),
    figures=st.builds(
        BlastRadiusFigures,
        replicas=st.none() | st.integers(0, 50),
        ready_share=st.none() | st.integers(0, 100),
        nodes=st.none() | st.integers(0, 9),
        callers=st.none() | st.integers(0, 9),
    ),
    namespace_health=st.builds(
        NamespaceHealth,
        labels=st.none() | st.just({"tier": "critical"}) | st.just({}),
        workloads=st.none() | st.integers(0, 9),
        failing=st.none() | st.integers(0, 9),
    ),
)
FORBIDS: dict[str, tuple[str, Callable[[Action], bool]]] = {
    "replicas": ("context.replicas > 3", lambda a: a.figures.replicas is None or a.figures.replicas > 3),
    "share": ("context.ready_share >= 50", lambda a: a.figures.ready_share is None or a.figures.ready_share >= 50),
    "nodes": ("context.nodes > 2", lambda a: a.figures.nodes is None or a.figures.nodes > 2),
    "namespace": ('resource.namespace like "prod-*"', lambda a: a.namespace.startswith("prod-")),
    "label": (
        'resource.namespace_labels.contains("tier=critical")',
        lambda a: (a.namespace_health.labels or {}).get("tier") == "critical",
    ),
    "proposed": ("context.proposed", lambda a: a.proposed),
}
ALL = '@id("all") permit (principal, action, resource);'
EVERYTHING = ALL + '@id("no") forbid (principal, action, resource) when {{ {} }};'


@pytest.mark.parametrize("name", FORBIDS)
def test_what_a_forbid_matches_is_never_allowed_whatever_else_permits_it(name: str) -> None:
    condition, matches = FORBIDS[name]
    policy = Policy(EVERYTHING.format(condition))

    @QUICK
    @given(ACTIONS)
    def holds(about: Action) -> None:
        for approver in ("", "human:ada"):
            decision = policy.decide(about, severity="SEV1", covered_by=approver, circumstances=Circumstances(NOON))
            assert (decision.verdict == "deny") == matches(about)

    holds()


@QUICK
@given(ACTIONS)
def test_an_error_of_the_engine_is_a_deny_also_beside_a_policy_that_permits(about: Action) -> None:
    assume(about.confidence >= 0.01)
    condition = f"context.confidence + {2**63 - 1} > 0"  # too large for Cedar, which only its evaluation shows
    policy = Policy(f'{ALL} @id("broken") permit (principal, action, resource) when {{ {condition} }};')
    assert policy.decide(about, severity="SEV1").verdict == "deny"


REACHED = st.lists(
    st.builds(
        LimitReached,
        kind=st.sampled_from(
            ["paused", "level", "freeze", "writes_per_hour", "brake", "other_actor", "breaker", "grades"]
        ),
        effect=st.sampled_from(["ask", "wait", "stop"]),
        reason=st.just("why"),
        until=st.just(NOON),
    ),
    max_size=4,
)


@QUICK
@given(st.sampled_from(["allow", "approve", "deny"]), REACHED)
def test_a_limit_only_ever_makes_a_verdict_stricter(verdict: Any, limits: list[LimitReached]) -> None:
    order = ("allow", "approve", "deny")
    before = PolicyDecision(verdict=verdict, policies=["p"], reason="r.")
    after = stricter(before, limits)
    assert order.index(after.verdict) >= order.index(verdict)
    if verdict != "deny" and any(limit.effect == "stop" for limit in limits):
        assert after.verdict == "deny" and after.stop is not None
    if verdict == "allow" and any(limit.effect == "ask" for limit in limits):
        assert after.verdict != "allow"
