"""Whether one workload reaches another, and where the way breaks; and who may do what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server_kubernetes.reading_lab import Obj, asked, codes, fact, made, pod, template

pytestmark = pytest.mark.anyio
PORTS = [{"containerPort": 8080, "name": "http"}]


def ends(*, target_port: object = "http", addresses: int = 1, labels: Obj | None = None) -> list[Obj]:
    """Pod shop/client, pod shop/web behind Service shop/web, and the cluster's DNS."""
    client = pod("client", owner=[])
    client["metadata"]["labels"] = {"app": "client"}
    web = pod("web-0", owner=[], body=template(ports=PORTS))
    spec = {"selector": labels or {"app": "web"}, "ports": [{"port": 80, "targetPort": target_port}]}
    service = made("Service", "web", spec=spec)
    endpoints = made("Endpoints", "web", subsets=[{"addresses": [{"ip": f"10.0.0.{i}"} for i in range(addresses)]}])
    return [client, web, service, endpoints, *dns()]


def dns() -> list[Obj]:
    objects = [
        made("Service", "kube-dns", spec={"selector": {"k8s-app": "kube-dns"}, "ports": [{"port": 53}]}),
        made("Endpoints", "kube-dns", subsets=[{"addresses": [{"ip": "10.0.9.9"}]}]),
        pod("coredns-0", owner=[]),
    ]
    objects[2]["metadata"]["labels"] = {"k8s-app": "kube-dns"}
    for obj in objects:
        obj["metadata"]["namespace"] = "kube-system"
    return objects


def policy(app: str, **spec: Any) -> Obj:
    body = {"podSelector": {"matchLabels": {"app": app}}, **spec}
    return {**made("NetworkPolicy", f"for-{app}", spec=body), "apiVersion": "networking.k8s.io/v1"}


async def way(folder: Path, *objects: Obj, port: int = 80) -> Obj:
    async with asked(folder, *objects) as ask:
        return await ask("kubectl_network_path", source="shop/client", target="shop/web", port=port)


async def test_a_way_on_which_nothing_stands_is_open(tmp_path: Path) -> None:
    answer = await way(tmp_path, *ends())
    assert answer["data"]["breaks"] == "" and fact(answer, "path.open")["target_port"] == 8080
    assert {hop["holds"] for hop in answer["data"]["hops"]} == {"yes"}
    assert [gap["looked_at"] for gap in answer["coverage"] if gap["state"] == "partial"] == ["network traffic"]
    assert {gap["state"] for gap in answer["coverage"]} == {"complete", "partial"}


@pytest.mark.parametrize(
    ("first_break", "objects", "port"),
    [
        ("service port", ends(), 81),
        ("selector", ends(labels={"app": "wbe"}, addresses=0), 80),
        ("endpoints", ends(addresses=0), 80),
        ("target port", ends(target_port="htpp"), 80),
    ],
)
async def test_the_first_hop_that_does_not_hold_is_named(
    tmp_path: Path, first_break: str, objects: list[Obj], port: int
) -> None:
    assert (await way(tmp_path, *objects, port=port))["data"]["breaks"] == first_break


@pytest.mark.parametrize(
    ("rule", "breaks"),
    [
        ({"from": [{"podSelector": {"matchLabels": {"app": "client"}}}], "ports": [{"port": "http"}]}, ""),
        ({"from": [{"podSelector": {"matchLabels": {"app": "other"}}}]}, "ingress policies"),
        ({"ports": [{"port": 80}]}, "ingress policies"),  # policies see the pod's port, not the Service's
        ({"ports": [{"port": 8000, "endPort": 8090}]}, ""),
        ({"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}]}, ""),
        ({"from": [{"ipBlock": {"cidr": "10.9.0.0/16"}}]}, "ingress policies"),
    ],
)
async def test_a_policy_of_the_target_decides_by_peer_and_by_the_port_of_the_pod(
    tmp_path: Path, rule: Obj, breaks: str
) -> None:
    answer = await way(tmp_path, *ends(), policy("web", ingress=[rule]))
    assert answer["data"]["breaks"] == breaks
    if breaks:
        assert fact(answer, "path.denied")["policies"] == ["for-web"]


async def test_egress_that_forgets_dns_breaks_at_the_name_before_the_connection(tmp_path: Path) -> None:
    to_web = {"to": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
    answer = await way(tmp_path, *ends(), policy("client", policyTypes=["Egress"], egress=[to_web]))
    holds = {hop["what"]: hop["holds"] for hop in answer["data"]["hops"]}
    assert (holds["dns"], holds["egress policies"]) == ("no", "yes") and answer["data"]["breaks"] == "dns"


async def test_policies_that_may_not_be_read_are_unknown_and_nothing_is_called_open(tmp_path: Path) -> None:
    async with asked(tmp_path, *ends(), denied="networkpolicies") as ask:
        answer = await ask("kubectl_network_path", source="shop/client", target="shop/web")
    assert "path.open" not in codes(answer)
    assert [hop["holds"] for hop in answer["data"]["hops"]][-2:] == ["unknown", "unknown"]


async def test_the_api_server_itself_says_who_may_do_what(tmp_path: Path) -> None:
    rules = [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]
    role = made("Role", "reader", rules=rules)
    role_ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    account = {"kind": "ServiceAccount", "name": "bot", "namespace": "shop"}
    binding = made("RoleBinding", "reader", roleRef=role_ref, subjects=[account])
    for obj in (role, binding):
        obj["apiVersion"] = "rbac.authorization.k8s.io/v1"
    async with asked(tmp_path, role, binding) as ask:
        asked_for: Obj = {"verb": "get", "namespace": "shop", "identity": "shop/bot"}
        may = await ask("kubectl_can_i", resource="pods/log", **asked_for)
        may_not = await ask("kubectl_can_i", resource="secret", **asked_for)
        itself = await ask("kubectl_can_i", verb="list", resource="deploy")
    assert [a["data"]["allowed"] for a in (may, may_not, itself)] == [True, False, True]
