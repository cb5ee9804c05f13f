from __future__ import annotations

from .shop import Obj, Shop, deployment


def quota(**hard: str) -> Obj:
    names = {key.replace("_", "."): value for key, value in hard.items()}
    return {"kind": "ResourceQuota", "metadata": {"name": "team", "namespace": "shop"}, "spec": {"hard": names}}


def with_resources(replicas: int, resources: Obj) -> Obj:
    result = deployment("api", replicas=replicas)
    result["spec"]["template"]["spec"]["containers"][0]["resources"] = resources
    return result


def test_a_quota_says_what_is_used_of_it(shop: Shop) -> None:
    resources = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}}
    shop.apply(quota(pods="5", requests_cpu="200m", limits_memory="512Mi"), with_resources(3, resources))
    status = shop.get("ResourceQuota", "team")["status"]
    assert status["hard"] == {"pods": "5", "requests.cpu": "200m", "limits.memory": "512Mi"}
    assert status["used"] == {"limits.memory": "192Mi", "pods": "3", "requests.cpu": "30m"}
    shop.patch("Deployment", "api", {"spec": {"replicas": 1}}, wait=60)
    assert shop.get("ResourceQuota", "team")["status"]["used"]["pods"] == "1"


def test_pods_that_do_not_say_what_the_quota_counts_are_never_made(shop: Shop) -> None:
    shop.apply(quota(requests_cpu="200m"), deployment("api"), wait=5)
    assert shop.pods("api") == []
    assert shop.events("FailedCreate")[0].endswith(
        "is forbidden: failed quota: team: must specify requests.cpu for: api"
    )


def test_a_limit_range_says_it_for_them(shop: Shop) -> None:
    item = {"type": "Container", "default": {"cpu": "100m"}, "defaultRequest": {"cpu": "50m"}}
    limits = {"kind": "LimitRange", "metadata": {"name": "sizes", "namespace": "shop"}, "spec": {"limits": [item]}}
    shop.apply(limits, quota(requests_cpu="200m"), deployment("api"))
    assert len(shop.pods("api")) == 3
    assert shop.get("ResourceQuota", "team")["status"]["used"] == {"requests.cpu": "150m"}


def test_a_claim_in_use_outlives_its_deletion_until_the_pod_goes(shop: Shop) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    meta = {"name": "data", "namespace": "shop", "finalizers": ["kubernetes.io/pvc-protection"]}
    data = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    shop.apply({"kind": "StorageClass", "metadata": {"name": "disk"}, "provisioner": "disk.csi"})
    shop.apply({"kind": "PersistentVolumeClaim", "metadata": meta, "spec": {**spec, "storageClassName": "disk"}})
    shop.apply(deployment("db", replicas=1, pod={"volumes": [data]}))
    shop.delete("PersistentVolumeClaim", "data", wait=60)
    assert shop.get("PersistentVolumeClaim", "data")["metadata"]["deletionTimestamp"]
    shop.delete("Deployment", "db", wait=60)
    assert shop.all("PersistentVolumeClaim") == []
