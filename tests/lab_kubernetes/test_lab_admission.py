"""What a namespace's quotas and limits do to objects that clients create."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
PODS = "/api/v1/namespaces/shop/pods"


def create(server: Served, path: str, obj: Obj) -> tuple[int, Obj]:
    answer = httpx.post(server.url + path, json=obj, timeout=10)
    return answer.status_code, answer.json()


def pod(resources: Obj | None = None) -> Obj:
    container = {"name": "web", "image": "web:1", "resources": resources or {}}
    return {"metadata": {"name": "extra"}, "spec": {"containers": [container]}}


def put(server: Served, kind: str, name: str, spec: Obj) -> None:
    server.put({"kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})


def test_a_pod_beyond_the_quota_is_forbidden(server: Served) -> None:
    put(server, "ResourceQuota", "team", {"hard": {"pods": "2"}})
    code, status = create(server, PODS, pod())
    assert (code, status["reason"], status["details"]) == (403, "Forbidden", {"name": "extra", "kind": "pods"})
    assert status["message"] == (
        'pods "extra" is forbidden: exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2'
    )


def test_a_quota_on_resources_wants_them_said(server: Served) -> None:
    put(server, "ResourceQuota", "team", {"hard": {"limits.memory": "512Mi", "requests.cpu": "200m"}})
    code, status = create(server, PODS, pod())
    assert (code, status["message"]) == (
        403,
        'pods "extra" is forbidden: failed quota: team: must specify limits.memory for: web; requests.cpu for: web',
    )
    large = {"limits": {"memory": "1Gi"}, "requests": {"cpu": "250m"}}
    assert create(server, PODS, pod(large))[1]["message"].endswith(
        "exceeded quota: team, requested: limits.memory=1Gi,requests.cpu=250m, "
        "used: limits.memory=0,requests.cpu=0, limited: limits.memory=512Mi,requests.cpu=200m"
    )
    assert create(server, PODS, pod({"limits": {"memory": "64Mi"}, "requests": {"cpu": "50m"}}))[0] == 201


@pytest.mark.parametrize("key", ["configmaps", "count/configmaps"])
def test_a_quota_counts_other_kinds_too(server: Served, key: str) -> None:
    put(server, "ResourceQuota", "team", {"hard": {key: "1"}})
    path = "/api/v1/namespaces/shop/configmaps"
    assert create(server, path, {"metadata": {"name": "one"}})[0] == 201
    code, status = create(server, path, {"metadata": {"name": "two"}})
    assert code == 403
    assert status["message"].endswith(f"requested: {key}=1, used: {key}=1, limited: {key}=1")


def test_a_limit_range_gives_what_a_container_does_not_say(server: Served) -> None:
    item = {"type": "Container", "default": {"memory": "128Mi"}, "defaultRequest": {"cpu": "50m", "memory": "64Mi"}}
    put(server, "LimitRange", "defaults", {"limits": [item]})
    code, created = create(server, PODS, pod())
    assert code == 201
    assert created["spec"]["containers"][0]["resources"] == {
        "limits": {"memory": "128Mi"},
        "requests": {"cpu": "50m", "memory": "64Mi"},
    }
    note = "LimitRanger plugin set: cpu, memory request for container web; memory limit for container web"
    assert created["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == note
    assert created["status"]["qosClass"] == "Burstable"


@pytest.mark.parametrize(
    ("item", "resources", "problem"),
    [
        (
            {"max": {"memory": "1Gi"}},
            {"limits": {"memory": "2Gi"}},
            "maximum memory usage per Container is 1Gi, but limit",
        ),
        (
            {"min": {"cpu": "100m"}},
            {"requests": {"cpu": "50m"}},
            "minimum cpu usage per Container is 100m, but request",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "100m"}, "limits": {"cpu": "1"}},
            "cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000",
        ),
    ],
)
def test_a_size_that_a_limit_range_does_not_allow_is_forbidden(
    server: Served, item: Obj, resources: Obj, problem: str
) -> None:
    put(server, "LimitRange", "sizes", {"limits": [{"type": "Container", **item}]})
    code, status = create(server, PODS, pod(resources))
    assert code == 403 and status["message"].startswith(f'pods "extra" is forbidden: {problem}')


def test_several_violations_are_told_together(server: Served) -> None:
    item = {"type": "Container", "max": {"cpu": "1", "memory": "1Gi"}}
    put(server, "LimitRange", "sizes", {"limits": [item]})
    message = create(server, PODS, pod({"limits": {"cpu": "2", "memory": "2Gi"}}))[1]["message"]
    assert message == (
        'pods "extra" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, '
        "maximum memory usage per Container is 1Gi, but limit is 2Gi]"
    )


def test_a_claim_is_held_to_its_limits(server: Served) -> None:
    item = {"type": "PersistentVolumeClaim", "max": {"storage": "10Gi"}}
    put(server, "LimitRange", "sizes", {"limits": [item]})
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "50Gi"}}}
    path = "/api/v1/namespaces/shop/persistentvolumeclaims"
    code, status = create(server, path, {"metadata": {"name": "data"}, "spec": spec})
    text = "maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 50Gi"
    assert (code, status["message"]) == (403, f'persistentvolumeclaims "data" is forbidden: {text}')


def test_a_dry_run_meets_the_quota_as_well(server: Served) -> None:
    put(server, "ResourceQuota", "team", {"hard": {"pods": "2"}})
    assert create(server, f"{PODS}?dryRun=All", pod())[0] == 403
