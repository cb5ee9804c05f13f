"""Services that keep their traffic on the node: a fault only where somebody who calls runs on a bare node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_lab.telemetry import ContainerLog
from tests.server_kubernetes.reading_lab import NOW, Obj, asked, codes, fact, facts, made, owned, pod, template

pytestmark = pytest.mark.anyio
COMPLAINT = "ERROR prices.shop.svc.cluster.local:80: dial tcp 10.96.4.7:80: i/o timeout"
CLIENT = "client-6d4f7-bcdfg"


def workload(name: str, node: str, kind: str = "Deployment", **container: Any) -> list[Obj]:
    """A workload with one pod that serves on this node."""
    body = template(ports=[{"containerPort": 8080}], **container)
    body["metadata"]["labels"] = {"app": name}
    selector = {"matchLabels": {"app": name}}
    root = made(kind, name, spec={"replicas": 1, "selector": selector, "template": body})
    root["status"] = {"readyReplicas": 1, "desiredNumberScheduled": 1, "numberReady": 1}
    one = pod(f"{name}-6d4f7-bcdfg", owner=owned(kind, name), body=body, spec={"nodeName": node})
    one["metadata"]["labels"] = {"app": name}
    return [root, one]


def prices(**spec: object) -> Obj:
    body = {"selector": {"app": "prices"}, "ports": [{"port": 80, "targetPort": 8080}], "clusterIP": "10.96.4.7"}
    return made("Service", "prices", spec={**body, "internalTrafficPolicy": "Local", **spec})


def node(name: str) -> Obj:
    return made("Node", name, status={"conditions": [{"type": "Ready", "status": "True"}]})


async def triage(folder: Path, *objects: Obj, line: str = "INFO all is well", hygiene: bool = False) -> Obj:
    logs = {CLIENT: [ContainerLog(NOW - 900, [(NOW - 30 - x, line) for x in (20, 10, 0)])]}
    async with asked(folder, node("node-1"), node("node-2"), *objects, logs=logs) as ask:
        return await ask("kubectl_triage", namespace="shop", hygiene=hygiene)


async def test_a_caller_that_complains_on_a_bare_node_makes_it_a_failure(tmp_path: Path) -> None:
    world = [prices(), *workload("prices", "node-1"), *workload("client", "node-2")]
    answer = await triage(tmp_path, *world, line=COMPLAINT)
    observation = fact(answer, "service.node_local")
    assert (observation["without"], observation["cuts_off"], observation["policy"]) == (["node-2"], True, "internal")
    assert fact(answer, "log.connection_failed")["address"] == "prices.shop.svc:80"
    calls = {(r["source"], r["target"]) for r in answer["relations"] if r["kind"] == "calls"}
    assert {(f"lab|{x}", "lab|Service/shop/prices") for x in (f"Pod/shop/{CLIENT}", "Deployment/shop/client")} == calls
    assert answer["data"]["groups"][0]["state"] == "failing"


async def test_a_caller_by_its_template_on_a_bare_node_makes_it_a_failure_too(tmp_path: Path) -> None:
    naming = workload("client", "node-2", env=[{"name": "PRICES_URL", "value": "http://prices:80/v1"}])
    answer = await triage(tmp_path, prices(), *workload("prices", "node-1"), *naming)
    assert fact(answer, "service.node_local")["cuts_off"] is True
    assert not facts(answer, "log.connection_failed")


async def test_where_nobody_is_seen_to_call_it_is_a_remark_for_who_asks_for_remarks(tmp_path: Path) -> None:
    world = [prices(), *workload("prices", "node-1"), *workload("client", "node-2")]
    assert not (await triage(tmp_path, *world))["data"]["groups"]
    remarks = await triage(tmp_path, *world, hygiene=True)
    assert fact(remarks, "hygiene.kept_on_node")["without"] == ["node-2"]


@pytest.mark.parametrize(
    "harmless",
    [
        {"internalTrafficPolicy": "Cluster"},
        {"clusterIP": "None"},
        {"internalTrafficPolicy": "Cluster", "type": "LoadBalancer", "externalTrafficPolicy": "Local"},
    ],
)
async def test_who_sends_everywhere_by_names_or_from_a_balancer_is_well(
    tmp_path: Path, harmless: dict[str, str]
) -> None:
    naming = workload("client", "node-2", env=[{"name": "PRICES_URL", "value": "http://prices:80/v1"}])
    answer = await triage(tmp_path, prices(**harmless), *workload("prices", "node-1"), *naming, hygiene=True)
    assert not {"service.node_local", "hygiene.kept_on_node"} & codes(answer)


async def test_agents_that_run_on_every_node_they_are_meant_for_are_well(tmp_path: Path) -> None:
    naming = workload("client", "node-2", env=[{"name": "PRICES_URL", "value": "http://prices:80/v1"}])
    answer = await triage(tmp_path, prices(), *workload("prices", "node-1", "DaemonSet"), *naming)
    assert not answer["data"]["groups"]


async def test_a_caller_beside_a_ready_pod_is_well(tmp_path: Path) -> None:
    naming = workload("client", "node-1", env=[{"name": "PRICES_URL", "value": "http://prices:80/v1"}])
    assert not (await triage(tmp_path, prices(), *workload("prices", "node-1"), *naming))["data"]["groups"]


async def test_a_port_that_every_node_opens_and_not_every_node_answers_is_a_remark(tmp_path: Path) -> None:
    public = prices(type="NodePort", externalTrafficPolicy="Local", internalTrafficPolicy="Cluster")
    answer = await triage(tmp_path, public, *workload("prices", "node-1"), hygiene=True)
    observation = fact(answer, "hygiene.kept_on_node")
    assert (observation["policy"], observation["without"]) == ("external", ["node-2"])
