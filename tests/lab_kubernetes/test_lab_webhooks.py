"""Admission webhooks: a Service of the cluster decides about objects, and is missed with the true words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sre_lab.kubernetes import changes
from sre_lab.scenario import ImageProfile
from sre_lab.scenario.images import WebhookProfile
from tests.clients.lab import small_world
from tests.lab_kubernetes.served_cluster import Served
from tests.lab_kubernetes.test_lab_pod_security import deploy

Obj = dict[str, Any]
PODS = "/api/v1/namespaces/shop/pods"
GATE = "registry.example.com/ops/gate:1"
RULE = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
FAILED = (
    'Internal error occurred: failed calling webhook "gate.example.com": failed to call webhook: '
    'Post "https://gate.ops.svc:443/check?timeout=5s": '
)


def configuration(kind: str = "Validating", **more: Any) -> Obj:
    service = {"namespace": "ops", "name": "gate", "path": "/check"}
    webhook = {
        "name": "gate.example.com",
        "clientConfig": {"service": service},
        "rules": [RULE],
        "timeoutSeconds": 5,
        **more,
    }
    return {"kind": f"{kind}WebhookConfiguration", "metadata": {"name": "gate"}, "webhooks": [webhook]}


def backend(server: Served, facts: WebhookProfile | None = None) -> None:
    """A ready pod behind the Service of the webhook; its image answers by `facts`."""
    where = {"namespace": "ops"}
    server.put({"kind": "Namespace", "metadata": {"name": "ops"}})
    server.put({"kind": "Service", "metadata": {"name": "gate", **where}, "spec": {"ports": [{"port": 443}]}})
    container = {"name": "gate", "image": GATE}
    server.put({"kind": "Pod", "metadata": {"name": "gate-1", **where}, "spec": {"containers": [container]}})
    address = {"ip": "10.244.1.9", "targetRef": {"kind": "Pod", "name": "gate-1"}}
    subsets = [{"addresses": [address], "ports": [{"port": 443}]}]
    server.put({"kind": "Endpoints", "metadata": {"name": "gate", **where}, "subsets": subsets})
    server.on_loop(lambda: server.world.images.update({GATE: ImageProfile(webhook=facts)}))


def create(server: Served, labels: dict[str, str] | None = None) -> tuple[int, Obj]:
    container = {"name": "web", "image": "web:1", "resources": {"limits": {"memory": "512Mi"}}}
    pod = {"metadata": {"name": "extra", "labels": labels or {}}, "spec": {"containers": [container]}}
    answer = httpx.post(server.url + PODS, json=pod, timeout=10)
    return answer.status_code, answer.json()


def test_a_webhook_without_its_service_fails_the_request(server: Served) -> None:
    server.put(configuration())
    code, status = create(server)
    assert (code, status["reason"], status["message"]) == (500, "InternalError", FAILED + 'service "gate" not found')


def test_a_webhook_without_ready_endpoints_fails_the_request_unless_failures_are_ignored(server: Served) -> None:
    backend(server)
    server.put({"kind": "Endpoints", "metadata": {"name": "gate", "namespace": "ops"}, "subsets": []})
    server.put(configuration())
    assert create(server)[1]["message"] == FAILED + 'no endpoints available for service "gate"'
    server.put(configuration(failurePolicy="Ignore"))
    assert create(server)[0] == 201


def test_a_webhook_that_answers_too_late_fails_the_request(server: Served) -> None:
    backend(server, WebhookProfile(takes=6))
    server.put(configuration())
    assert create(server)[1]["message"] == FAILED + "context deadline exceeded"


def test_a_webhook_denies_with_its_reason(server: Served) -> None:
    backend(server, WebhookProfile(denies="images have to be signed"))
    server.put(configuration())
    code, status = create(server)
    text = 'admission webhook "gate.example.com" denied the request: images have to be signed'
    assert (code, status["reason"], status["message"]) == (403, "Forbidden", text)


@pytest.mark.parametrize(
    "more",
    [
        {"namespaceSelector": {"matchLabels": {"guarded": "yes"}}},
        {"objectSelector": {"matchLabels": {"guarded": "yes"}}},
        {"rules": [{**RULE, "operations": ["DELETE"]}]},
        {"rules": [{**RULE, "resources": ["configmaps"]}]},
        {"rules": [{**RULE, "apiGroups": ["apps"]}]},
    ],
)
def test_a_webhook_is_asked_only_about_what_its_rules_and_selectors_name(server: Served, more: Obj) -> None:
    server.put(configuration(**more))
    assert create(server)[0] == 201


def test_a_mutating_webhook_changes_every_container_before_the_object_is_judged(server: Served) -> None:
    small = {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}
    shrink = {"spec": {"containers": [{"name": "*", "resources": small}]}}
    backend(server, WebhookProfile(patches=shrink))
    server.put(configuration("Mutating"))
    item = {"type": "Container", "max": {"memory": "128Mi"}}
    server.put({"kind": "LimitRange", "metadata": {"name": "small", "namespace": "shop"}, "spec": {"limits": [item]}})
    code, created = create(server)
    assert code == 201
    assert created["spec"]["containers"][0]["resources"] == small


def test_what_a_mutating_webhook_leaves_has_to_be_valid(server: Served) -> None:
    backend(
        server,
        WebhookProfile(patches={"spec": {"containers": [{"name": "*", "resources": {"limits": {"memory": "1Mi"}}}]}}),
    )
    server.put(configuration("Mutating"))
    code, status = create(server)
    assert code == 422 and status["message"].endswith("must be less than or equal to memory limit of 1Mi")


def test_a_deletion_can_be_refused_too(server: Served) -> None:
    backend(server, WebhookProfile(denies="ask first"))
    server.put(configuration(rules=[{**RULE, "operations": ["DELETE"]}]))
    answer = httpx.delete(f"{server.url}{PODS}/web-6d4f-aaaaa", timeout=10)
    assert answer.status_code == 403 and answer.json()["message"].endswith("denied the request: ask first")


def test_a_webhook_that_is_down_stops_the_pods_of_controllers_and_they_come_when_it_is_gone() -> None:
    world = small_world()
    changes.apply(world, {"kind": "Namespace", "metadata": {"name": "shop"}})
    changes.apply(world, configuration())
    deploy(world)
    failed = [e["message"] for e in world.objects.all("Event", "shop") if e["reason"] == "FailedCreate"]
    assert failed and set(failed) == {f'Error creating: {FAILED}service "gate" not found'}
    world.objects.delete("ValidatingWebhookConfiguration", "", "gate")
    world.clock.advance(60)
    (pod,) = world.objects.all("Pod", "shop")
    assert pod["status"]["phase"] == "Running"
