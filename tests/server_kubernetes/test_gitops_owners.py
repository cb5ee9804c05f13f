"""What Argo CD, Flux, Helm or an operator declares is recognised and not written, whatever a permit says."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.kubernetes.writes.gitops_owners import gitops_owner
from tests.server_kubernetes.live_shop import LiveShop, data, preview

MARKS: dict[str, tuple[dict[str, Any], str]] = {
    "tracking": ({"annotations": {"argocd.argoproj.io/tracking-id": "web:apps/Deployment:shop/web"}}, "Argo CD (web)"),
    "instance": ({"labels": {"argocd.argoproj.io/instance": "web"}}, "Argo CD (web)"),
    "kustomization": ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux (apps)"),
    "helm_release": ({"labels": {"helm.toolkit.fluxcd.io/name": "web"}}, "Flux (web)"),
    "release": ({"annotations": {"meta.helm.sh/release-name": "web"}}, "Helm (web)"),
    "managed_by": (
        {"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "web"}},
        "Helm (web)",
    ),
    "field_manager": ({"managedFields": [{"manager": "kustomize-controller", "operation": "Apply"}]}, "Flux"),
    "operator": (
        {
            "ownerReferences": [
                {"apiVersion": "acid.zalan.do/v1", "kind": "postgresql", "name": "db", "controller": True}
            ]
        },
        "an operator (postgresql/db)",
    ),
}
NOBODYS: dict[str, dict[str, Any]] = {
    "plain": {"labels": {"app": "web"}},
    "kubectl": {"managedFields": [{"manager": "kubectl-client-side-apply"}]},
    "job": {"ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "c", "controller": True}]},
    "status": {"managedFields": [{"manager": "helm", "subresource": "status"}]},
    "chart": {"labels": {"app.kubernetes.io/instance": "web", "helm.sh/chart": "web-1.0"}},
}


@pytest.mark.parametrize("metadata,owner", MARKS.values(), ids=MARKS)
def test_each_controllers_mark_tells_it(metadata: dict[str, Any], owner: str) -> None:
    assert str(gitops_owner({"metadata": metadata})) == owner


@pytest.mark.parametrize("metadata", NOBODYS.values(), ids=NOBODYS)
def test_what_people_apply_themselves_has_no_owner(metadata: dict[str, Any]) -> None:
    assert gitops_owner({"metadata": metadata}) is None


@pytest.mark.anyio
async def test_a_preview_tells_the_fields_and_a_permit_does_not_open_what_is_declared_elsewhere(shop: LiveShop) -> None:
    shop.edit("Deployment", "web", {"metadata": {"annotations": MARKS["tracking"][0]["annotations"]}})
    call = {"namespace": "shop", "kind": "Deployment", "name": "web", "replicas": 5}
    async with shop.client() as client:
        dry_run = data(await preview(client, "kubectl_scale", call))
        assert dry_run["owner"]["controller"] == "argocd"
        assert [(tuple(one["path"]), one["after"]) for one in dry_run["changes"]] == [(("spec", "replicas"), 5)]
        _, answer = await shop.write(client, "kubectl_scale", call)
        assert answer["outcome"] == "failed"
    assert shop.get("Deployment", "web")["spec"]["replicas"] != 5
