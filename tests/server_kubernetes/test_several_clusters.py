"""One server over several clusters: which one a call means, and that a permit for one opens no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mcp import Client

from mcp_servers.contract import calls
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from mcp_servers.serving.errors import TeachingError
from sre_agent.permits import PermitIssuer
from sre_agent.permits.key_ring import KeyRing
from sre_agent.permits.keys.folder import KeyFolder
from sre_agent.server_addresses import readers, writers
from sre_agent.settings import Settings
from sre_lab.containers import kubelets
from sre_lab.kubernetes import api
from tests.server_aws.wire import serving_app
from tests.server_kubernetes.live_shop import Front, LiveShop, Obj, data, front, preview, refusal, shop_world
from tests.server_kubernetes.reading_lab import READ_ONLY, Asked, deployment, facts, pod, usage, world_of

pytestmark = pytest.mark.anyio
SCALE = {"namespace": "shop", "kind": "Deployment", "name": "web", "replicas": 4}
STAGING = SCALE | {"cluster": "staging"}
ARGUMENT_OF_THE_CALL = {"kubectl_preview"}  # it takes the arguments of the call that it shows


def contexts(folder: Path, current: str = "prod", **urls: str) -> Path:
    """A kubeconfig with a context and a cluster `<name>-cluster` for each name."""
    config = {
        "clusters": [{"name": f"{name}-cluster", "cluster": {"server": url}} for name, url in urls.items()],
        "users": [{"name": "reader", "user": {}}],
        "contexts": [
            {"name": name, "context": {"cluster": f"{name}-cluster", "user": "reader"}} for name in urls
        ],
        "current-context": current,
    }  # fmt: skip
    path = folder / "clusters.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Front, Front]]:
    with front(tmp_path_factory.mktemp("prod")) as prod, front(tmp_path_factory.mktemp("staging")) as staging:
        yield prod, staging


@pytest.fixture
def shops(fronts: tuple[Front, Front], tmp_path: Path) -> tuple[LiveShop, LiveShop, Clusters]:
    prod, staging = (LiveShop(one, tmp_path, shop_world()) for one in fronts)
    path = contexts(tmp_path, prod=fronts[0].server.url, staging=fronts[1].server.url)
    return prod, staging, Clusters(kubeconfig=str(path))


def replicas(shop: LiveShop) -> int:
    return int(shop.get("Deployment", "web")["spec"]["replicas"])


async def test_every_tool_reads_the_cluster_that_is_named_and_without_a_name_the_current_one(tmp_path: Path) -> None:
    one, two = world_of([deployment()]), world_of([deployment(0), pod(state={"waiting": {"reason": "Odd"}})])
    with serving_app(api.app(one, kubelets(usage))) as first, serving_app(api.app(two, kubelets(usage))) as second:
        path = contexts(tmp_path, current="staging", prod=first, staging=second)
        async with Client(build(Clusters(kubeconfig=str(path)), READ_ONLY).mcp) as client:
            ask = Asked(client)
            there = await ask("kubectl_explain_workload", namespace="shop", name="web")
            on_prod = await ask("kubectl_explain_workload", namespace="shop", name="web", cluster="prod")
            swept = await ask("kubectl_triage", cluster="prod")
            wrong = await ask.refusal("kubectl_triage", cluster="test")
            tools = (await client.list_tools()).tools
    assert {x["subject"].partition("|")[0] for x in there["observations"]} == {"staging-cluster"}
    assert {x["subject"].partition("|")[0] for x in on_prod["observations"]} == {"prod-cluster"}
    assert facts(on_prod, "workload.available") and not facts(there, "workload.available")
    assert swept["data"]["scope"] == "prod-cluster"
    assert "[not_found]" in wrong and "staging, prod" in wrong
    assert {t.name for t in tools if "cluster" not in t.input_schema["properties"]} == ARGUMENT_OF_THE_CALL


async def test_with_one_context_no_tool_asks_for_a_cluster(tmp_path: Path) -> None:
    path = contexts(tmp_path, prod="http://127.0.0.1:9", staging="http://127.0.0.1:9")
    for clusters in (Clusters(kubeconfig=str(path), contexts=["staging"]), Clusters(kubeconfig=str(tmp_path / "none"))):
        async with Client(build(clusters, READ_ONLY).mcp) as client:
            tools = (await client.list_tools()).tools
        assert [t.name for t in tools if "cluster" in t.input_schema["properties"]] == []


async def test_one_cluster_that_does_not_answer_does_not_keep_another_from_answering(tmp_path: Path) -> None:
    with serving_app(api.app(world_of([deployment()]), kubelets(usage))) as url:
        path = contexts(tmp_path, prod="http://127.0.0.1:9", staging=url)
        clusters = Clusters(kubeconfig=str(path))
        async with Client(build(clusters, READ_ONLY).mcp) as client:
            ask = Asked(client)
            problem = await ask.refusal("kubectl_find", name="web")
            on_staging = await ask("kubectl_find", name="web", cluster="staging")
            clusters.close()
            again = await ask("kubectl_find", name="web", cluster="staging")
    assert "[unavailable]" in problem
    assert on_staging["data"]["scope"] == "staging-cluster" and again["data"] == on_staging["data"]


@pytest.mark.parametrize(("claims", "changed"), [(SCALE, {}), (STAGING, {}), (STAGING, {"scope": "prod-cluster"})])
async def test_a_permit_for_one_cluster_writes_to_no_other(
    shops: tuple[LiveShop, LiveShop, Clusters], claims: Obj, changed: Obj
) -> None:
    prod, staging, clusters = shops
    async with staging.client(staging.options(allow=("shop", "staging/shop")), clusters) as client:
        on_prod = data(await preview(client, "kubectl_scale", SCALE))
        there = data(await preview(client, "kubectl_scale", STAGING))
        token = staging.permit("kubectl_scale", claims, on_prod | {"target": there["target"]}, **changed)
        message = refusal(await client.call_tool("kubectl_scale", STAGING | {"permit": token}))
    assert "[refused]" in message and "(wrong_scope)" in message
    assert (replicas(prod), replicas(staging)) == (2, 2)


async def test_a_permitted_write_goes_to_its_cluster_alone_and_so_does_its_undo(
    shops: tuple[LiveShop, LiveShop, Clusters],
) -> None:
    prod, staging, clusters = shops
    async with staging.client(staging.options(allow=("staging/shop",)), clusters) as client:
        dry_run, done = await staging.write(client, "kubectl_scale", STAGING)
        assert (replicas(prod), replicas(staging)) == (2, 4)
        undo = done["undo"]
        await staging.write(client, undo["tool"], undo["arguments"])
    assert dry_run["scope"] == "staging-cluster" and undo["arguments"] == STAGING | {"replicas": 2}
    assert (replicas(prod), replicas(staging)) == (2, 2)


async def test_a_permit_does_not_move_to_another_call_by_naming_the_same_cluster_otherwise(
    shops: tuple[LiveShop, LiveShop, Clusters],
) -> None:
    prod, _, clusters = shops
    async with prod.client(clusters=clusters) as client:
        dry_run = data(await preview(client, "kubectl_scale", SCALE))
        token = prod.permit("kubectl_scale", SCALE, dry_run)
        assert calls.digest("kubectl_scale", SCALE | {"cluster": "prod"}) != calls.digest("kubectl_scale", SCALE)
        message = refusal(await client.call_tool("kubectl_scale", SCALE | {"cluster": "prod", "permit": token}))
    assert "(wrong_call)" in message and replicas(prod) == 2


@pytest.mark.parametrize("allow", [("shop",), ("*",), ("prod/shop",), ("stag*",)])
async def test_the_allowlist_of_the_default_cluster_opens_no_namespace_of_another(
    shops: tuple[LiveShop, LiveShop, Clusters], allow: tuple[str, ...]
) -> None:
    _, staging, clusters = shops
    async with staging.client(staging.options(allow=allow), clusters) as client:
        message = refusal(await preview(client, "kubectl_scale", STAGING))
    assert "[refused]" in message and "'staging/shop' is not on this server's allowlist" in message


async def test_a_pattern_for_every_cluster_opens_no_system_namespace(
    shops: tuple[LiveShop, LiveShop, Clusters],
) -> None:
    _, staging, clusters = shops
    system = STAGING | {"namespace": "kube-system"}
    async with staging.client(staging.options(allow=("*/*",)), clusters) as client:
        assert data(await preview(client, "kubectl_scale", SCALE))["scope"] == "prod-cluster"
        assert data(await preview(client, "kubectl_scale", STAGING))["scope"] == "staging-cluster"
        assert "[refused]" in refusal(await preview(client, "kubectl_scale", system))


def commands(settings: Settings) -> dict[str, tuple[str, ...]]:
    """How the responder starts its reading and its writing instance."""
    with_writes = settings.model_copy(update={"writes": True, "allow_namespaces": ("shop",)})
    ring = KeyRing(KeyFolder(settings.state.state_dir), valid_seconds=300)
    permit_issuer = PermitIssuer(ring, valid_seconds=300)
    return {
        "read": readers(settings)["kubernetes"].command,
        "write": writers(with_writes, permit_issuer)["kubernetes"].command,
    }


def test_the_responder_keeps_to_one_cluster_of_a_kubeconfig_with_several(tmp_path: Path) -> None:
    path = contexts(tmp_path, current="staging", prod="http://127.0.0.1:9", staging="http://127.0.0.1:8")
    current = Settings(state_dir=tmp_path, kubeconfig=str(path))
    for command in commands(current).values():
        assert {"--context=staging", "--cluster=staging-cluster"} < set(command)
    for command in commands(current.model_copy(update={"kube_context": "prod"})).values():
        assert {"--context=prod", "--cluster=prod-cluster"} < set(command)


def test_the_responder_reads_and_writes_an_eks_cluster_with_a_role_for_each(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, eks="prod=r/shop,role=reader", write_eks="prod=r/shop,role=writer")
    arguments_by_server = commands(settings)
    assert {"--eks=prod=r/shop,role=reader", "--cluster=prod"} < set(arguments_by_server["read"])
    assert {"--eks=prod=r/shop,role=writer", "--cluster=prod"} < set(arguments_by_server["write"])
    assert not any(
        argument.startswith(("--kubeconfig", "--context")) for one in arguments_by_server.values() for argument in one
    )


def test_two_clusters_of_one_name_are_refused_because_a_permit_could_not_tell_them_apart(tmp_path: Path) -> None:
    path = contexts(tmp_path, prod="http://127.0.0.1:9", staging="http://127.0.0.1:8")
    with pytest.raises(TeachingError, match="two clusters have this name"):
        Clusters(kubeconfig=str(path), name="staging-cluster").of()


def test_a_context_that_is_not_there_is_an_error_that_lists_those_that_are(tmp_path: Path) -> None:
    path = contexts(tmp_path, prod="http://127.0.0.1:9", staging="http://127.0.0.1:8")
    with pytest.raises(TeachingError, match=r"no context test\. Contexts: prod, staging"):
        Clusters(kubeconfig=str(path), contexts=["test"]).of()


async def test_a_server_with_a_context_that_is_not_there_starts_and_its_first_call_says_so(tmp_path: Path) -> None:
    path = contexts(tmp_path, prod="http://127.0.0.1:9")
    for names in (["test"], ["prod", "test"]):
        async with Client(build(Clusters(kubeconfig=str(path), contexts=names), READ_ONLY).mcp) as client:
            assert "no context test" in await Asked(client).refusal("kubectl_triage")


def test_the_default_cluster_s_name_is_that_of_every_context_that_leads_to_it(tmp_path: Path) -> None:
    path = contexts(tmp_path, prod="http://127.0.0.1:9", staging="http://127.0.0.1:8")
    config = yaml.safe_load(path.read_text())
    config["contexts"].append({"name": "prod-admin", "context": {"cluster": "prod-cluster", "user": "reader"}})
    path.write_text(yaml.safe_dump(config))
    clusters = Clusters(kubeconfig=str(path), name="shop")
    assert {name: clusters.of(name).name for name in clusters.names} == {
        "prod": "shop", "staging": "staging-cluster", "prod-admin": "shop",
    }  # fmt: skip
