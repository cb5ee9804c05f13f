"""What the README and the shipped role promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp import Client

from mcp_servers import kubernetes
from mcp_servers.contract.write_rights import NEEDED, NEEDED_FOR_NODES, NEEDED_IN_CLUSTER, PATCHED
from mcp_servers.kubernetes import writes
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from mcp_servers.serving.tool_table import tool_table
from mcp_servers.writing.tools import write_classes
from sre_lab.containers import kubelets
from sre_lab.facts import apply_manifests
from sre_lab.kubernetes import api
from tests.server_aws.wire import serving_app
from tests.server_kubernetes.reading_lab import READ_ONLY, Asked, deployment, pod, replica_set, usage, world_of

pytestmark = pytest.mark.anyio
ROLE = Path(__file__).resolve().parents[2] / "infra" / "kubernetes" / "reader.yaml"
ROLES = ("Role", "ClusterRole")
READER = "system:serviceaccount:kube-system:sre-agent-reader"


async def test_the_readme_shows_the_tools_that_are_registered() -> None:
    readme = Path(str(kubernetes.__file__)).with_name("README.md").read_text()
    assert await tool_table(build(Clusters(kubeconfig="none"), replace(READ_ONLY, writes=True))) in readme


def test_the_rights_of_each_write_are_told_and_one_shipped_role_grants_each() -> None:
    classes = {write.tool: write for write in write_classes(writes)}
    assert {*PATCHED, *NEEDED, *NEEDED_FOR_NODES, *NEEDED_IN_CLUSTER} == classes.keys()
    for tool, write in classes.items():
        if kinds := getattr(write, "kinds", ()):
            assert PATCHED[tool] == tuple(f"{kind.lower()}s" for kind in kinds), tool
    files = [ROLE.with_name("writer.yaml"), *sorted((ROLE.parent / "remedies").glob("*.yaml"))]
    objects = [one for file in files for one in yaml.safe_load_all(file.read_text())]
    rights_by_kind = {
        kind: [right for one in objects if one["kind"] == kind for right in rights_of(one)] for kind in ROLES
    }
    resources_to_patch = sorted(resource for verb, resource in rights_by_kind["Role"] if verb == "patch")
    assert resources_to_patch == sorted({resource for resources in PATCHED.values() for resource in resources})
    for needed, kind in ((NEEDED, "Role"), (NEEDED_FOR_NODES, "ClusterRole"), (NEEDED_IN_CLUSTER, "ClusterRole")):
        assert {right for rights in needed.values() for right in rights} <= set(rights_by_kind[kind])


def test_no_shipped_role_of_a_writer_reads_what_is_secret_or_makes_and_deletes_more_than_storage_classes() -> None:
    files = [ROLE.with_name("writer.yaml"), *sorted((ROLE.parent / "remedies").glob("*.yaml"))]
    objects = [one for file in files for one in yaml.safe_load_all(file.read_text())]
    rights = {right for one in objects if one["kind"] in ROLES for right in rights_of(one)}
    beyond_patches = {("create", "pods/eviction"), ("create", "storageclasses"), ("delete", "storageclasses")}
    assert {verb for verb, _ in rights - beyond_patches} == {"get", "list", "patch"}
    assert not {resource for _, resource in rights} & {"secrets", "pods/exec", "roles", "rolebindings", "*"}


def rights_of(role: dict[str, Any]) -> list[tuple[str, str]]:
    return [(verb, of) for rule in role["rules"] for of in rule["resources"] for verb in rule["verbs"]]


async def test_the_shipped_role_leaves_no_gap_in_any_reading_tool(tmp_path: Path) -> None:
    world = world_of([deployment(), replica_set("6d4f7", 1, 600), pod()])
    apply_manifests(world, list(yaml.safe_load_all(ROLE.read_text())))
    with serving_app(api.app(world, kubelets(usage))) as url:
        config = {
            "clusters": [{"name": "lab", "cluster": {"server": url}}],
            "users": [{"name": "reader", "user": {"token": READER}}],
            "contexts": [{"name": "here", "context": {"cluster": "lab", "user": "reader"}}],
            "current-context": "here",
        }
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
        clusters = Clusters(kubeconfig=str(tmp_path / "kubeconfig"))
        async with Client(build(clusters, READ_ONLY).mcp) as client:
            ask = Asked(client)
            answers = [
                await ask("kubectl_triage"),
                await ask("kubectl_triage", namespace="shop", hygiene=True),
                await ask("kubectl_changes", namespace="shop"),
                await ask("kubectl_explain_workload", namespace="shop", name="web"),
                await ask("kubectl_network_path", source="shop/web", target="shop/web"),
                await ask("kubectl_rollout_history", namespace="shop", name="web"),
                await ask("kubectl_events", namespace="shop"),
                await ask("kubectl_logs", namespace="shop", name="web"),
                await ask("kubectl_nodes"),
                await ask("kubectl_find", name="web"),
                await ask("kubectl_can_i", verb="list", resource="pods", identity="shop/default"),
            ]
            refused = await ask("kubectl_can_i", verb="patch", resource="deployments", namespace="shop")
    assert [c for answer in answers for c in answer["coverage"] if c["state"] == "denied"] == []
    assert refused["data"]["allowed"] is False
