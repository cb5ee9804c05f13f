"""Whom a workload calls according to its configuration, hop by hop, and what stands between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_lab.telemetry import ContainerLog
from tests.server_kubernetes.reading_lab import NOW, Obj, asked, codes, fact, facts, made, owned, pod, terminated
from tests.server_kubernetes.test_network_path import ends, policy

pytestmark = pytest.mark.anyio
ADDRESS = {"loadBalancer": {"ingress": [{"hostname": "lb.test"}]}}


def workload(name: str, *, ready: int = 1, **container: Any) -> list[Obj]:
    """A Deployment behind a Service of its name; of its only pod so many are ready."""
    labels = {"app": name}
    body: Obj = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "r.test/a:1", **container}]},
    }
    volumes = [{"name": "files", "configMap": {"name": f"{name}-files"}}]
    body["spec"]["volumes"] = volumes
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": body}
    status = {"replicas": 1, "readyReplicas": ready, "availableReplicas": ready, "observedGeneration": 1}
    service = made("Service", name, spec={"selector": labels, "ports": [{"port": 80}]})
    addresses = [{"addresses": [{"ip": "10.0.0.1"}]}] if ready else []
    there = made("Endpoints", name, subsets=addresses)
    return [{**made("Deployment", name, spec=spec, status=status), "apiVersion": "apps/v1"}, service, there]


def env(value: str) -> list[Obj]:
    return [{"name": "PEER", "value": value}]


async def test_the_configuration_is_walked_from_caller_to_callee_to_who_does_not_serve(tmp_path: Path) -> None:
    """By a variable, then by a file of a ConfigMap; values of it that are no hosts are told nowhere."""
    files = made("ConfigMap", "cart-files", data={"app.conf": "proxy_pass http://stock:80;\npassword=hunter22\n"})
    objects = [*workload("web", env=env("http://cart.shop.svc:80")), *workload("cart"), *workload("stock", ready=0)]
    async with asked(tmp_path, *objects, files) as ask:
        answer = await ask("kubectl_callees", namespace="shop", name="web")
    hops = [(hop["caller"], hop["service"]) for hop in answer["data"]["hops"]]
    assert hops == [("Deployment/shop/web", "Service/shop/cart"), ("Deployment/shop/cart", "Service/shop/stock")]
    assert fact(answer, "workload.unavailable")["subject"] == "lab|Deployment/shop/stock"
    assert "hunter22" not in str(answer)


async def test_a_callee_that_serves_between_two_crashes_shows_what_its_containers_end_with(tmp_path: Path) -> None:
    cart_pod = pod("cart-1-a", last=terminated(137, "OOMKilled"), restarts=9, owner=owned("Deployment", "cart"))
    cart_pod["metadata"]["labels"] = {"app": "cart"}
    async with asked(tmp_path, *workload("web", env=env("http://cart")), *workload("cart"), cart_pod) as ask:
        answer = await ask("kubectl_callees", namespace="shop", name="web")
    assert fact(answer, "container.oom_killed")["restarts"] == 9


async def test_a_loop_of_calls_ends_and_names_of_the_world_outside_are_no_hops(tmp_path: Path) -> None:
    objects = [*workload("web", env=env("http://cart")), *workload("cart", env=env("http://web")), *workload("far")]
    objects[0]["spec"]["template"]["spec"]["containers"][0]["args"] = ["--to=https://api.example.com", "far.example:80"]
    async with asked(tmp_path, *objects) as ask:
        answer = await ask("kubectl_callees", namespace="shop", name="web")
    assert [hop["host"] for hop in answer["data"]["hops"]] == ["cart", "web"]


async def test_a_policy_over_the_name_servers_own_pods_breaks_the_way_at_the_name(tmp_path: Path) -> None:
    closed = policy("x", policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": {}}]}])
    closed["metadata"]["namespace"], closed["spec"]["podSelector"] = "kube-system", {}
    async with asked(tmp_path, *ends(), closed) as ask:
        answer = await ask("kubectl_network_path", source="shop/client", target="shop/web")
    denied = fact(answer, "policy.denies")
    assert answer["data"]["breaks"] == "dns" and (denied["port"], denied["direction"]) == (53, "ingress")
    over = [r["target"] for r in answer["relations"] if r["kind"] == "guards"]
    assert over == ["lab|Service/kube-system/kube-dns"]


async def test_a_name_that_no_name_server_answered_for_is_no_service_that_is_missing(tmp_path: Path) -> None:
    lines = {
        "a": "ERROR getaddrinfo EAI_AGAIN ledger",
        "b": "ERROR lookup ledger on 10.96.0.10:53: no such host",
    }
    logs = {name: [ContainerLog(NOW - 900, [(NOW - 30, line)])] for name, line in lines.items()}
    callers = [pod(name, owner=[]) for name in lines]
    async with asked(tmp_path, *callers, *ends()[4:], logs=logs) as ask:
        silent = await ask("kubectl_logs", namespace="shop", name="a")
        unknown = await ask("kubectl_logs", namespace="shop", name="b")
    assert fact(silent, "dns.unanswered")["name"] == "ledger.shop" and "service.absent" not in codes(silent)
    assert "service.absent" in codes(unknown)


async def test_the_logs_of_a_namespace_are_those_of_a_pod_of_each_workload(tmp_path: Path) -> None:
    logs = {name: [ContainerLog(NOW - 900, [(NOW - 30, f"ERROR {name} fails")])] for name in ("a", "b")}
    async with asked(tmp_path, pod("a", owner=[]), pod("b", owner=[]), logs=logs) as ask:
        answer = await ask("kubectl_logs", namespace="shop", name="")
    assert sorted(x["subject"] for x in facts(answer, "log.error")) == ["lab|Pod/shop/a", "lab|Pod/shop/b"]


async def test_an_ingress_shows_that_nothing_of_its_controller_serves(tmp_path: Path) -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rules = [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]
    route = {**made("Ingress", "entry", spec={"rules": rules}, status=ADDRESS), "apiVersion": "networking.k8s.io/v1"}
    front = workload("front", ready=0)
    front[1]["spec"]["type"], front[1]["status"] = "LoadBalancer", ADDRESS
    down = pod("front-0", owner=[], spec={})
    down["metadata"]["labels"] = {"app": "front"}
    async with asked(tmp_path, *workload("web"), *front, down, route) as ask:
        answer = await ask("kubectl_entrance", namespace="shop", name="entry")
    assert {r["kind"] for r in answer["relations"]} == {"routes_to", "served_by"}


async def test_a_service_whose_load_balancer_is_not_made_says_why(tmp_path: Path) -> None:
    objects = workload("web")
    objects[1]["spec"]["type"] = "LoadBalancer"
    async with asked(tmp_path, *objects) as ask:
        answer = await ask("kubectl_explain_workload", namespace="shop", name="web", kind="Service")
    assert fact(answer, "service.no_address")["warned"] is False


async def test_a_caller_is_found_by_what_a_config_map_gives_it(tmp_path: Path) -> None:
    files = made("ConfigMap", "web-files", data={"app.yaml": "database: db.example.com:5432"})
    async with asked(tmp_path, *workload("web"), *workload("cart"), files) as ask:
        answer = await ask("kubectl_callers", name="db.example.com")
    assert answer["data"]["callers"] == ["Deployment/shop/web"]


async def test_a_port_that_a_service_lacks_is_told_and_blamed_on_no_policy(tmp_path: Path) -> None:
    closed = policy("web", policyTypes=["Ingress"], ingress=[{"ports": [{"port": 8080}]}])
    async with asked(tmp_path, *ends(), closed) as ask:
        answer = await ask("kubectl_network_path", source="shop/client", target="shop/web", port=8080)
    observation = fact(answer, "service.port_absent")
    assert (observation["port"], observation["ports"]) == (8080, ["80"]) and "policy.denies" not in codes(answer)
