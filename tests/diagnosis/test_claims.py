"""An alarm's own claim decides what it takes to call something well."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import Weighing
from sre_agent.domain.finding import Evidence
from tests.diagnosis.pictures import ENGINE, WORKLOAD, asked, healthy, link, minutes, resource, seen, thing

SERVICE = thing("Service", "cart")
CONDITION = 'latency_seconds{service="cart"} > 1'


def claim(quantity: Any, **more: Any) -> AlarmClaim:
    return AlarmClaim.model_validate({"quantity": quantity, "said": "Cart: something", "read_from": "name", **more})


def judged(evidence: list[Evidence], *claims: AlarmClaim, budget: int = 0) -> Weighing:
    return ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=budget, claims=claims)


@pytest.mark.parametrize(
    "quantity", ["latency", "errors", "availability", "throttling", "memory", "connections", "backlog", "certificate"]
)
def test_ready_pods_disprove_no_claim_about_what_pods_do_not_show(quantity: str) -> None:
    diagnosis = judged(healthy(), claim(quantity)).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert "Nothing that was looked at measures it" in diagnosis.statement
    assert "2 of 2 replicas" in diagnosis.statement, "what is known is told beside it"


@pytest.mark.parametrize("quantity", ["replicas", "restarts", "scheduling"])
def test_ready_pods_disprove_a_claim_about_themselves(quantity: str) -> None:
    assert judged(healthy(), claim(quantity)).diagnosis.verdict == "no_fault"


def test_without_a_claim_the_state_of_the_pods_decides() -> None:
    assert judged(healthy()).diagnosis.verdict == "no_fault"
    assert judged(healthy(), claim("health")).diagnosis.verdict == "no_fault"


def test_an_alarm_that_says_nothing_measurable_is_not_disproved() -> None:
    diagnosis = judged(healthy(), claim("unknown")).diagnosis
    assert diagnosis.verdict == "inconclusive" and "does not say what it measures" in diagnosis.statement


def test_numbers_of_the_alarm_are_told_as_those_of_its_time() -> None:
    statement = judged(healthy(), claim("latency", value=2.5, unit="s")).diagnosis.statement
    assert "Its own numbers (2.5 s) are from when it was sent" in statement


def test_the_alerts_own_condition_disproves_it_where_it_does_not_hold_any_more() -> None:
    about = resource("Alarm", CONDITION)
    over = seen("condition.not_met", about, expression=CONDITION, value=0.2)
    of_another = seen("condition.not_met", about, expression="other > 1", value=0.2)
    own = claim("latency", read_from="expression", expression=CONDITION)

    def verdict(fact: Any) -> str:
        return judged([*healthy(), asked("prometheus_query", [fact], agent="metrics")], own).diagnosis.verdict

    assert verdict(over) == "no_fault"
    assert verdict(of_another) == "inconclusive"


def test_the_alerts_own_condition_that_still_holds_shows_it() -> None:
    about = resource("Alarm", CONDITION)
    holds = seen("condition.met", about, excerpt="latency_seconds 4.1", expression=CONDITION, value=4.1)
    own = claim("latency", read_from="expression", expression=CONDITION)
    diagnosis = judged([*healthy(), asked("prometheus_query", [holds], agent="metrics")], own).diagnosis
    assert diagnosis.verdict == "inconclusive" and diagnosis.evidence
    assert "that is seen" in diagnosis.statement and "latency_seconds 4.1" in diagnosis.statement


@pytest.mark.parametrize(("now", "verdict"), [(0.2, "no_fault"), (4.0, "inconclusive")])
def test_a_steady_metric_disproves_its_claim_only_on_the_good_side_of_the_threshold(now: float, verdict: str) -> None:
    own = claim("latency", read_from="metric", metric="App Latency", threshold=1.0, comparison="above")
    steady = seen("metric.steady", WORKLOAD, metric="Latency", statistic="Average", value=now)
    assert judged([*healthy(), asked("get_metric", [steady], agent="metrics")], own).diagnosis.verdict == verdict


def test_a_metric_of_another_quantity_disproves_nothing() -> None:
    steady = seen("metric.within_bounds", WORKLOAD, metric="CPUUtilization", statistic="Average", now=3.0)
    evidence = [*healthy(), asked("get_metric", [steady], agent="metrics")]
    assert judged(evidence, claim("latency")).diagnosis.verdict == "inconclusive"
    assert judged(evidence, claim("cpu")).diagnosis.verdict == "no_fault"


def entrance(code: str, **more: Any) -> Evidence:
    last = {"first": minutes(6).isoformat(), "last": minutes(0).isoformat()}
    attributes = {"host": "cart.test", "of": 20, **last, **more}
    fact = seen(code, SERVICE, minutes(6), "connect() failed (111: Connection refused)", **attributes)
    return asked("kubectl_entrance", [fact], [link("selects", SERVICE, WORKLOAD)])


def test_requests_that_fail_at_the_entrance_are_no_health_whoever_asks() -> None:
    for one in (claim("health"), claim("errors"), claim("availability")):
        diagnosis = judged([*healthy(), entrance("entrance.failing", count=20)], one).diagnosis
        assert diagnosis.verdict == "inconclusive" and diagnosis.evidence
        assert "Connection refused" in diagnosis.statement


def test_requests_that_are_served_at_the_entrance_disprove_errors_and_no_latency() -> None:
    evidence = [*healthy(), entrance("entrance.serving", count=0)]
    assert judged(evidence, claim("errors")).diagnosis.verdict == "no_fault"
    assert judged(evidence, claim("latency")).diagnosis.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("quantity", "asks"), [("errors", True), ("latency", True), ("health", True), ("restarts", False)]
)
def test_the_entrance_is_asked_for_claims_that_pods_do_not_answer(quantity: str, asks: bool) -> None:
    requests = judged(healthy(), claim(quantity), budget=5).follow_ups
    assert any(request.tool == "kubectl_entrance" for request in requests) is asks


def test_an_alarm_that_always_fires_is_no_fault() -> None:
    beat = claim("heartbeat")
    diagnosis = ENGINE.weigh([], [], started_at=None, budget_left=0, claims=[beat]).diagnosis
    assert diagnosis.verdict == "no_fault" and "fires all the time" in diagnosis.statement
    assert (
        ENGINE.weigh([], [], started_at=None, budget_left=0, claims=[claim("errors")]).diagnosis.verdict != "no_fault"
    )


def test_a_claim_that_is_seen_to_be_so_is_told_with_what_shows_it() -> None:
    budget = thing("PodDisruptionBudget", "cart")
    full = seen("budget.exhausted", budget, excerpt="0 of 2 may go", healthy=2, desired=2, expected=2)
    evidence = [*healthy(), asked("kubectl_explain_workload", [full], [link("guards", budget, WORKLOAD)], kind="Pod")]
    diagnosis = judged(evidence, claim("eviction")).diagnosis
    assert diagnosis.verdict == "inconclusive" and "0 of 2 may go" in diagnosis.statement


def test_without_a_subject_there_is_no_cause_and_the_name_that_led_nowhere_is_told() -> None:
    crash = seen("container.crash_looping", thing("Pod", "other-1"), minutes(3), exit_code=1, restarts=9)
    weighing = ENGINE.weigh(
        [],
        [asked("kubectl_triage", [crash])],
        started_at=minutes(5),
        budget_left=5,
        unmet=["There is nothing named ghost."],
    )
    assert weighing.diagnosis.verdict == "inconclusive" and weighing.diagnosis.hypothesis is None
    assert weighing.diagnosis.statement.startswith("There is nothing named ghost")


def test_pods_disprove_nothing_of_what_callers_see() -> None:
    for code in ("workload.available", "pod.ready", "service.has_endpoints", "node.ready"):
        assert not {"latency", "errors", "availability", "traffic"} & set(OBSERVATIONS[code].disproves)


def test_what_all_replicas_log_in_one_way_is_told_once_with_more_of_its_words() -> None:
    words = (
        "bulk load refused: " + "the answer of the store is longer than one line of it, " * 2 + "quota of tenant blue"
    )
    lines = [
        seen("log.error", thing("Pod", f"cart-{n}"), minutes(1), f"{n} {words}", message="bulk load refused", count=20)
        for n in (1, 2)
    ]
    owns = [link("owns", WORKLOAD, thing("Pod", f"cart-{n}")) for n in (1, 2)]
    logs = asked("kubectl_logs", lines, owns, agent="logs")
    statement = judged([*healthy(), logs], claim("errors")).diagnosis.statement
    first_part, _, _ = statement.partition("Its cause is not known")
    assert "cart-1" in first_part and "cart-2" not in statement and "tenant blue" in first_part


@pytest.mark.parametrize(
    ("code", "verdict"), [("scaler.at_minimum", "no_fault"), ("scaler.at_maximum", "inconclusive")]
)
def test_an_autoscaler_at_its_minimum_is_not_at_a_limit_that_anybody_feels(code: str, verdict: str) -> None:
    scaler = thing("HorizontalPodAutoscaler", "cart")
    bounds: dict[str, Any] = {"minimum": 2, "maximum": 9} if code == "scaler.at_minimum" else {"maximum": 2}
    limit = seen(code, scaler, minutes(300), replicas=2, **bounds)
    evidence = [*healthy(), asked("kubectl_explain_workload", [limit], [link("scales", scaler, WORKLOAD)])]
    own = (claim("scaling_limit"),)
    weighing = ENGINE.weigh([scaler], evidence, started_at=minutes(5), budget_left=0, claims=own)
    assert weighing.diagnosis.verdict == verdict


@pytest.mark.parametrize(("quantity", "is_told"), [("backlog", True), ("latency", False)])
def test_a_replica_without_a_partition_is_told_of_a_backlog_alone(quantity: str, is_told: bool) -> None:
    line = seen("log.unassigned", WORKLOAD, minutes(3), "no partitions assigned, topic orders has 3", count=1)
    evidence = [*healthy(), asked("kubectl_logs", [line], agent="logs")]
    diagnosis = judged(evidence, claim(quantity)).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert ("no partitions assigned" in diagnosis.statement) is is_told


def test_a_replica_without_a_partition_is_no_trouble_by_itself() -> None:
    line = seen("log.unassigned", WORKLOAD, minutes(3), "no partitions assigned", count=1)
    assert judged([*healthy(), asked("kubectl_logs", [line], agent="logs")]).diagnosis.verdict == "no_fault"


@pytest.mark.parametrize("url", ["https://cart.test/api/items", ""])
def test_the_entrance_is_asked_whether_it_takes_the_url_that_an_alarm_complains_of(url: str) -> None:
    requests = judged(healthy(), claim("availability", url=url), budget=5).follow_ups
    [arguments] = [request.arguments for request in requests if request.tool == "kubectl_entrance"]
    assert arguments.get("url", "") == url


def test_a_path_that_no_rule_takes_is_the_cause_of_what_the_alarm_says() -> None:
    entry = thing("Ingress", "entry")
    fact = seen("ingress.no_route", entry, host="cart.test", path="/api/items", rule="/api", path_type="Exact",
                rules=["/api (Exact)"])  # fmt: skip
    routes = [link("routes_to", entry, SERVICE), link("selects", SERVICE, WORKLOAD)]
    says = claim("availability", url="https://cart.test/api/items")
    evidence = [*healthy(), asked("kubectl_entrance", [fact], routes)]
    diagnosis = ENGINE.weigh([entry], evidence, started_at=minutes(5), budget_left=0, claims=[says]).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "ingress_misrouted"
    assert "its rule for /api is of type Exact and takes this one path alone" in diagnosis.statement
