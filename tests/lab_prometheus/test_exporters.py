"""What the cluster's exporters tell, asked as the rules and dashboards of kube-prometheus ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from sre_lab.containers import kubelets
from sre_lab.history import build
from sre_lab.kubernetes import api as kubernetes_api
from sre_lab.scenario import Scenario
from tests.lab_telemetry.conftest import SHOP, START, Lab

STATE = 'job="kube-state-metrics"'
CADVISOR = 'job="kubelet",metrics_path="/metrics/cadvisor"'
EXPORTER = 'job="node-exporter"'
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data", "namespace": "default"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "5Gi"}},
    },
}
CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "fast"},
    "provisioner": "ebs.csi.aws.com",
}
KEEPER = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "keeper", "namespace": "default"},
    "spec": {
        "containers": [
            {
                "name": "keeper",
                "image": "keeper:1",
                "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}},
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }
        ],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
    },
}
MANIFESTS = [*SHOP["manifests"], CLASS, CLAIM, KEEPER]
ASKED = [
    f'sum by (cluster, namespace, pod, container) (rate(container_cpu_usage_seconds_total{{{CADVISOR},image!=""}}[5m]))'
    f' * on (cluster, namespace, pod) group_left(node) topk by (cluster, namespace, pod) (1, max by (cluster, '
    f'namespace, pod, node) (kube_pod_info{{node!=""}}))',
    f'container_memory_working_set_bytes{{{CADVISOR},image!=""}} * on (cluster, namespace, pod) group_left(node) topk '
    f'by (cluster, namespace, pod) (1, max by (cluster, namespace, pod, node) (kube_pod_info{{node!=""}}))',
    f"kube_pod_container_resource_requests{{resource=\"memory\",{STATE}}} * on (namespace, pod, cluster) "
    f'group_left() max by (namespace, pod, cluster) (kube_pod_status_phase{{phase=~"Pending|Running"}} == 1)',
    f'max by (cluster, namespace, workload, pod) (label_replace(label_replace(kube_pod_owner{{{STATE},owner_kind="'
    f'ReplicaSet"}}, "replicaset", "$1", "owner_name", "(.*)") * on (replicaset, namespace, cluster) group_left('
    f"owner_name) topk by (cluster, replicaset, namespace) (1, max by (cluster, replicaset, namespace, owner_name) ("
    f'kube_replicaset_owner{{{STATE},owner_kind=""}} or kube_replicaset_owner{{{STATE}}})), "workload", "$1", '
    f'"owner_name", "(.*)"))',
    f"sum by (container, pod, namespace) (increase(container_cpu_cfs_throttled_periods_total{{container!=\"\","
    f"{CADVISOR}}}[5m])) / sum by (container, pod, namespace) (increase(container_cpu_cfs_periods_total{{{CADVISOR}}}"
    f"[5m]))",
    f"kube_deployment_status_observed_generation{{{STATE}}} == kube_deployment_metadata_generation{{{STATE}}}",
    f"time() - kube_pod_start_time{{{STATE}}}",
    f"kube_pod_created{{{STATE}}} <= kube_pod_start_time",
    f'kube_endpoint_address{{{STATE},ready="true"}}',
    "kube_endpoint_address_available - kube_endpoint_address_not_ready",
    'kubelet_volume_stats_capacity_bytes{job="kubelet",namespace=~".*",metrics_path="/metrics"}',
    f'kube_persistentvolumeclaim_status_phase{{phase="Bound",{STATE}}} == 1',
    "kube_persistentvolumeclaim_resource_requests_storage_bytes == 5 * 1024 * 1024 * 1024",
    f'absent(up{{job="alertmanager"}}) * 0 + scalar(min(up{{job=~"kubelet|{EXPORTER[5:-1]}|apiserver"}}))',
    f"count without (cpu, mode) (node_cpu_seconds_total{{{EXPORTER},mode=\"idle\"}})",
    f'1 - avg without (cpu) (sum without (mode) (rate(node_cpu_seconds_total{{{EXPORTER},mode=~"idle|iowait|steal"}}'
    f"[5m])))",
    f"1 - ((node_memory_MemAvailable_bytes{{{EXPORTER}}} or (node_memory_Buffers_bytes{{{EXPORTER}}} + "
    f"node_memory_Cached_bytes{{{EXPORTER}}})) / node_memory_MemTotal_bytes{{{EXPORTER}}})",
    f'node_filesystem_avail_bytes{{{EXPORTER},fstype!="",mountpoint!=""}} / node_filesystem_size_bytes{{{EXPORTER},'
    f'fstype!="",mountpoint!=""}} * 100 and node_filesystem_readonly{{{EXPORTER},fstype!="",mountpoint!=""}} == 0',
    f'sum without (device) (rate(node_network_receive_bytes_total{{{EXPORTER},device!="lo"}}[5m]))',
    f'max by (node, instance, cluster) (kubelet_running_pods{{job="kubelet",metrics_path="/metrics"}}) / on (node, '
    f'cluster) group_left() max by (node, cluster) (kube_node_status_capacity{{{STATE},resource="pods"}})',
    'sum by (node) (rate(container_cpu_usage_seconds_total{container!=""}[5m])) / on (node) '
    'kube_node_status_allocatable{resource="cpu"}',
]  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    lab = Lab(build(Scenario.model_validate({**SHOP, "manifests": MANIFESTS}), now=START))
    yield lab
    lab.close()


@pytest.mark.parametrize("promql", ASKED)
def test_what_kube_prometheus_asks_has_an_answer(lab: Lab, promql: str) -> None:
    assert lab.query(promql)


def test_what_an_object_told_is_kept_and_ends_with_it(shop: Callable[..., Lab]) -> None:
    lab = shop()
    [pod] = [labels["pod"] for labels, _ in lab.query('kube_pod_info{namespace="default"}')][:1]
    phases = f'kube_pod_status_phase{{pod="{pod}"}} == 1'
    assert [labels["phase"] for labels, _ in lab.query(phases)] == ["Running"]
    lab.on_loop(lambda: lab.world.objects.delete("Pod", "default", pod))
    lab.advance(60)
    assert lab.query(phases) == [] and lab.query(f'kube_pod_owner{{pod="{pod}"}}') == []
    assert [labels["phase"] for labels, _ in lab.query(f'kube_pod_status_phase{{pod="{pod}"}} offset 2m == 1')] == [
        "Running"
    ]
    assert lab.query(f'max_over_time(kube_pod_info{{pod="{pod}"}}[5m])')[0][1] == 1.0


def test_a_container_that_needs_more_than_its_limit_is_held_back_in_each_period(shop: Callable[..., Lab]) -> None:
    web = {**SHOP["images"]["cart:1"], "cpu_per_request": "100m"}
    [deployment, *others] = SHOP["manifests"]
    template = deployment["spec"]["template"]
    container = {**template["spec"]["containers"][0], "resources": {"limits": {"cpu": "50m"}}}
    tight = {**template, "spec": {**template["spec"], "containers": [container]}}
    changed = {**deployment, "spec": {**deployment["spec"], "template": tight}}
    lab = shop(images={**SHOP["images"], "cart:1": web}, manifests=[changed, *others], faults=[])
    text = "increase(container_cpu_cfs_throttled_periods_total[5m]) / increase(container_cpu_cfs_periods_total[5m])"
    assert all(share == pytest.approx(1.0, abs=0.05) for _, share in lab.query(text))
    assert len(lab.query(text)) == 2


def test_the_api_server_counts_what_it_answers(shop: Callable[..., Lab]) -> None:
    lab = shop()
    client = TestClient(kubernetes_api.app(lab.world, kubelets()))
    for path in ("pods", "pods", "pods/none"):
        client.get(f"/api/v1/namespaces/default/{path}")
    lab.advance(2)
    answer = lab.query('sum by (verb, resource, scope, code) (apiserver_request_total{job="apiserver"})')
    assert answer == [
        ({"verb": "LIST", "resource": "pods", "scope": "namespace", "code": "200"}, 2.0),
        ({"verb": "GET", "resource": "pods", "scope": "resource", "code": "404"}, 1.0),
    ]
