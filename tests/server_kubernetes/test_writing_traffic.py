"""The writes to Services and Ingresses on a cluster that lives: what they refuse, tell, change, and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_servers.contract.permits import ANNOTATION
from mcp_servers.kubernetes.connection.clusters import Clusters
from sre_lab.facts import apply_manifests
from tests.server_kubernetes.live_shop import Front, LiveShop, data, preview, refusal, service, shop_world

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
WEB = {"namespace": "shop", "name": "web"}
FRONT = {"namespace": "shop", "name": "front"}
ROLE = Path(__file__).resolve().parents[2] / "infra" / "kubernetes" / "writer.yaml"


@pytest.fixture
def shop(server: Front, tmp_path: Path) -> LiveShop:
    live = LiveShop(server, tmp_path, shop_world())
    rules = [rule("web.test", "/", "web"), rule("web.test", "/cart", "cart")]
    spec = {"ingressClassName": "nginx", "rules": rules}
    live.apply({"kind": "Ingress", "metadata": FRONT, "spec": spec}, wait=0)
    return live


def rule(host: str, path: str, name: str) -> Obj:
    backend = {"service": {"name": name, "port": {"number": 80}}}
    return {"host": host, "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}


def spec(shop: LiveShop, kind: str = "Service", name: str = "web") -> Obj:
    return dict(shop.get(kind, name)["spec"])


def target(shop: LiveShop) -> object:
    return spec(shop)["ports"][0]["targetPort"]


def addresses(shop: LiveShop) -> int:
    shop.advance(5)
    return sum(len(subset.get("addresses") or []) for subset in shop.get("Endpoints", "web").get("subsets") or [])


async def test_a_selector_that_took_nobody_is_corrected_and_put_back(shop: LiveShop) -> None:
    shop.edit("Service", "web", {"spec": {"selector": {"app": "web", "line": "b"}}}, wait=5)
    before, none = spec(shop), addresses(shop)
    async with shop.client() as client:
        dry_run, answer = await shop.write(client, "kubectl_set_service", WEB | {"selector": "app=web"})
        backends = addresses(shop)
        writer = shop.get("Service", "web")["metadata"]["annotations"][ANNOTATION]
        undo = answer["undo"]
        await shop.write(client, undo["tool"], undo["arguments"])
    pods = len(shop.pods("web"))
    assert (none, backends) == (0, pods) and writer == answer["permit"]
    assert "-  line: b" in dry_run["diff"]
    assert f"traffic to {pods} pods, all of them ready" in dry_run["blast_radius"]
    assert "instead of no pod; Ingress front routes through it." in dry_run["blast_radius"]
    assert undo == dry_run["undo"] and spec(shop) == before


@pytest.mark.parametrize("selector", ["app=wep", "app=cart"])
async def test_a_selector_that_takes_no_ready_pod_is_refused(shop: LiveShop, selector: str) -> None:
    cart = {"kind": "Pod", "metadata": {"name": "cart", "namespace": "shop", "labels": {"app": "cart"}}}
    shop.apply({**cart, "spec": {"nodeName": "nowhere", "containers": [{"name": "cart", "image": "cart:1"}]}})
    async with shop.client() as client:
        problem = refusal(await preview(client, "kubectl_set_service", WEB | {"selector": selector}))
    assert "[bad_request]" in problem and "no ready pod would answer" in problem
    assert spec(shop)["selector"] == {"app": "web"}


async def test_a_selector_whose_pods_ceased_to_be_ready_after_the_preview_changes_nothing(shop: LiveShop) -> None:
    shop.edit("Service", "web", {"spec": {"selector": {"app": "web", "line": "b"}}}, wait=5)
    call = WEB | {"selector": "app=web"}
    async with shop.client() as client:
        token = shop.permit("kubectl_set_service", call, data(await preview(client, "kubectl_set_service", call)))
        shop.edit("Deployment", "web", {"spec": {"replicas": 0}}, wait=60)
        why = refusal(await client.call_tool("kubectl_set_service", {**call, "permit": token}))
    assert "no ready pod would answer" in why  # as a preview says it: the dry run before the write is one
    assert spec(shop)["selector"] == {"app": "web", "line": "b"}


async def test_a_service_that_was_changed_after_the_preview_is_left_alone(shop: LiveShop) -> None:
    call = WEB | {"target_port": 8088}
    async with shop.client() as client:
        token = shop.permit("kubectl_set_service", call, data(await preview(client, "kubectl_set_service", call)))
        shop.edit("Service", "web", {"spec": {"sessionAffinity": "ClientIP"}})
        problem = refusal(await client.call_tool("kubectl_set_service", {**call, "permit": token}))
    assert "[refused]" in problem and target(shop) == 8080


@pytest.mark.parametrize("port_choice", [{}, {"port": 80}, {"port": "80"}])
async def test_a_target_port_is_set_on_the_port_that_is_meant_and_put_back(shop: LiveShop, port_choice: Obj) -> None:
    async with shop.client() as client:
        dry_run, answer = await shop.write(client, "kubectl_set_service", WEB | port_choice | {"target_port": "9090"})
        changed = target(shop)
        await shop.write(client, answer["undo"]["tool"], answer["undo"]["arguments"])
    assert (changed, target(shop)) == (9090, 8080)
    assert "its port 80 will lead to their port 9090, which none of them declares" in dry_run["blast_radius"]


async def test_a_port_has_to_be_named_where_there_are_several(shop: LiveShop) -> None:
    ports = [{"name": "web", "port": 80, "targetPort": 8080}, {"name": "admin", "port": 81, "targetPort": 8081}]
    shop.edit("Service", "web", {"spec": {"ports": ports}})
    async with shop.client() as client:
        several = refusal(await preview(client, "kubectl_set_service", WEB | {"target_port": 9000}))
        unknown = refusal(await preview(client, "kubectl_set_service", WEB | {"port": 82, "target_port": 9000}))
        _, answer = await shop.write(client, "kubectl_set_service", WEB | {"port": "admin", "target_port": 9000})
    assert "80 (web), 81 (admin)" in several and "[not_found]" in unknown
    assert [port["targetPort"] for port in spec(shop)["ports"]] == [8080, 9000]
    assert answer["undo"]["arguments"]["port"] == "admin"


async def test_a_traffic_policy_is_set_and_put_back(shop: LiveShop) -> None:
    shop.edit("Service", "web", {"spec": {"internalTrafficPolicy": "Local"}})
    async with shop.client() as client:
        dry_run, answer = await shop.write(client, "kubectl_set_service", WEB | {"internal_traffic_policy": "Cluster"})
        changed = spec(shop)["internalTrafficPolicy"]
        await shop.write(client, answer["undo"]["tool"], answer["undo"]["arguments"])
    assert "it is reached from every node" in dry_run["blast_radius"]
    assert (changed, spec(shop)["internalTrafficPolicy"]) == ("Cluster", "Local")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "no value is given"),
        ({"port": 80}, "no value is given"),
        ({"external_traffic_policy": "Cluster"}, "has no externalTrafficPolicy"),
        ({"internal_traffic_policy": "Node"}, "must be Cluster or Local"),
        ({"target_port": "http"}, "none of its pods has a port named http"),
        ({"selector": "app"}, "is not a list of labels"),
        ({"selector": "app!=web"}, "is not a list of labels"),
        ({"kind": "Endpoints", "selector": "app=web"}, "only Service"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_the_reason(shop: LiveShop, arguments: Obj, why: str) -> None:
    async with shop.client() as client:
        assert why in refusal(await preview(client, "kubectl_set_service", WEB | arguments))


async def test_the_selector_of_a_service_that_has_none_is_not_made_up(shop: LiveShop) -> None:
    bare = service("bare")
    del bare["spec"]["selector"]
    shop.apply(bare)
    async with shop.client() as client:
        problem = refusal(await preview(client, "kubectl_set_service", WEB | {"name": "bare", "selector": "app=web"}))
    assert "it has no selector" in problem


async def test_one_backend_of_an_ingress_is_corrected_and_put_back(shop: LiveShop) -> None:
    call = FRONT | {"host": "web.test", "path": "/cart", "service": "web", "port": 80}
    before = spec(shop, "Ingress", "front")
    async with shop.client() as client:
        dry_run, answer = await shop.write(client, "kubectl_set_ingress_backend", call)
        changed = spec(shop, "Ingress", "front")["rules"]
        await shop.write(client, answer["undo"]["tool"], answer["undo"]["arguments"])
    assert changed == [rule("web.test", "/", "web"), rule("web.test", "/cart", "web")]
    blast_radius = dry_run["blast_radius"]
    assert "web.test/cart of Ingress front in namespace shop go to port 80 of Service web (" in blast_radius
    assert (
        "instead of port 80 of Service cart (which does not exist); its other rules (1) stay as they are."
        in blast_radius
    )
    assert spec(shop, "Ingress", "front") == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"service": "web", "port": 80}, "several rules match: web.test/, web.test/cart"),
        ({"path": "/basket", "service": "web", "port": 80}, "there is no such rule"),
        ({"path": "/cart", "service": "wep", "port": 80}, "Similar names: web"),
        ({"path": "/cart", "service": "web", "port": 8080}, "it has no such port, only: 80"),
        ({"path": "/cart", "service": "../pods/web", "port": 80}, "is not a valid name for a Service"),
    ],
)
async def test_a_backend_that_leads_nowhere_or_is_not_one_is_refused(shop: LiveShop, arguments: Obj, why: str) -> None:
    async with shop.client() as client:
        assert why in refusal(await preview(client, "kubectl_set_ingress_backend", FRONT | arguments))


async def test_the_shipped_role_suffices_for_services_and_ingresses(shop: LiveShop, tmp_path: Path) -> None:
    manifests = list(yaml.safe_load_all(ROLE.read_text()))
    for manifest in manifests:
        manifest["metadata"]["namespace"] = "shop"
        for subject in manifest.get("subjects", []):
            subject["namespace"] = "shop"
    shop.on_loop(lambda: apply_manifests(shop.world, manifests))
    calls: list[tuple[str, Obj]] = [
        ("kubectl_set_service", WEB | {"target_port": 9090}),
        ("kubectl_set_ingress_backend", FRONT | {"path": "/cart", "service": "web", "port": 80}),
    ]
    async with (
        shop.client(clusters=clusters_of(shop, tmp_path, "sre-agent-writer")) as writer,
        shop.client(clusters=clusters_of(shop, tmp_path, "default")) as nobody,
    ):
        for tool, call in calls:
            answer = await preview(writer, tool, call)
            assert data(answer)["diff"]
            assert {gap["state"] for gap in answer.structured_content["coverage"]} == {"complete"}
            assert "[denied]" in refusal(await preview(nobody, tool, call))


def clusters_of(shop: LiveShop, folder: Path, account: str) -> Clusters:
    """The cluster as that account of namespace shop."""
    config = yaml.safe_load(shop.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": f"system:serviceaccount:shop:{account}"}
    (folder / account).write_text(yaml.safe_dump(config))
    return Clusters(kubeconfig=str(folder / account))
