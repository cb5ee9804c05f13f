"""The official Python client, unchanged, works against the lab."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import kubernetes
import pytest
from kubernetes import dynamic

from tests.lab_kubernetes.served_cluster import NOW, Served


@pytest.fixture
def core(server: Served) -> kubernetes.client.CoreV1Api:
    return kubernetes.client.CoreV1Api(server.client())


@pytest.fixture
def apps(server: Served) -> kubernetes.client.AppsV1Api:
    return kubernetes.client.AppsV1Api(server.client())


def test_lists_page_with_a_continue_token(core: kubernetes.client.CoreV1Api) -> None:
    first = core.list_namespaced_pod("shop", limit=1)
    second = core.list_namespaced_pod("shop", limit=1, _continue=first.metadata._continue)
    assert [i.metadata.name for i in first.items + second.items] == ["web-6d4f-aaaaa", "web-6d4f-bbbbb"]
    assert first.metadata.remaining_item_count == 1 and second.metadata._continue is None


def test_objects_are_created_replaced_and_deleted(apps: kubernetes.client.AppsV1Api) -> None:
    labels = {"app": "new"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "x/y:1"}]}}
    body = {"metadata": {"name": "new"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}
    created = apps.create_namespaced_deployment("shop", body)
    assert created.spec.replicas == 1 and created.metadata.generation == 1
    assert created.spec.template.spec.containers[0].image_pull_policy == "IfNotPresent"
    created.spec.replicas = 3
    after = apps.replace_namespaced_deployment("new", "shop", created)
    assert after.metadata.generation == 2 and after.metadata.resource_version != created.metadata.resource_version
    with pytest.raises(kubernetes.client.ApiException) as refused:
        apps.replace_namespaced_deployment("new", "shop", created)
    assert refused.value.status == 409
    apps.delete_namespaced_deployment("new", "shop")
    with pytest.raises(kubernetes.client.ApiException) as refusal:
        apps.read_namespaced_deployment("new", "shop")
    assert refusal.value.status == 404


def test_patches_and_scale_keep_status_out_of_reach(apps: kubernetes.client.AppsV1Api) -> None:
    apps.patch_namespaced_deployment("web", "shop", {"spec": {"replicas": 5}, "status": {"readyReplicas": 99}})
    assert apps.patch_namespaced_deployment_scale("web", "shop", {"spec": {"replicas": 3}}).spec.replicas == 3
    assert apps.read_namespaced_deployment_scale("web", "shop").status.selector == "app=web"
    result = apps.patch_namespaced_deployment("web", "shop", [{"op": "add", "path": "/spec/paused", "value": True}])
    assert (result.spec.replicas, result.status.ready_replicas) == (3, 2)


def test_the_status_subresource_changes_only_the_status(apps: kubernetes.client.AppsV1Api) -> None:
    body = {"spec": {"replicas": 9}, "status": {"observedGeneration": 1, "readyReplicas": 1}}
    after = apps.patch_namespaced_deployment_status("web", "shop", body)
    assert (after.spec.replicas, after.status.ready_replicas, after.metadata.generation) == (2, 1, 1)


def test_logs_events_and_evictions(core: kubernetes.client.CoreV1Api) -> None:
    assert core.read_namespaced_pod_log("web-6d4f-aaaaa", "shop", tail_lines=1) == "line 9\n"
    events = core.list_namespaced_event("shop", field_selector="involvedObject.name=web-6d4f-bbbbb,type=Warning")
    assert [(e.reason, e.count) for e in events.items] == [("BackOff", 25)]
    eviction = kubernetes.client.V1Eviction(metadata=kubernetes.client.V1ObjectMeta(name="web-6d4f-aaaaa"))
    core.create_namespaced_pod_eviction("web-6d4f-aaaaa", "shop", eviction)
    missing = core.read_namespaced_pod("web-6d4f-aaaaa", "shop")
    assert missing.metadata.deletion_timestamp == datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=30)


def test_the_dynamic_client_finds_kinds_by_discovery(server: Served) -> None:
    client = dynamic.DynamicClient(server.client())
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    assert deployments.get(name="web", namespace="shop").spec.replicas == 2
    autoscalers = client.resources.get(api_version="autoscaling/v1", kind="HorizontalPodAutoscaler")
    assert autoscalers.get(namespace="shop").items == []
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 60}
    created = autoscalers.create({"metadata": {"name": "web"}, "spec": spec}, namespace="shop")
    assert created.status.to_dict() == {"currentReplicas": 0, "desiredReplicas": 0}


def test_metrics_come_through_the_custom_objects_api(server: Served) -> None:
    custom = kubernetes.client.CustomObjectsApi(server.client())
    result = custom.list_namespaced_custom_object("metrics.k8s.io", "v1beta1", "shop", "pods")
    assert result["items"][0]["containers"] == [{"name": "web", "usage": {"cpu": "25000000n", "memory": "49152Ki"}}]


def test_delete_collection_takes_what_the_selector_takes(core: kubernetes.client.CoreV1Api) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {})):
        core.create_namespaced_config_map("shop", {"metadata": {"name": name, "labels": labels}})
    core.delete_collection_namespaced_config_map("shop", label_selector="x=1")
    assert [c.metadata.name for c in core.list_namespaced_config_map("shop").items] == ["b"]


def test_every_answer_is_dated_by_the_world(server: Served) -> None:
    for path in ("/version", "/api/v1/namespaces/shop/pods", "/nowhere"):
        dates = httpx.get(server.url + path).headers.get_list("date")
        assert [parsedate_to_datetime(d).timestamp() for d in dates] == [NOW]


def test_a_request_first_brings_the_world_up_to_date(server: Served) -> None:
    clock = server.world.clock

    def missing() -> None:
        server.world.objects.delete("Service", "shop", "web")

    def soon() -> None:
        clock.after(0.05, missing)
        clock.follow_wall()

    server.on_loop(soon)
    core = kubernetes.client.CoreV1Api(server.client())
    for _ in range(200):
        if not core.list_namespaced_service("shop").items:
            return
    pytest.fail("the event that was due never ran")


def test_access_reviews_answer_by_refusals(server: Served) -> None:
    authorization = kubernetes.client.AuthorizationV1Api(server.client())
    body = {"spec": {"resourceAttributes": {"verb": "delete", "resource": "pods", "namespace": "shop"}}}
    assert authorization.create_self_subject_access_review(body).status.allowed is True


def test_the_two_faces_of_events_show_the_same_event(server: Served) -> None:
    result = httpx.get(f"{server.url}/apis/events.k8s.io/v1/namespaces/shop/events").json()["items"][0]
    assert result["regarding"]["name"] == "web-6d4f-bbbbb" and result["note"] == "Back-off restarting"
