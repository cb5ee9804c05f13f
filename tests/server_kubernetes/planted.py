"""Somebody who may only create ReplicaSets in namespace shop, and what he makes of it."""

from __future__ import annotations

import copy
from typing import Any

import httpx
import yaml

from tests.server_kubernetes.live_shop import LiveShop

Obj = dict[str, Any]
WHO = "user:builder"
IMAGE = "registry.evil.test/miner:1"
REVISION = "deployment.kubernetes.io/revision"
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "builder", "namespace": "shop"},
    "rules": [{"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["create"]}],
}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "builder", "namespace": "shop"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "builder"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "builder"}],
}


def owner(shop: LiveShop, **changed: Any) -> Obj:
    """A reference to Deployment web."""
    uid = shop.get("Deployment", "web")["metadata"]["uid"]
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": uid, "controller": True}
    return {key: value for key, value in (reference | changed).items() if value is not None}


def replica_set(name: str, owners: list[Obj], *, labels: Obj | None = None, revision: str = "7", **more: Any) -> Obj:
    """A ReplicaSet of the attacker's image; `labels` are those that it selects by and gives to its pods."""
    labels = labels or {"app": "web", "pod-template-hash": name.rpartition("-")[2]}
    spec = {"containers": [{"name": "web", "image": IMAGE}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": labels,
            "annotations": {REVISION: revision, **more.get("annotations", {})},
            "ownerReferences": owners,
            **more.get("meta", {}),
        },
        "spec": {
            "replicas": more.get("replicas", 0),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def plant(shop: LiveShop, body: Obj, *, query: str = "", wait: float = 20) -> None:
    """POST it as the attacker, whose only right it is; then the cluster goes on for a while."""
    shop.apply(copy.deepcopy(ROLE), copy.deepcopy(BINDING), wait=0)
    server = yaml.safe_load(shop.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    path, headers = "/apis/apps/v1/namespaces/shop/replicasets", {"Authorization": f"Bearer {WHO}"}
    with httpx.Client(base_url=server, headers=headers, trust_env=False) as attacker:
        assert attacker.patch(f"{path}/web", json={}).status_code == 403
        answer = attacker.post(path + query, json=body)
    assert answer.status_code == 201, answer.text
    shop.advance(wait)
