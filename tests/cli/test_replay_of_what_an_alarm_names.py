"""A recorded cluster and an alarm out of a scrape: what it is about is found, and not the exporter that measured."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_cli import sre_agent

WHEN = "2026-03-04T12:00:00Z"
BEGAN = "2026-03-04T11:50:00Z"
LABELS = {"app": "books"}
TEMPLATE = {
    "containers": [{"name": "books", "image": "registry.test/books:1", "envFrom": [{"configMapRef": {"name": "x1"}}]}]
}
WAITING = {"waiting": {"reason": "CreateContainerConfigError", "message": 'configmap "x1" not found'}}
OWNED = {"apiVersion": "apps/v1", "controller": True}


BY_DEPLOYMENT: dict[str, object] = {"kind": "Deployment", "name": "books", "uid": "u-books"}
BY_SET: dict[str, object] = {"kind": "ReplicaSet", "name": "books-5c", "uid": "u-books-5c"}


def meta(name: str, owner: dict[str, object] | None = None) -> dict[str, object]:
    owners = [{**OWNED, **owner}] if owner else []
    return {"name": name, "namespace": "shop", "labels": LABELS, "creationTimestamp": BEGAN, "uid": f"u-{name}",
            "ownerReferences": owners}  # fmt: skip


def world() -> dict[str, object]:
    """Deployment shop/books, whose one pod waits for a ConfigMap that is not there."""
    template = {"metadata": {"labels": LABELS}, "spec": TEMPLATE}
    spec = {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": template}
    ready = {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": BEGAN}
    container = {"name": "books", "ready": False, "restartCount": 0, "image": "registry.test/books:1", "state": WAITING}
    status = {"phase": "Pending", "conditions": [ready], "containerStatuses": [container]}
    objects = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("books"), "spec": spec,
         "status": {"replicas": 1, "unavailableReplicas": 1}},
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta("books-5c", BY_DEPLOYMENT),
         "spec": spec, "status": {"replicas": 1}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta("books-5c-abcde", BY_SET),
         "spec": {**TEMPLATE, "nodeName": "node-1"}, "status": status},
    ]  # fmt: skip
    return {"schema": "sre-world/1", "clock": WHEN, "k8s": {"objects": objects}}


def test_an_alarm_on_a_namespace_finds_what_is_ill_in_it(tmp_path: Path) -> None:
    scrape = {"job": "kube-state-metrics", "instance": "10.1.0.9:8080", "service": "mon-kube-state-metrics"}
    more = {"endpoint": "http-metrics", "container": "kube-state-metrics"}
    labels = {"alertname": "PodsNotReady", "namespace": "shop", **scrape, **more}
    alert = {"status": "firing", "labels": labels, "annotations": {"summary": "Pods are not ready"}, "startsAt": WHEN}
    payload = {"version": "4", "status": "firing", "receiver": "r", "alerts": [alert]}
    trigger = {"type": "alarm", "format": "alertmanager-v4", "payload": payload}
    (tmp_path / "world.json").write_text(json.dumps(world()))
    (tmp_path / "trigger.json").write_text(json.dumps(trigger))
    words = ("replay", "world.json", "--trigger", "trigger.json", "--approve", "never", "--out", "result.json")
    done = sre_agent(*words, cwd=tmp_path)
    assert (tmp_path / "result.json").exists(), done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["root_cause"]["failure_class"] == "config_missing"
    assert "shop/books" in result["statement"] and "x1" in result["statement"]
