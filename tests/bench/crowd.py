"""Scenarios of any size: many nodes, Deployments of equal pods behind Services, nothing wrong with them."""

from __future__ import annotations

from typing import Any

from sre_lab.scenario import Scenario

DEPLOYMENTS_PER_NAMESPACE = 10
IMAGE = "registry.crowd.test/app:1.0.0"
ALARM = {
    "name": "app-000-5xx",
    "metric_namespace": "Shop/Services",
    "metric": "HTTPCode_Target_5XX_Count",
    "dimensions": {"Service": "app-000"},
    "threshold": 5,
}


def crowd(*, nodes: int, deployments: int, replicas: int, history: str) -> Scenario:
    """`deployments` × `replicas` pods on `nodes` nodes, made `history` ago; a tenth of the Services has traffic."""
    return Scenario.model_validate(document(nodes=nodes, deployments=deployments, replicas=replicas, history=history))


def document(*, nodes: int, deployments: int, replicas: int, history: str) -> dict[str, Any]:
    """The same as the content of a scenario file."""
    places = [(f"team-{number // DEPLOYMENTS_PER_NAMESPACE:02}", f"app-{number:03}") for number in range(deployments)]
    return {
        "name": "crowd",
        "title": "Many pods and no fault",
        "story": "Every Deployment was created at the beginning of the history and is well.",
        "cluster": {"name": "crowd", "account": "111122223333", "region": "eu-west-1", "nodes": nodes},
        "history": history,
        "seed": 1,
        "images": {IMAGE: {"ready_after": 0.5, "log": [{"at": "0.2s", "line": "{time} INFO listening on :8080"}]}},
        "manifests": [one for place in places for one in (_deployment(*place, replicas), _service(*place))],
        "traffic": [{"service": name, "namespace": namespace, "rate": 20} for namespace, name in places[::10]],
        "alarms": [ALARM],
        "trigger": ALARM["name"],
        "expected": {
            "causes": [],
            "end": {"outcome": "remediated", "reason": "no_fault"},
            "healed": [{"alarm": {"name": ALARM["name"], "ok_for": "60s"}}],
        },
    }


def _deployment(namespace: str, name: str, replicas: int) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 5}
    resources = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}
    container = {
        "name": "app",
        "image": IMAGE,
        "ports": [{"containerPort": 8080, "name": "http"}],
        "resources": resources,
        "readinessProbe": probe,
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    meta = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def _service(namespace: str, name: str) -> dict[str, Any]:
    spec = {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
