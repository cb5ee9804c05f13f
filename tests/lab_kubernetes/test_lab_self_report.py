"""What the API server says about itself and its kinds."""

from __future__ import annotations

import httpx

from tests.clients.lab import small_world
from tests.lab_kubernetes.served_cluster import Served


def get(server: Served, path: str) -> httpx.Response:
    return httpx.get(server.url + path, timeout=10)


def test_health_is_told_in_a_word_or_check_by_check(server: Served) -> None:
    assert get(server, "/livez").text == "ok"
    lines = get(server, "/readyz?verbose").text.splitlines()
    assert lines[:3] == ["[+]ping ok", "[+]log ok", "[+]informer-sync ok"]
    assert lines[-1] == "readyz check passed"


def test_metrics_count_the_stored_objects(server: Served) -> None:
    lines = get(server, "/metrics").text.splitlines()
    assert 'apiserver_storage_objects{resource="Pod"} 2' in lines
    assert 'aggregator_unavailable_apiservice{name="v1beta1.metrics.k8s.io"} 1' in lines


def test_component_statuses_come_with_the_warning_that_they_are_old(server: Served) -> None:
    answer = get(server, "/api/v1/componentstatuses")
    assert answer.headers["warning"] == '299 - "v1 ComponentStatus is deprecated in v1.19+"'
    assert [item["metadata"]["name"] for item in answer.json()["items"]] == [
        "etcd-0",
        "controller-manager",
        "scheduler",
    ]
    assert get(server, "/api/v1/componentstatuses/nope").status_code == 404


def test_a_cluster_has_an_available_api_service_for_each_group_that_it_serves() -> None:
    services = small_world().objects.all("APIService")
    names = {service["metadata"]["name"] for service in services}
    assert {"v1.", "v1.apps", "v2.autoscaling", "v1.rbac.authorization.k8s.io"} <= names
    assert all(s["status"]["conditions"][0]["status"] == "True" for s in services)


def test_metrics_are_no_api_of_a_cluster_without_a_metrics_server(server: Served) -> None:
    groups = [g["name"] for g in get(server, "/apis").json()["groups"]]
    assert "metrics.k8s.io" in groups
    server.on_loop(lambda: server.world.objects.delete("APIService", "", "v1beta1.metrics.k8s.io"))
    server.put({"kind": "APIService", "metadata": {"name": "v1.apps"}, "spec": {}})
    assert "metrics.k8s.io" not in [g["name"] for g in get(server, "/apis").json()["groups"]]
    assert get(server, "/apis/metrics.k8s.io/v1beta1/nodes").text == "404 page not found\n"


def test_schemas_explain_their_fields_and_name_what_is_required(server: Served) -> None:
    index = get(server, "/openapi/v3").json()["paths"]
    schemas = get(server, index["apis/apps/v1"]["serverRelativeURL"]).json()["components"]["schemas"]
    deployment = schemas["io.k8s.api.v1.Deployment"]
    assert deployment["description"].startswith("Deployment enables declarative updates for Pods")
    spec = schemas["io.k8s.api.v1.DeploymentSpec"]
    assert spec["required"] == ["selector", "template"]
    assert spec["properties"]["paused"]["description"] == "Indicates that the deployment is paused."


def test_an_ephemeral_container_enters_a_pod_and_stays(server: Served) -> None:
    path = f"{server.url}/api/v1/namespaces/shop/pods/web-6d4f-aaaaa/ephemeralcontainers"
    headers = {"content-type": "application/strategic-merge-patch+json"}

    def patch(**more: str) -> httpx.Response:
        container = {"name": "look", "image": "tools:1", **more}
        return httpx.patch(path, json={"spec": {"ephemeralContainers": [container]}}, headers=headers, timeout=10)

    refused = patch(targetContainerName="nope").json()["message"]
    assert refused.endswith('spec.ephemeralContainers[0].targetContainerName: Not found: "nope"')
    (created,) = patch(targetContainerName="web").json()["spec"]["ephemeralContainers"]
    assert (created["name"], created["imagePullPolicy"]) == ("look", "IfNotPresent")
    assert "may not be changed" in patch(image="tools:2").json()["message"]
