"""From who complains to whom it calls: what is asked next, and what the configuration alone may prove."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Coverage, Observation, Relation
from sre_agent.diagnosis.path_walk import database_at
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import Diagnosis, Weighing

from .pictures import ENGINE, WORKLOAD, asked, chain, link, minutes, pod, resource, seen, thing

STOCK, SERVICE = thing("Deployment", "stock"), thing("Service", "stock")
CLAIM = AlarmClaim(quantity="errors", statement="requests fail", read_from="name")
CALLS = [link("calls", WORKLOAD, SERVICE), link("selects", SERVICE, STOCK)]


def own(*facts: Observation) -> list[Observation]:
    return [seen("workload.available", WORKLOAD, desired=1, ready=1), seen("pod.ready", pod("a"), seconds=900), *facts]


def error(text: str = "upstream answered 503") -> Observation:
    return seen("log.error", pod("a"), minutes(1), text, message=text, of_request=True, count=20)


def down(*, since: float = 12) -> list[Observation]:
    crash = seen("container.crash_looping", STOCK, minutes(since), container="c", restarts=9, exit_code=1)
    return [crash, seen("workload.unavailable", STOCK, minutes(since), desired=1, ready=0)]


def weigh(*facts: Observation, with_explanation: bool = True) -> Weighing:
    evidence = [asked("kubectl_explain_workload", own(), chain(pod("a")), kind="Deployment")]
    evidence.append(asked("kubectl_logs", list(facts), agent="logs"))
    empty = [seen("service.no_endpoints", SERVICE, selector="app=stock")]
    evidence.append(asked("kubectl_callees", empty, CALLS))
    if with_explanation:
        evidence.append(asked("kubectl_explain_workload", [*down(), *empty], CALLS, kind="Service", name="stock"))
    return ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM])


def test_what_a_callee_lacks_is_asked_before_it_is_blamed() -> None:
    weighing = weigh(error(), with_explanation=False)
    assert weighing.diagnosis.verdict != "cause"
    assert ("kubectl_explain_workload", "stock") in [(a.tool, a.arguments.get("name")) for a in weighing.follow_ups]


def test_who_is_down_and_only_configured_is_a_cause_with_doubt_and_says_why() -> None:
    diagnosis = weigh(error()).diagnosis
    assert (
        diagnosis.hypothesis is not None
        and diagnosis.hypothesis.subject == STOCK
        and diagnosis.hypothesis.confidence < 0.7
    )
    assert "is configured to call it; no log names it" in diagnosis.statement


def test_who_is_down_is_no_cause_where_the_log_is_silent_or_names_somebody_else() -> None:
    other = seen("log.connection_failed", pod("a"), minutes(1), "dial tcp db.example.com:5432", why="timeout",
                 address="db.example.com:5432", count=20)  # fmt: skip
    for facts in ([], [error(), other]):
        diagnosis = weigh(*facts).diagnosis
        assert STOCK not in [cause.subject for cause in diagnosis.causes]


def connection_refusal(by: str, service: str) -> Observation:
    return seen("log.connection_failed", pod(by), minutes(1), f"{service} refused", address=f"{service}.shop.svc:80",
                why="refused", in_cluster=True, count=20)  # fmt: skip


def test_a_callee_with_trouble_of_its_own_that_nobody_looked_into_is_no_sure_cause_and_is_asked_about() -> None:
    empty = [seen("service.no_endpoints", SERVICE, selector="app=stock"), down()[1]]
    evidence = [
        asked("kubectl_explain_workload", own(), chain(pod("a")), kind="Deployment"),
        asked("kubectl_logs", [connection_refusal("a", "stock")], [link("calls", pod("a"), SERVICE)], agent="logs"),
        asked("kubectl_callees", empty, CALLS),
    ]
    weighing = ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM])
    assert weighing.diagnosis.hypothesis is not None and weighing.diagnosis.hypothesis.confidence < 0.7
    assert ("kubectl_explain_workload", "stock") in [(a.tool, a.arguments.get("name")) for a in weighing.follow_ups]


@pytest.mark.parametrize(
    ("unread", "verdict"),
    [
        ([], "cause"),
        ([Coverage(looked_at="services", state="denied", kinds=["Service"])], "inconclusive"),
        ([Coverage(looked_at="network traffic", state="partial", kinds=["NetworkPolicy"])], "cause"),
        ([Coverage(looked_at="secrets", state="denied", kinds=["Secret"])], "cause"),
    ],
)
def test_a_complaint_alone_is_no_cause_where_what_would_decide_could_not_be_read(
    unread: list[Coverage], verdict: str
) -> None:
    evidence = [
        asked("kubectl_explain_workload", own(), chain(pod("a")), kind="Deployment"),
        asked(
            "kubectl_logs", [connection_refusal("a", "stock")], [link("calls", pod("a"), SERVICE)], unread, agent="logs"
        ),
    ]
    diagnosis = ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM]).diagnosis
    assert diagnosis.verdict == verdict
    assert (
        diagnosis.hypothesis is not None
        and diagnosis.hypothesis.subject == SERVICE
        and diagnosis.hypothesis.confidence < 0.7
    )


def test_a_callee_that_serves_is_read_where_its_caller_names_nobody_and_asked_for_whom_it_calls_itself() -> None:
    serves = [seen("service.has_endpoints", SERVICE, ready=1), seen("workload.available", STOCK, desired=1, ready=1)]
    evidence = [
        asked("kubectl_explain_workload", own(), chain(pod("a")), kind="Deployment"),
        asked("kubectl_logs", [error()], agent="logs"),
        asked("kubectl_entrance", [], name="cart"),
        asked("kubectl_callees", serves, CALLS),
    ]
    weighing = ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM])
    assert ("kubectl_logs", "stock") in [(a.tool, a.arguments.get("name")) for a in weighing.follow_ups]
    log_error = seen("log.error", STOCK, minutes(1), "backend failed", message="backend failed", count=20)
    evidence.append(asked("kubectl_logs", [log_error], agent="logs", namespace="shop", name="stock"))
    weighing = ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM])
    assert ("kubectl_callees", "stock") in [(a.tool, a.arguments.get("name")) for a in weighing.follow_ups]
    assert "backend failed" in weighing.diagnosis.statement


DATABASE = resource("Database", "orders-db")
ENDPOINT = "orders-db.c1x2.eu-west-1.rds.amazonaws.com"


def of_a_full_disk(*more: Observation) -> Weighing:
    words = "ERROR: could not extend file: No space left on device"
    calls = [*chain(pod("a")), link("calls", WORKLOAD, thing("Address", ENDPOINT, ""))]
    evidence = [
        asked("kubectl_explain_workload", own(), calls, kind="Deployment"),
        asked("kubectl_logs", [seen("log.no_space", pod("a"), minutes(1), words, count=20)], agent="logs"),
        *([asked("analyze_resource", list(more), kind="Database", name="orders-db")] if more else []),
    ]
    return ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM])


def test_where_a_program_that_serves_complains_of_a_full_disk_its_database_of_the_cloud_is_looked_at() -> None:
    questions = {one.tool: one.arguments for one in of_a_full_disk().follow_ups}
    assert questions["analyze_resource"] == {"kind": "Database", "name": "orders-db"}


def test_a_database_that_is_short_of_what_its_client_complains_of_is_the_cause_and_not_a_volume_of_the_client() -> None:
    short = seen("database.short_of", DATABASE, minutes(9), of="storage", metric="FreeStorageSpace", value=1e6)
    diagnosis = of_a_full_disk(short, seen("database.available", DATABASE, connections=40)).diagnosis
    assert [cause.subject for cause in diagnosis.causes] == [DATABASE]


def test_that_a_disk_is_full_is_told_as_the_words_of_a_program_that_serves_where_nothing_measured_it() -> None:
    diagnosis = of_a_full_disk().diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.confidence < 0.6
    assert "says" in diagnosis.statement and "is full: its program" not in diagnosis.statement


def outage(name: str) -> tuple[list[Observation], list[Relation]]:
    """A Service whose only workload crashes, as the environment of the first names it."""
    body, service = thing("Deployment", name), thing("Service", name)
    crash = seen("container.crash_looping", body, minutes(9), container="c", restarts=9, exit_code=1)
    lacks = seen("workload.unavailable", body, minutes(9), desired=1, ready=0)
    empty = seen("service.no_endpoints", service, selector=f"app={name}")
    return [crash, lacks, empty], [link("calls", WORKLOAD, service), link("selects", service, body)]


def test_settings_that_name_two_who_are_broken_do_not_tell_which_of_them_is_called() -> None:
    def weighed_with(*names: str) -> Diagnosis:
        evidence = [
            asked("kubectl_explain_workload", own(), chain(pod("a")), kind="Deployment"),
            asked("kubectl_logs", [error()], agent="logs"),
            *(asked("kubectl_explain_workload", *outage(name), kind="Service", name=name) for name in names),
        ]
        return ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM]).diagnosis

    assert weighed_with("rates").verdict == "cause"
    doubt = weighed_with("rates", "stock")
    assert doubt.verdict == "inconclusive"
    assert "shop/rates" in doubt.statement and "shop/stock" in doubt.statement


def test_what_those_behind_a_route_keep_saying_is_told_though_the_route_calls_their_service() -> None:
    route, service = thing("Ingress", "edge"), thing("Service", "cart")
    limited = seen("log.bad_answer", pod("a"), minutes(1), "maps.example.com answered 429", status="429", count=20,
                   address="maps.example.com")  # fmt: skip
    links = [*chain(pod("a")), link("routes_to", route, service), link("calls", route, service),
             link("selects", service, WORKLOAD)]  # fmt: skip
    evidence = [
        asked("kubectl_explain_workload", own(), links, kind="Ingress", name="edge"),
        asked("kubectl_logs", [limited], agent="logs", namespace="shop", name="cart"),
    ]
    diagnosis = ENGINE.weigh([route], evidence, started_at=minutes(5), budget_left=10, claims=[CLAIM]).diagnosis
    assert diagnosis.verdict != "cause" and "maps.example.com answered 429" in diagnosis.statement


@pytest.mark.parametrize("host", ["orders-db.cluster-c1x2.eu-west-1.rds.amazonaws.com", "orders-db.shop", "rds.test"])
def test_a_host_that_names_no_instance_of_rds_is_none(host: str) -> None:
    assert not database_at(host)


def test_who_is_down_and_only_configured_is_no_cause_of_what_is_about_no_call_and_both_are_told() -> None:
    message = "Error while fetching metadata: orders.v4=UNKNOWN_TOPIC_OR_PARTITION"
    diagnosis = weigh(seen("log.error", pod("a"), minutes(1), message, message=message, count=20)).diagnosis
    assert diagnosis.verdict != "cause"
    assert "UNKNOWN_TOPIC_OR_PARTITION" in diagnosis.statement and "stock" in diagnosis.statement


def test_the_subjects_own_words_stand_in_the_doubt_beside_a_callee_that_is_down_and_named_by_nobody() -> None:
    complaint = "socket hang up"
    facts = [seen("log.error", pod("a"), minutes(1), complaint, message=complaint, about="connection", count=20)]
    diagnosis = weigh(*facts, with_explanation=False).diagnosis
    assert diagnosis.verdict != "cause" and complaint in diagnosis.statement
