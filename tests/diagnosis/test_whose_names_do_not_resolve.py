"""Names that do not resolve: the cluster's name server is blamed for what several see, or for a fault of its own."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Observation, Subject
from sre_agent.domain.finding import Evidence

from .pictures import WORKLOAD, asked, chain, link, minutes, seen, thing, weigh

CALLED = thing("Service", "stock")
DNS = thing("Service", "kube-dns", "kube-system")
COREDNS = thing("Deployment", "coredns", "kube-system")
OTHER = thing("Deployment", "lists")
SERVFAIL = "[ERROR] plugin/errors: 2 stock.shop.svc.cluster.local. A: SERVFAIL"


def unresolved(workload: Subject, suffix: str = "a", **more: object) -> Evidence:
    """A log that complains of a name, as the server tells it."""
    lone = thing("Pod", f"{workload.name}-7f9d-{suffix}")
    times = {"first": "2026-03-04T11:55:00Z", "last": "2026-03-04T11:59:50Z", "count": 30, "in_cluster": True, **more}
    line = "ERROR lookup stock.shop on 10.96.0.10:53: no such host"
    observations = [seen("log.connection_failed", lone, minutes(5), line, address="stock.shop.svc", why="dns", **times)]
    relations = [*chain(lone, workload=workload), link("calls", lone, CALLED)]
    if "unsearched" not in more:
        attributes = {"name": "stock.shop", "server": "10.96.0.10", "asked_by": [lone.short]}
        observations.append(seen("dns.unanswered", DNS, minutes(5), line, **attributes))
        relations.append(link("calls", lone, DNS))
    return asked("kubectl_logs", observations, relations, agent="logs", name=lone.name)


def settings(ndots: int) -> Evidence:
    facts = [seen("workload.dns_elsewhere", WORKLOAD, policy="ClusterFirst", servers=[], before="", ndots=ndots)]
    return asked("kubectl_explain_workload", facts, chain(thing("Pod", "cart-7f9d-a")))


def of_the_server(*observations: Observation) -> Evidence:
    lone = thing("Pod", "coredns-7f9d-a", "kube-system")
    relations = [*chain(lone, workload=COREDNS), link("selects", DNS, COREDNS)]
    return asked("kubectl_explain_workload", list(observations), relations, name="kube-dns")


def cause(*evidence: Evidence) -> str:
    diagnosis = weigh(list(evidence), WORKLOAD).diagnosis
    return diagnosis.hypothesis.failure_class if diagnosis.verdict == "cause" and diagnosis.hypothesis else ""


def test_one_workload_alone_does_not_convict_the_name_server_of_the_cluster() -> None:
    well = of_the_server(seen("service.has_endpoints", DNS, ready=2))
    assert cause(unresolved(WORKLOAD), unresolved(WORKLOAD, "b"), well) != "cluster_dns_broken"


def test_a_second_workload_that_resolves_nothing_makes_it_the_name_server() -> None:
    assert cause(unresolved(WORKLOAD), unresolved(OTHER)) == "cluster_dns_broken"


@pytest.mark.parametrize(
    "fault",
    [
        seen("service.no_endpoints", DNS, selector="k8s-app=kube-dns"),
        seen("workload.unavailable", COREDNS, minutes(6), desired=2, ready=0),
        seen("log.error", thing("Pod", "coredns-7f9d-a", "kube-system"), minutes(5), SERVFAIL, message=SERVFAIL,
             count=20, first="2026-03-04T11:55:00Z", last="2026-03-04T11:59:50Z"),
    ],
    ids=["no endpoints", "pods that are not ready", "its own log"],
)  # fmt: skip
def test_a_fault_of_the_name_server_itself_makes_one_workload_enough(fault: Observation) -> None:
    assert cause(unresolved(WORKLOAD), of_the_server(fault)) == "cluster_dns_broken"


def test_settings_that_leave_the_search_list_out_are_the_cause_where_a_name_needs_it() -> None:
    assert cause(unresolved(WORKLOAD, unsearched=True), settings(ndots=0)) == "dns_policy_wrong"


def test_settings_that_do_not_touch_the_name_are_no_cause() -> None:
    assert cause(unresolved(WORKLOAD), unresolved(OTHER), settings(ndots=2)) == "cluster_dns_broken"
