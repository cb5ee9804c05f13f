"""Who may only create ReplicaSets plants one and waits: what the responder then does by itself, under the demo
policy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
import yaml

from tests.incidents.conftest import Stage

Open = Callable[[str], AbstractContextManager[Stage]]

pytestmark = pytest.mark.anyio
PAYMENTS = "/apis/apps/v1/namespaces/shop/deployments/payments-api"
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop"
IMAGE = "registry.evil.test/miner:1"
BUILDER = "user:builder"


def plant(it: Stage, name: str, labels: dict[str, str], owner: dict[str, Any], revision: str) -> None:
    """POST a ReplicaSet as somebody with this one right."""
    server = yaml.safe_load(it.lab.endpoints.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    rule = {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["create"]}
    group = "rbac.authorization.k8s.io"
    user, ref = {"apiGroup": group, "kind": "User", "name": "builder"}, {"apiGroup": group, "kind": "Role"}
    spec = {"containers": [{"name": "payments-api", "image": IMAGE}]}
    body = {
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [owner],
        },
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }
    with httpx.Client(base_url=server, trust_env=False) as admin:
        admin.headers["Authorization"] = "Bearer lab"
        binding = {"metadata": {"name": "builder"}, "subjects": [user], "roleRef": {**ref, "name": "builder"}}
        role = {"metadata": {"name": "builder"}, "rules": [rule]}
        assert admin.post(f"{RBAC}/roles", json=role).status_code == 201
        assert admin.post(f"{RBAC}/rolebindings", json=binding).status_code == 201
        admin.headers["Authorization"] = f"Bearer {BUILDER}"
        answer = admin.post("/apis/apps/v1/namespaces/shop/replicasets", json=body)
    assert answer.status_code == 201, answer.text


def owner(it: Stage, **more: Any) -> dict[str, Any]:
    uid = it.object(PAYMENTS)["metadata"]["uid"]
    return {"apiVersion": "apps/v1", "kind": "Deployment", "name": "payments-api", "uid": uid, **more}


def image(it: Stage) -> str:
    return str(it.object(PAYMENTS)["spec"]["template"]["spec"]["containers"][0]["image"])


async def test_a_foreign_replica_set_that_claims_the_earlier_revision_is_not_returned_to(stage: Open) -> None:
    with stage("payday-evening") as it:
        plant(it, "aaa", {"app": "aaa"}, owner(it), "1")
        async with it.runtime(policies="demo") as runtime:
            incident, report = await it.respond(runtime, "never")
        assert image(it) == "registry.shop.test/payments-api:1.8.2"
    assert (incident.status, incident.reason) == ("remediated", "fixed") and report is not None
    write = report.remediations[0]
    assert write.allowed_by == "policy:undo-a-bad-rollout"
    assert {"replica_set_uid", "template_hash"} <= write.call.arguments.keys()


@pytest.mark.parametrize("revision", ["1", pytest.param("7", marks=pytest.mark.long)])
async def test_a_planted_revision_that_looks_like_a_real_one_is_never_run_unattended(
    stage: Open, revision: str
) -> None:
    """One that bears a real number makes it ambiguous, so nothing is written; another one is not preferred."""
    with stage("payday-evening") as it:
        labels = it.object(PAYMENTS)["spec"]["selector"]["matchLabels"] | {"pod-template-hash": "aaa"}
        plant(it, "payments-api-aaa", labels, owner(it, controller=True), revision)
        async with it.runtime(policies="demo") as runtime:
            incident, report = await it.respond(runtime, "never")
        assert image(it) != IMAGE
    assert report is not None
    assert all(write.call.tool != "kubectl_rollout_undo" or write.outcome == "done" for write in report.remediations)
    if revision == "1":
        assert not report.remediations and incident.status == "escalated"
