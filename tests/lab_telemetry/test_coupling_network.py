from __future__ import annotations

from typing import Any

import pytest

from sre_lab.instrumentation.network import corefile
from tests.lab_telemetry.pair import REQUESTS, Pair, deployment

COREFILE = """
.:53 {
    errors
    kubernetes cluster.local in-addr.arpa {
      pods insecure
    }
    forward . /etc/resolv.conf
}
"""


def policy(**spec: Any) -> dict[str, Any]:
    meta = {"name": "rule", "namespace": spec.pop("namespace", "data")}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta}
    return {**kind, "spec": {"podSelector": {}, **spec}}


def test_a_caller_is_well_while_the_called_is_and_each_request_makes_one_call() -> None:
    pair = Pair()
    assert pair.failing() == 0
    assert 240 < pair.total(REQUESTS, "front") < 360
    assert 240 < pair.total(REQUESTS, "back") < 360


def test_an_error_of_the_called_shows_in_the_caller_with_its_status() -> None:
    pair = Pair()
    pair.befall(image={"back:1": {"failing_share": 0.5, "fails_with": "deadlock detected"}})
    pair.advance(60)
    assert 0.35 < pair.failing("back") < 0.65
    assert 0.35 < pair.failing("front") < 0.65
    assert pair.last_line() == 'ERROR back.data: Get "http://back.data/": unexpected status 500 Internal Server Error'


def test_a_called_service_that_always_fails_fails_every_request_of_its_caller_whatever_it_retries() -> None:
    pair = Pair(front={"retries": 3})
    pair.befall(image={"back:1": {"failing_share": 1.0}})
    pair.advance(60)
    assert pair.failing("front") == 1
    assert 3.5 < pair.total(REQUESTS, "back") / pair.total(REQUESTS, "front") < 4.5


def test_retries_hide_some_errors_and_multiply_the_load() -> None:
    pair = Pair(front={"retries": 2})
    pair.befall(image={"back:1": {"failing_share": 0.5}})
    pair.advance(60)
    assert pair.failing("front") < 0.3
    assert 1.5 < pair.total(REQUESTS, "back") / pair.total(REQUESTS, "front") < 2.0


def test_a_deleted_service_is_no_such_host() -> None:
    pair = Pair()
    pair.befall(delete={"kind": "Service", "namespace": "data", "name": "back"})
    pair.advance(60)
    assert pair.failing() == 1
    assert pair.last_line().endswith("dial tcp: lookup back.data.svc.cluster.local on 10.96.0.10:53: no such host")
    assert pair.total(REQUESTS, "back") == 0


@pytest.mark.parametrize(
    "spec",
    [{"selector": {"line": "b"}}, {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 8081}]}],
    ids=["a selector that no pod has", "a port on which none listens"],
)
def test_a_service_that_reaches_nobody_refuses_connections(spec: dict[str, Any]) -> None:
    pair = Pair()
    pair.patch("Service", "data", "back", {"spec": spec})
    pair.advance(60)
    assert pair.failing() == 1
    assert pair.last_line().endswith(":80: connect: connection refused")


def test_a_call_to_a_port_that_the_service_has_not_waits_in_vain() -> None:
    pair = Pair(front={"calls": ["data/back:9090"]}, history="4m")
    assert pair.failing() == 1
    assert pair.last_line().endswith(":9090: i/o timeout")


def test_a_default_deny_policy_blocks_until_a_rule_admits_the_callers() -> None:
    pair = Pair()
    pair.apply(policy(policyTypes=["Ingress"]))
    pair.advance(60)
    assert pair.failing() == 1
    assert pair.last_line().endswith("i/o timeout")
    web = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}
    pair.apply(policy(policyTypes=["Ingress"], ingress=[{"from": [web], "ports": [{"port": "http"}]}]))
    pair.advance(60)
    assert pair.failing() == 0


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ({"from": [{"podSelector": {"matchLabels": {"app": "front"}}}]}, False),  # of the policy's own namespace
        ({"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "front"}}}]}, True),
        ({"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "other"}}}]}, False),
        ({"ports": [{"port": 80}]}, False),  # the Service's port is not the pod's
        ({"ports": [{"port": 8000, "endPort": 8100}]}, True),
        ({"ports": [{"port": 8080, "protocol": "UDP"}]}, False),
        ({"from": [{"ipBlock": {"cidr": "10.244.0.0/16"}}]}, True),
        ({"from": [{"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.0.0/17", "10.244.128.0/17"]}}]}, False),
        ({}, True),
    ],
)
def test_a_rule_admits_by_peer_and_port(rule: dict[str, Any], passes: bool) -> None:
    pair = Pair(manifests=[policy(policyTypes=["Ingress"], ingress=[rule])], history="4m")
    assert pair.failing() == (0 if passes else 1)


