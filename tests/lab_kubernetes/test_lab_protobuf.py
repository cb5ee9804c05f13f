"""What Go clients send as protobuf is read as the JSON that it stands for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.lab_kubernetes.served_cluster import Served, need_kubectl

Obj = dict[str, Any]


@pytest.fixture(autouse=True)
def kubectl_is_there() -> None:
    need_kubectl()


def read_stored(server: Served, kind: str, name: str, namespace: str = "shop") -> Obj:
    result = server.on_loop(lambda: server.world.objects.get(kind, namespace, name))
    assert result is not None
    return result


def test_a_deployment_keeps_its_numbers_and_gets_the_usual_defaults(server: Served) -> None:
    code, out = server.kubectl("create", "deployment", "api", "--image=api:1", "--replicas=0", "--port=8080")
    assert (code, out) == (0, "deployment.apps/api created\n")
    spec = read_stored(server, "Deployment", "api")["spec"]
    assert (spec["replicas"], spec["selector"]) == (0, {"matchLabels": {"app": "api"}})
    assert "minReadySeconds" not in spec and spec["strategy"]["rollingUpdate"]["maxSurge"] == "25%"
    (container,) = spec["template"]["spec"]["containers"]
    assert (container["image"], container["ports"]) == ("api:1", [{"containerPort": 8080, "protocol": "TCP"}])


def test_amounts_secrets_and_ports_have_the_types_of_their_fields(server: Served) -> None:
    server.kubectl("create", "quota", "team", "--hard=cpu=1500m,memory=1Gi")
    assert read_stored(server, "ResourceQuota", "team")["spec"]["hard"] == {"cpu": "1500m", "memory": "1Gi"}
    server.kubectl("create", "secret", "generic", "key", "--from-literal=a=b")
    assert read_stored(server, "Secret", "key")["data"] == {"a": "Yg=="}
    server.kubectl("create", "service", "clusterip", "front", "--tcp=80:http")
    (port,) = read_stored(server, "Service", "front")["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, "http")


def test_roles_budgets_and_autoscalers_come_through(server: Served) -> None:
    server.kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods", "--resource-name=web")
    rule = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["web"]}
    assert read_stored(server, "Role", "reader")["rules"] == [rule]
    server.kubectl("create", "pdb", "web", "--selector=app=web", "--min-available=50%")
    assert read_stored(server, "PodDisruptionBudget", "web")["spec"]["minAvailable"] == "50%"
    server.kubectl("autoscale", "deployment", "web", "--min=2", "--max=5", "--cpu-percent=80")
    spec = read_stored(server, "HorizontalPodAutoscaler", "web")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}


def test_a_body_of_an_unknown_kind_is_refused_by_name(server: Served) -> None:
    envelope = b"\x0a\x0c\x0a\x02v1\x12\x06Widget\x12\x00"
    answer = httpx.post(
        f"{server.url}/api/v1/namespaces/shop/pods",
        content=b"k8s\x00" + envelope,
        headers={"content-type": "application/vnd.kubernetes.protobuf"},
        timeout=10,
    )
    assert answer.status_code == 400 and 'no kind "Widget" is registered for version "v1"' in answer.json()["message"]
