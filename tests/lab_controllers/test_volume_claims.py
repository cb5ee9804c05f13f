from __future__ import annotations

from .shop import Obj, Shop, deployment


def claim(size: str = "5Gi", **spec: object) -> Obj:
    body = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"}, "spec": body}


def storage_class(name: str, *, default: bool = False, **fields: object) -> Obj:
    note = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    return {
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": note},
        "provisioner": "disk.csi",
        **fields,
    }


def volume(name: str, size: str, **spec: object) -> Obj:
    body = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, **spec}
    return {"kind": "PersistentVolume", "metadata": {"name": name}, "spec": body}


def database() -> Obj:
    data = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    return deployment("db", replicas=1, pod={"volumes": [data]})


def phase(shop: Shop, kind: str = "PersistentVolumeClaim", name: str = "data") -> str:
    result = shop.world.objects.get(kind, "" if kind == "PersistentVolume" else "shop", name)
    assert result is not None
    return str(result["status"]["phase"])


def about_claim(shop: Shop) -> dict[str, Obj]:
    return {e["reason"]: e for e in shop.all("Event") if e["involvedObject"]["kind"] == "PersistentVolumeClaim"}


def test_a_claim_of_a_class_that_does_not_exist_waits_and_keeps_saying_so(shop: Shop) -> None:
    shop.apply(claim(storageClassName="fast-ssd"), database(), wait=62)
    assert phase(shop) == "Pending"
    event = about_claim(shop)["ProvisioningFailed"]
    assert event["message"] == 'storageclass.storage.k8s.io "fast-ssd" not found'
    assert (event["type"], event["source"]) == ("Warning", {"component": "persistentvolume-controller"})
    assert event["count"] == 5  # at once, then each 15 s
    assert shop.events("FailedScheduling")[0].startswith(
        "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption:"
    )


def test_the_missing_class_heals_the_claim_and_its_pod(shop: Shop) -> None:
    shop.apply(claim(storageClassName="fast-ssd"), database(), wait=60)
    shop.apply(storage_class("fast-ssd"), wait=30)
    bound = shop.get("PersistentVolumeClaim", "data")
    name = f"pvc-{bound['metadata']['uid']}"
    assert (phase(shop), bound["spec"]["volumeName"], phase(shop, "PersistentVolume", name)) == ("Bound", name, "Bound")
    assert bound["status"]["capacity"] == {"storage": "5Gi"}
    assert [p["status"]["phase"] for p in shop.pods("db")] == ["Running"]


def test_a_claim_that_names_no_class_takes_the_default_one(shop: Shop) -> None:
    shop.apply(claim(), wait=5)
    assert about_claim(shop)["FailedBinding"]["message"].startswith("no persistent volumes available for this claim")
    shop.apply(storage_class("standard", default=True), wait=30)
    assert (phase(shop), shop.get("PersistentVolumeClaim", "data")["spec"]["storageClassName"]) == ("Bound", "standard")


def test_a_claim_takes_the_smallest_volume_that_is_large_enough(shop: Shop) -> None:
    shop.apply(volume("small", "1Gi"), volume("large", "100Gi"), volume("right", "8Gi"), wait=1)
    assert phase(shop, "PersistentVolume", "right") == "Available"
    shop.apply(claim(storageClassName=""))
    assert shop.get("PersistentVolumeClaim", "data")["spec"]["volumeName"] == "right"
    assert [phase(shop, "PersistentVolume", n) for n in ("small", "large", "right")] == [
        *("Available", "Available", "Bound")
    ]
    shop.delete("PersistentVolumeClaim", "data")
    assert phase(shop, "PersistentVolume", "right") == "Released"  # Retain, the default of volumes made by hand


def test_a_class_that_waits_for_a_consumer_provisions_when_the_pod_comes(shop: Shop) -> None:
    shop.apply(storage_class("local", volumeBindingMode="WaitForFirstConsumer"), claim(storageClassName="local"))
    assert phase(shop) == "Pending"
    text = "waiting for first consumer to be created before binding"
    assert about_claim(shop)["WaitForFirstConsumer"]["message"] == text
    shop.apply(database(), wait=30)
    assert (phase(shop), [p["status"]["phase"] for p in shop.pods("db")]) == ("Bound", ["Running"])
    assert shop.events("FailedScheduling") == []


def test_a_provisioned_volume_goes_with_its_claim(shop: Shop) -> None:
    shop.apply(storage_class("standard"), claim(storageClassName="standard"), wait=30)
    assert len(shop.world.objects.all("PersistentVolume")) == 1
    shop.delete("PersistentVolumeClaim", "data")
    assert shop.world.objects.all("PersistentVolume") == []
