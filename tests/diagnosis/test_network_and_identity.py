"""Causes in the network and in identities, from evidence as the servers give it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mcp_servers.contract.facts import Observation, Relation, Subject
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence

from .pictures import WORKLOAD, asked, chain, link, minutes, pod, resource, seen, thing, unavailable, weigh

CALLER, CALLED = pod("a"), thing("Service", "stock")
DNS = thing("Service", "kube-dns", "kube-system")
ACCOUNT = thing("ServiceAccount", "cart")
INGRESS = thing("Ingress", "front")
BALANCER = resource("LoadBalancer", "front")
HELD = "reflector: failed to list *v1.ConfigMap: configmaps is forbidden"


def failure(why: str = "timeout", address: str = "stock.shop.svc:80", **more: object) -> Observation:
    attributes = {"first": "2026-03-04T11:55:00Z", "last": "2026-03-04T11:59:50Z", "in_cluster": True, **more}
    message = f"dial tcp {address}: {why}"
    return seen("log.connection_failed", CALLER, minutes(5), message, address=address, why=why, count=30, **attributes)


def logs(*observations: Observation, about: Subject = CALLED) -> Evidence:
    calls = [link("calls", CALLER, about)] if about.kind == "Service" else [link("refers_to", CALLER, about)]
    return asked("kubectl_logs", list(observations), [*chain(CALLER), *calls], agent="logs")


def behind(*observations: Observation, relations: list[Relation] | None = None) -> Evidence:
    """What explaining the called Service shows; its Deployment is well."""
    stock = thing("Deployment", "stock")
    well = seen("workload.available", stock, minutes(60), desired=2, ready=2)
    return asked(
        "kubectl_explain_workload", [*observations, well], relations or [link("selects", CALLED, stock)], name="stock"
    )


def ready(count: int = 2) -> Observation:
    return seen("service.has_endpoints", CALLED, ready=count)


def sign(code: str, **attributes: object) -> Observation:
    window = {"first": "2026-03-04T11:55:00Z", "last": "2026-03-04T11:59:50Z", "count": 12, **attributes}
    return seen(code, CALLER, minutes(5), f"error: {code}", **window)


def alarm() -> Evidence:
    firing = resource("Alarm", "cart-5xx")
    alarm_state = seen("alarm.firing", firing, minutes(4), alarm="cart-5xx", metric="HTTPCode_Target_5XX_Count")
    return asked("describe_alarm", [alarm_state], [link("watches", firing, WORKLOAD)], agent="metrics", name="cart-5xx")


def refused_pods() -> list[Evidence]:
    text = 'failed calling webhook "pods.rules.test": Post "https://stock.shop.svc:443": no endpoints available'
    refusal = seen(
        "workload.pods_refused", WORKLOAD, minutes(3), text, reason="webhook", message=text, by="pods.rules.test"
    )
    explanation = asked("kubectl_explain_workload", [refusal, unavailable()], [link("calls", WORKLOAD, CALLED)])
    return [explanation, behind(seen("service.no_endpoints", CALLED, selector="app=stock"))]


def no_network(why: str) -> list[Evidence]:
    text = "Failed to create pod sandbox: plugin type=aws-cni: failed to assign an IP address to container"
    network_failure = seen("pod.network_failed", CALLER, minutes(4), text, why=why, message=text, count=9)
    return [asked("kubectl_explain_workload", [network_failure, unavailable()], chain(CALLER))]


CASES: dict[str, tuple[list[Evidence], Subject, str]] = {
    "service_misdirected": (
        [
            logs(failure("refused")),
            behind(seen("service.selects_nothing", CALLED, selector="app=stock,line=b", near=["app=stock"])),
        ],
        WORKLOAD,
        "Service/shop/stock",
    ),
    "service_overselects": (
        [
            logs(sign("log.bad_answer", address="stock.shop.svc", status="404", in_cluster=True)),
            behind(
                ready(5),
                seen(
                    "service.mixed_backends",
                    CALLED,
                    selector="part-of=shop",
                    meant="Deployment/stock",
                    others=["Deployment/lists"],
                ),
            ),
        ],
        WORKLOAD,
        "Service/shop/stock",
    ),
    "service_deleted": (
        [
            logs(
                failure("dns", "stock.shop.svc.cluster.local", in_cluster=False),
                seen(
                    "service.absent",
                    CALLED,
                    asked_by=["Pod/shop/cart-7f9d-a"],
                    near=[],
                    behind=["Deployment/shop/stock"],
                    orphans=True,
                ),
            )
        ],
        WORKLOAD,
        "Service/shop/stock",
    ),
    "cluster_dns_broken": (
        [
            asked(
                "kubectl_logs",
                [
                    failure("dns", "stock.shop.svc"),
                    seen(
                        "dns.unanswered",
                        DNS,
                        minutes(5),
                        name="stock.shop",
                        server="10.96.0.10",
                        asked_by=["Pod/shop/cart-7f9d-a"],
                    ),
                ],
                [*chain(CALLER), link("calls", CALLER, CALLED), link("calls", CALLER, DNS)],
                agent="logs",
            ),
            behind(ready()),
            asked(
                "kubectl_network_path",
                [
                    seen(
                        "dns.zone_unserved",
                        thing("ConfigMap", "coredns", "kube-system"),
                        zones=["other.local"],
                        wanted="cluster.local",
                    )
                ],
            ),
        ],
        WORKLOAD,
        "Service/kube-system/kube-dns",
    ),
    "dns_policy_wrong": (
        [
            logs(failure("dns", "stock.shop.svc")),
            asked(
                "kubectl_explain_workload",
                [seen("workload.dns_elsewhere", WORKLOAD, policy="Default", servers=[], before="ClusterFirst")],
                chain(CALLER),
            ),
        ],
        WORKLOAD,
        "Deployment/shop/cart",
    ),
    "traffic_policy_local": (
        [
            logs(failure()),
            behind(ready(), seen("service.node_local", CALLED, policy="internal", without=["worker-3"], cuts_off=True)),
        ],
        WORKLOAD,
        "Service/shop/stock",
    ),
    "rbac_denied": (
        [
            logs(
                sign("log.access_denied", by="kubernetes", action="list", resource="configmaps", namespace="shop"),
                about=ACCOUNT,
            ),
            asked(
                "kubectl_can_i",
                [seen("access.denied", ACCOUNT, verb="list", resource="configmaps", namespace="shop", bindings=[])],
            ),
            alarm(),
        ],
        WORKLOAD,
        "ServiceAccount/shop/cart",
    ),
    "cloud_identity_denied": (
        [
            logs(sign("log.access_denied", by="aws", action="s3:GetObject", identity="", resource=""), about=ACCOUNT),
            alarm(),
        ],
        WORKLOAD,
        "ServiceAccount/shop/cart",
    ),
    "webhook_down": (refused_pods(), WORKLOAD, "Service/shop/stock"),
    "ingress_misrouted": (
        [
            asked(
                "kubectl_explain_workload",
                [seen("ingress.no_backend", INGRESS, service="web-next", port="80", near=["web"])],
                [link("routes_to", INGRESS, thing("Service", "web-next"))],
                name="front",
            )
        ],
        INGRESS,
        "Ingress/shop/front",
    ),
    "pod_addresses_exhausted": (no_network("no_addresses"), WORKLOAD, "Deployment/shop/cart"),
    "network_plugin_broken": (no_network("plugin"), WORKLOAD, "Deployment/shop/cart"),
    "mesh_policy_blocks": ([logs(sign("log.mesh_denied", why="policy")), alarm()], WORKLOAD, "Deployment/shop/cart"),
    "certificate_expired": (
        [logs(sign("log.certificate_invalid", why="expired", address="pay.test:443")), alarm()],
        WORKLOAD,
        "Deployment/shop/cart",
    ),
    "api_server_overloaded": (
        [logs(sign("log.api_overloaded", why="too_many_requests")), alarm()],
        WORKLOAD,
        "Deployment/shop/cart",
    ),
    "version_removed": (
        [logs(sign("log.api_missing", kind="Ingress", version="extensions/v1beta1")), alarm()],
        WORKLOAD,
        "Deployment/shop/cart",
    ),
    "load_balancer_unhealthy": (
        [
            asked(
                "analyze_resource",
                [seen("balancer.targets_unhealthy", BALANCER, group="web", healthy=0, unhealthy=3)],
                agent="metrics",
                name="front",
            ),
            behind(ready()),
        ],
        BALANCER,
        "LoadBalancer/front",
    ),
    "nat_exhausted": (
        [
            asked(
                "analyze_resource",
                [seen("nat.ports_exhausted", resource("NatGateway", "nat-1"), minutes(6), gateway="nat-1", errors=412)],
                agent="metrics",
                name="nat-1",
            )
        ],
        resource("NatGateway", "nat-1"),
        "NatGateway/nat-1",
    ),
    "gitops_drift": (
        [
            asked(
                "kubectl_get",
                [
                    seen(
                        "gitops.out_of_step",
                        thing("Application", "cart", "argocd"),
                        minutes(9),
                        "one or more objects failed to apply",
                        controller="argocd",
                        sync="OutOfSync",
                        health="Degraded",
                        revision="4be1",
                        failed=True,
                    )
                ],
            )
        ],
        thing("Application", "cart", "argocd"),
        "Application/argocd/cart",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_found_on_what_has_to_be_mended(name: str) -> None:
    evidence, focus, subject = CASES[name]
    diagnosis = weigh(evidence, focus).diagnosis
    assert diagnosis.verdict == "cause", diagnosis.statement
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject.short) == (name, subject)
    assert diagnosis.hypothesis.decisive and 0.5 < diagnosis.hypothesis.confidence < 1
    assert 0 < len(diagnosis.statement) <= 700


@pytest.mark.parametrize("name", CASES)
def test_without_what_decides_it_nobody_is_sure(name: str) -> None:
    evidence, focus, _ = CASES[name]
    diagnosis = weigh([without_proof(e, name) for e in evidence], focus).diagnosis
    assert (
        diagnosis.hypothesis is None
        or diagnosis.hypothesis.failure_class != name
        or diagnosis.hypothesis.confidence <= 0.6
    )


def without_proof(evidence: Evidence, name: str) -> Evidence:
    """The same call, had it not shown what proves the class."""
    codes = {
        "service_misdirected": "service.selects_nothing",
        "service_overselects": "service.mixed_backends",
        "service_deleted": "service.absent",
        "cluster_dns_broken": "dns.zone_unserved",
        "dns_policy_wrong": "workload.dns_elsewhere",
        "traffic_policy_local": "service.node_local",
        "rbac_denied": "access.denied",
        "cloud_identity_denied": "log.access_denied",
        "webhook_down": "workload.pods_refused",
        "ingress_misrouted": "ingress.no_backend",
        "mesh_policy_blocks": "log.mesh_denied",
        "certificate_expired": "log.certificate_invalid",
        "api_server_overloaded": "log.api_overloaded",
        "version_removed": "log.api_missing",
        "load_balancer_unhealthy": "workload.available",
        "nat_exhausted": "nat.ports_exhausted",
        "gitops_drift": "gitops.out_of_step",
    }
    code = codes.get(name, "pod.network_failed")
    assert evidence.answer is not None
    left = [x for x in evidence.answer.observations if x.code != code]
    return evidence.model_copy(update={"answer": evidence.answer.model_copy(update={"observations": left})})


def sure_causes(evidence: list[Evidence], focus: Subject = WORKLOAD) -> set[str]:
    diagnosis: Diagnosis = weigh(evidence, focus).diagnosis
    sure = diagnosis.causes if diagnosis.verdict == "cause" else []
    return {cause.failure_class for cause in sure}


LOOK_ALIKES: dict[str, tuple[str, Callable[[], list[Evidence]]]] = {
    "a number that no pod declares while nobody is refused": (
        "service_misdirected",
        lambda: [
            behind(
                ready(),
                seen("service.port_mismatch", CALLED, port=80, target_port="9100", by_name=False, declared=["8080"]),
            )
        ],
    ),
    "several programs behind one name while nobody complains": (
        "service_overselects",
        lambda: [
            behind(
                ready(), seen("service.mixed_backends", CALLED, selector="a=b", meant="Deployment/stock", others=["x"])
            )
        ],
    ),
    "a name that never had a Service": (
        "service_deleted",
        lambda: [
            logs(
                failure("dns", "stok.shop.svc.cluster.local", in_cluster=False),
                seen("service.absent", CALLED, asked_by=["p"], near=["stock"], behind=[], orphans=False),
            )
        ],
    ),
    "an outside name that does not resolve in pods that ask elsewhere": (
        "dns_policy_wrong",
        lambda: [
            logs(failure("dns", "api.partner.test", in_cluster=False)),
            asked(
                "kubectl_explain_workload",
                [seen("workload.dns_elsewhere", WORKLOAD, policy="Default", servers=[], before="Default")],
                chain(CALLER),
            ),
        ],
    ),
    "traffic kept on the node where every caller has a pod": (
        "traffic_policy_local",
        lambda: [
            logs(failure()),
            behind(
                ready(), seen("service.node_local", CALLED, policy="internal", without=["worker-9"], cuts_off=False)
            ),
        ],
    ),
    "a refusal that an access review does not confirm": (
        "rbac_denied",
        lambda: [
            logs(
                sign("log.access_denied", by="kubernetes", action="list", resource="pods", namespace="shop"),
                about=ACCOUNT,
            ),
            asked("kubectl_can_i", [seen("access.allowed", ACCOUNT, verb="list", resource="pods", namespace="shop")]),
        ],
    ),
    "a client that holds itself back": (
        "api_server_overloaded",
        lambda: [logs(sign("log.api_overloaded", why="client_throttling"))],
    ),
    "targets that fail because their pods do": (
        "load_balancer_unhealthy",
        lambda: [
            asked(
                "analyze_resource",
                [seen("balancer.targets_unhealthy", BALANCER, group="web", healthy=0, unhealthy=3)],
                agent="metrics",
                name="front",
            ),
            asked("kubectl_explain_workload", [unavailable()], chain(CALLER)),
        ],
    ),
    "a change to the network long after which packets still pass": (
        "cloud_network_changed",
        lambda: [logs(failure("refused")), asked("query_logs", [sign("log.network_changed", event="CreateRoute")])],
    ),
}


@pytest.mark.parametrize("picture", LOOK_ALIKES)
def test_what_only_looks_like_it_is_not_blamed(picture: str) -> None:
    name, evidence = LOOK_ALIKES[picture]
    focus = BALANCER if name == "load_balancer_unhealthy" else CALLED if "Service" not in picture else WORKLOAD
    assert name not in sure_causes(evidence(), focus)


def test_a_policy_is_blamed_for_a_connection_that_none_of_the_policies_allows() -> None:
    policy, stock = thing("NetworkPolicy", "baseline"), thing("Deployment", "stock")
    denied: dict[str, Any] = {
        "direction": "ingress",
        "port": 8080,
        "target": "Service/shop/stock",
        "peer": WORKLOAD.short,
    }
    path = asked(
        "kubectl_network_path",
        [ready(), seen("policy.denies", policy, minutes(6), latest=True, **denied)],
        [link("calls", WORKLOAD, CALLED), link("selects", CALLED, stock), link("guards", policy, stock)],
        name="stock",
    )
    diagnosis = weigh([logs(failure()), path], policy).diagnosis
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject.short) == (
        "network_policy_blocks",
        "NetworkPolicy/shop/baseline",
    )
    assert "dependency_unreachable" not in sure_causes([logs(failure()), path], policy)


def test_a_webhook_whose_release_crashes_follows_from_that_release() -> None:
    stock = thing("Deployment", "stock")
    lone = thing("Pod", "stock-5c-x")
    crash = seen("container.crash_looping", lone, minutes(9), container="stock", restarts=6, exit_code=2)
    rollout = [
        seen("rollout.started", stock, minutes(10), revision=2, changes=["image"]),
        seen("rollout.newest_failing", stock, revision=2, failing=1, of=1),
        seen("rollout.earlier_healthy", stock, revision=1),
    ]
    release = asked(
        "kubectl_explain_workload",
        [crash, *rollout],
        [link("owns", stock, lone), link("selects", CALLED, stock)],
        name="stock",
    )
    assert sure_causes([*refused_pods()[:1], release]) == {"bad_rollout"}


def test_a_named_port_that_no_pod_has_is_proof_by_itself() -> None:
    port = seen("service.port_mismatch", CALLED, port=80, target_port="web", by_name=True, declared=["http"])
    empty = seen("service.no_endpoints", CALLED, selector="app=stock")
    assert sure_causes([behind(port, empty)], CALLED) == {"service_misdirected"}


def test_a_refused_packet_after_a_change_of_the_network_is_its_cause() -> None:
    database = resource("Database", "orders")
    cut = seen(
        "log.connection_failed", CALLER, minutes(5), "i/o timeout", address="orders:5432", why="timeout", count=9
    )
    trail = resource("LogGroup", "trail")
    rejections = [
        seen("log.network_changed", trail, minutes(6), event="RevokeSecurityGroupIngress", by="arn:x", resource="sg-1"),
        seen("log.flow_rejected", trail, minutes(5), target="10.0.3.4", port="5432", count=40),
    ]
    evidence = [
        asked("kubectl_logs", [cut], [*chain(CALLER), link("calls", WORKLOAD, database)], agent="logs"),
        asked("query_logs", rejections, agent="logs", name="trail"),
    ]
    assert sure_causes(evidence) == {"cloud_network_changed"}
    assert "cloud_network_changed" not in sure_causes([evidence[0], without(evidence[1], "log.flow_rejected")])


def without(evidence: Evidence, code: str) -> Evidence:
    assert evidence.answer is not None
    left = [x for x in evidence.answer.observations if x.code != code]
    return evidence.model_copy(update={"answer": evidence.answer.model_copy(update={"observations": left})})
