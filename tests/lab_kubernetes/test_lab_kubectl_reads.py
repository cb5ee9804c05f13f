"""kubectl, unchanged, reads the lab."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.lab_kubernetes.served_cluster import Served, need_kubectl, stamp


@pytest.fixture(autouse=True)
def kubectl_is_there() -> None:
    need_kubectl()


def columns(line: str) -> list[str]:
    return [c.strip() for c in line.split("  ") if c.strip()]


def test_get_pods_prints_the_status_that_the_containers_are_in(server: Served) -> None:
    code, out = server.kubectl("get", "pods", "-o", "wide")
    rows = [columns(line) for line in out.splitlines()]
    assert code == 0
    assert rows[0][:7] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    assert rows[1][:6] == ["web-6d4f-aaaaa", "1/1", "Running", "0", "30m", "10.244.1.5"]
    assert rows[2][:5] == ["web-6d4f-bbbbb", "0/1", "CrashLoopBackOff", "5 (2m ago)", "30m"]


def test_get_all_lists_every_workload_of_the_namespace(server: Served) -> None:
    _, out = server.kubectl("get", "all")
    assert "deployment.apps/web   2/2     2            2           60m" in out
    assert "replicaset.apps/web-5c9b   0         0         0       60m" in out
    assert "80/TCP" in out


def test_get_gives_yaml_json_jsonpath_and_custom_columns(server: Served) -> None:
    _, text = server.kubectl("get", "deployment", "web", "-o", "yaml")
    assert yaml.safe_load(text)["spec"]["progressDeadlineSeconds"] == 600
    _, text = server.kubectl("get", "pods", "-o", "json")
    assert [i["kind"] for i in json.loads(text)["items"]] == ["Pod", "Pod"]
    _, text = server.kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.name}")
    assert text == "web-6d4f-aaaaa web-6d4f-bbbbb"
    _, text = server.kubectl("get", "pods", "-o", "custom-columns=N:.metadata.name,P:.status.phase")
    assert [line.split() for line in text.splitlines()[:2]] == [["N", "P"], ["web-6d4f-aaaaa", "Running"]]


def test_selectors_and_sorting_narrow_a_list(server: Served) -> None:
    _, out = server.kubectl("get", "pods", "-l", "app in (web),tier!=front", "--sort-by=.metadata.name", "-o", "name")
    assert out.split() == ["pod/web-6d4f-aaaaa", "pod/web-6d4f-bbbbb"]
    _, out = server.kubectl("get", "pods", "-A", "--field-selector", "spec.nodeName=node-2")
    assert out.strip() == "No resources found"


def test_get_watch_prints_the_list_first(server: Served) -> None:
    out = server.follow("get", "pods", "-w", enough=lambda text: text.count("\n") == 3)
    assert [line.split()[0] for line in out.splitlines()[:3]] == ["NAME", "web-6d4f-aaaaa", "web-6d4f-bbbbb"]


def test_describe_tells_state_conditions_and_events_of_a_pod(server: Served) -> None:
    code, out = server.kubectl("describe", "pod", "web-6d4f-bbbbb")
    assert code == 0
    for text in ("Reason:       CrashLoopBackOff", "Exit Code:    1", "Restart Count:  5", "(x25 over"):
        assert text in out


def test_describe_works_for_deployment_service_and_node(server: Served) -> None:
    _, out = server.kubectl("describe", "deployment", "web")
    assert "2 desired | 2 updated | 2 total | 2 available" in out and "web-6d4f (2/2 replicas created)" in out
    _, out = server.kubectl("describe", "service", "web")
    assert "TargetPort:               8080/TCP" in out
    _, out = server.kubectl("describe", "node", "node-1")
    assert "Non-terminated Pods:          (2 in total)" in out and "leases.coordination.k8s.io" in out


def test_logs_are_cut_by_tail_and_since_and_stamped(server: Served) -> None:
    assert server.kubectl("logs", "web-6d4f-aaaaa", "--tail=2")[1].split("\n")[:2] == ["line 8", "line 9"]
    _, out = server.kubectl("logs", "web-6d4f-aaaaa", "--since=22s", "--timestamps")
    assert out.splitlines()[0].startswith("2026-09-21T14:12:58.000000000Z line 8")


def test_logs_of_a_container_in_back_off_are_those_of_its_last_run(server: Served) -> None:
    assert server.kubectl("logs", "web-6d4f-bbbbb")[1] == "panic: the last run\n"
    assert server.kubectl("logs", "web-6d4f-bbbbb", "--previous")[1] == "panic: the last run\n"
    code, out = server.kubectl("logs", "web-6d4f-aaaaa", "--previous")
    assert code == 1
    assert 'previous terminated container "web" in pod "web-6d4f-aaaaa" not found' in out


def test_top_reads_usage_of_pods_containers_and_nodes(server: Served) -> None:
    assert columns(server.kubectl("top", "pods")[1].splitlines()[1]) == ["web-6d4f-aaaaa", "25m", "48Mi"]
    assert "50m" in server.kubectl("top", "nodes")[1]


def test_events_lists_events_of_one_object(server: Served) -> None:
    _, out = server.kubectl("events", "--for", "pod/web-6d4f-bbbbb")
    assert "Pod/web-6d4f-bbbbb" in out and "Back-off restarting" in out
    _, out = server.kubectl("get", "events")
    assert columns(out.splitlines()[1]) == ["60s", "Warning", "BackOff", "pod/web-6d4f-bbbbb", "Back-off restarting"]


def test_wait_returns_when_the_condition_holds_and_times_out_when_it_does_not(server: Served) -> None:
    assert server.kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=60s")[0] == 0
    code, out = server.kubectl("wait", "--for=condition=Ready", "pod/web-6d4f-bbbbb", "--timeout=1s")
    assert code == 1 and "timed out waiting" in out


def test_what_the_lab_does_not_do_is_refused_with_a_reason(server: Served) -> None:
    code, out = server.kubectl("port-forward", "web-6d4f-aaaaa", "0:8080")
    assert code == 1 and "does not do portforward" in out


def test_explain_and_api_resources_know_the_kinds(server: Served) -> None:
    assert "rollingUpdate" in server.kubectl("explain", "deployment.spec.strategy")[1]
    assert "poddisruptionbudgets                pdb" in server.kubectl("api-resources")[1]


def test_a_missing_object_and_a_missing_kind_are_named(server: Served) -> None:
    assert server.kubectl("get", "pod", "nope")[1] == 'Error from server (NotFound): pods "nope" not found\n'
    assert "the server doesn't have a resource type" in server.kubectl("get", "widgets")[1]


def test_every_printed_kind_has_a_row_for_a_bare_object(server: Served) -> None:
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    rules = [{"host": "shop.example.com"}]
    bare: list[dict[str, Any]] = [
        {"kind": "PersistentVolumeClaim", "spec": claim},
        {"kind": "StorageClass", "provisioner": "ebs.csi.aws.com"},
        {"kind": "Ingress", "spec": {"rules": rules}},
        {"kind": "NetworkPolicy", "spec": {"podSelector": {}}},
        {"kind": "PodDisruptionBudget", "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}},
        {"kind": "ResourceQuota", "spec": {"hard": {"pods": "3", "limits.memory": "1Gi"}}},
        {"kind": "CronJob", "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": {}}}}},
        {
            "kind": "HorizontalPodAutoscaler",
            "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "w"}},
        },
        {"kind": "Role", "rules": []},
        {"kind": "Lease", "spec": {"holderIdentity": "node-1"}},
        {"kind": "RuntimeClass", "handler": "runc"},
    ]
    for obj in bare:
        server.put(obj | {"metadata": {"name": "x", "namespace": "shop", "creationTimestamp": stamp(60)}})
    rendered = {
        "pvc": "x      Pending",
        "storageclass": "ebs.csi.aws.com   Delete",
        "ingress": "shop.example.com",
        "netpol": "<none>",
        "pdb": "1               N/A               0",
        "quota": "pods: 0/3   limits.memory: 0/1Gi",
        "cronjob": "*/5 * * * *   <none>     False",
        "hpa": "Deployment/w   cpu: <unknown>/80%",
        "role": "2026-09-21T14:12:20Z",
        "lease": "node-1",
        "runtimeclass": "60s",
    }
    for name, expected in rendered.items():
        code, out = server.kubectl("get", name)
        assert (code, expected in out) == (0, True), out