def test_an_egress_policy_that_forgets_dns_stops_every_name() -> None:
    pair = Pair()
    pair.apply(policy(namespace="web", policyTypes=["Egress"], egress=[{"ports": [{"port": 8080}]}]))
    pair.advance(60)
    assert pair.failing() == 1
    assert "read udp 10.244." in pair.last_line()
    assert pair.last_line().endswith("->10.96.0.10:53: i/o timeout")


def test_without_a_ready_name_server_every_name_is_refused() -> None:
    pair = Pair()
    pair.patch("Deployment", "kube-system", "coredns", {"spec": {"replicas": 0}})
    pair.advance(90)
    assert pair.failing() == 1
    assert pair.last_line().endswith("->10.96.0.10:53: read: connection refused")


def test_a_corefile_for_another_zone_knows_no_service() -> None:
    pair = Pair()
    pair.patch("ConfigMap", "kube-system", "coredns", {"data": {"Corefile": COREFILE.replace("cluster.", "other.")}})
    pair.advance(60)
    assert pair.failing() == 1
    assert pair.last_line().endswith("no such host")


def test_a_pod_that_asks_the_nodes_name_server_finds_no_service() -> None:
    pair = Pair(manifests=[deployment("front", "web", dnsPolicy="Default")], history="4m")
    assert pair.failing() == 1
    assert pair.last_line().endswith("on 169.254.169.253:53: no such host")


def test_pods_that_do_not_speak_for_the_service_fail_their_share() -> None:
    other = deployment("other", "data", replicas=2)
    other["spec"]["template"]["metadata"]["labels"]["tier"] = "data"
    back = deployment("back", "data")
    back["spec"]["template"]["metadata"]["labels"]["tier"] = "data"
    pair = Pair(manifests=[back, other], images={"other:1": {"answers": ["other"]}})
    assert pair.failing() == 0
    pair.patch("Service", "data", "back", {"spec": {"selector": {"app": None, "tier": "data"}}})
    pair.advance(60)
    assert 0.35 < pair.failing() < 0.65
    assert "unexpected status 404 Not Found" in pair.last_line()


def test_traffic_that_must_stay_on_its_node_fails_from_nodes_without_a_backend() -> None:
    pair = Pair(manifests=[deployment("back", "data", replicas=1)])
    pair.patch("Service", "data", "back", {"spec": {"internalTrafficPolicy": "Local"}})
    pair.advance(60)
    assert 0.35 < pair.failing() < 0.65
    assert pair.last_line().endswith("i/o timeout")


@pytest.mark.parametrize(
    ("text", "name", "answer"),
    [
        (COREFILE, "back.data.svc.cluster.local", "ok"),
        (COREFILE, "db.example.test", "ok"),
        (COREFILE.replace("/etc/resolv.conf", "10.9.9.9"), "db.example.test", "servfail"),
        (COREFILE.replace("/etc/resolv.conf", "10.9.9.9"), "back.data.svc.cluster.local", "ok"),
        (COREFILE.replace(".:53", "example.test:53"), "back.data.svc.cluster.local", "servfail"),
        (COREFILE + "cluster.local {\n errors\n}", "back.data.svc.cluster.local", "servfail"),
        (
            COREFILE.replace("errors", "template ANY ANY data.svc.cluster.local {\n rcode NXDOMAIN\n }"),
            "back.data.svc.cluster.local",
            "nxdomain",
        ),
        (COREFILE.replace("}", "", 1), "back.data.svc.cluster.local", "ok"),  # unreadable: the server keeps the last
    ],
)
def test_a_corefile_decides_what_becomes_of_a_name(text: str, name: str, answer: str) -> None:
    assert corefile.answer(text, name) == answer
