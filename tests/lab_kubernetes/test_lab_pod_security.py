"""Pod Security Standards: what a namespace demands, what clients are warned of, what controllers run into."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sre_lab.world import World
from tests.clients.lab import REGISTRY, small_world
from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
PODS = "/api/v1/namespaces/shop/pods"
GOOD: Obj = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def demand(server: Served, **labels: str) -> None:
    names = {f"pod-security.kubernetes.io/{mode.replace('_', '-')}": level for mode, level in labels.items()}
    server.put({"kind": "Namespace", "metadata": {"name": "shop", "labels": names}})


def create(server: Served, context: Obj | None = None, **spec: Any) -> httpx.Response:
    container = {"name": "web", "image": "web:1", **({"securityContext": context} if context else {})}
    pod = {"metadata": {"name": "extra"}, "spec": {"containers": [container], **spec}}
    return httpx.post(server.url + PODS, json=pod, timeout=10)


def test_a_restricted_namespace_names_everything_that_a_plain_pod_lacks(server: Served) -> None:
    demand(server, enforce="restricted")
    answer = create(server)
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        'pods "extra" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false '
        '(container "web" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities '
        '(container "web" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container '
        '"web" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "web" must set '
        'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    )
    assert create(server, GOOD).status_code == 201


@pytest.mark.parametrize(
    ("spec", "context", "text"),
    [
        ({"hostNetwork": True, "hostPID": True}, {}, "host namespaces (hostNetwork=true, hostPID=true)"),
        ({"volumes": [{"name": "logs", "hostPath": {"path": "/var"}}]}, {}, 'hostPath volumes (volume "logs")'),
        ({}, {"privileged": True}, 'privileged (container "web" must not set securityContext.privileged=true)'),
        (
            {},
            {"capabilities": {"add": ["NET_ADMIN"]}},
            'non-default capabilities (container "web" must not include "NET_ADMIN" in '
            "securityContext.capabilities.add)",
        ),
    ],
)
def test_baseline_forbids_what_reaches_the_node(server: Served, spec: Obj, context: Obj, text: str) -> None:
    demand(server, enforce="baseline", enforce_version="v1.30")
    answer = create(server, context, **spec)
    assert answer.status_code == 403
    assert answer.json()["message"] == f'pods "extra" is forbidden: violates PodSecurity "baseline:v1.30": {text}'


def test_a_workload_is_only_warned_about(server: Served) -> None:
    demand(server, warn="baseline", enforce="baseline")
    template = {
        "metadata": {"labels": {"app": "new"}},
        "spec": {"hostNetwork": True, "containers": [{"name": "web", "image": "web:1"}]},
    }
    body = {"metadata": {"name": "new"}, "spec": {"selector": {"matchLabels": {"app": "new"}}, "template": template}}
    answer = httpx.post(f"{server.url}/apis/apps/v1/namespaces/shop/deployments", json=body, timeout=10)
    assert answer.status_code == 201
    text = 'would violate PodSecurity \\"baseline:latest\\": host namespaces (hostNetwork=true)'
    assert answer.headers["warning"] == f'299 - "{text}"'


def test_the_pods_of_a_workload_are_refused_and_its_replica_set_says_so() -> None:
    world = small_world()
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    world.objects.create({"kind": "Namespace", "metadata": {"name": "shop", "labels": labels}})
    deploy(world)
    (event,) = [e for e in world.objects.all("Event", "shop") if e["reason"] == "FailedCreate"][:1]
    assert event["message"].startswith("Error creating: pods ")
    assert 'is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation' in event["message"]
    conditions = world.objects.all("Deployment", "shop")[0]["status"]["conditions"]
    assert ["ReplicaFailure", "True", "FailedCreate"] in [[c["type"], c["status"], c["reason"]] for c in conditions]
    assert world.objects.all("Pod", "shop") == []


def deploy(world: World) -> None:
    from sre_lab.kubernetes import changes

    container = {"name": "web", "image": f"{REGISTRY}/storefront:1.8.0", "resources": {"limits": {"memory": "64Mi"}}}
    spec = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
    }
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}}
    changes.apply(world, deployment | {"spec": spec})
    world.clock.advance(5)


def test_who_lets_a_namespace_demand_more_is_warned_of_its_pods(server: Served) -> None:
    path = f"{server.url}/api/v1/namespaces/shop?dryRun=All"
    head = {"content-type": "application/merge-patch+json"}

    def warned(level: str) -> list[str]:
        change = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": level}}}
        answer = httpx.patch(path, json=change, headers=head, timeout=10)
        assert answer.status_code == 200
        return answer.headers.get_list("warning")

    assert warned("baseline") == warned("privileged") == []
    reasons = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
    assert warned("restricted") == [
        '299 - "existing pods in namespace \\"shop\\" violate the new PodSecurity enforce level '
        '\\"restricted:latest\\""',
        f'299 - "web-6d4f-aaaaa (and 1 other pod): {reasons}"',
    ]
    demand(server, enforce="restricted")
    assert warned("restricted") == []
