"""How namespaces and what finalizers protect go, and what holds them."""

from __future__ import annotations

import pytest

from sre_lab.kubernetes import deletion
from sre_lab.kubernetes.admission import AdmissionError, admit

from .shop import Obj, Shop, deployment


def close(shop: Shop, wait: float = 0) -> None:
    deletion.delete(shop.world, "Namespace", "", "shop")
    shop.world.clock.advance(wait)


def namespace(shop: Shop) -> Obj | None:
    return shop.world.objects.get("Namespace", "", "shop")


def conditions(shop: Shop) -> dict[str, tuple[str, str, str]]:
    result = namespace(shop)
    assert result is not None
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in result["status"]["conditions"]}


def settings(**meta: object) -> Obj:
    return {"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop", **meta}, "data": {"a": "b"}}


def claim() -> Obj:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    meta = {"name": "data", "namespace": "shop", "finalizers": ["kubernetes.io/pvc-protection"]}
    return {"kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}


def volume() -> Obj:
    spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/data"}}
    meta = {"name": "disk", "finalizers": ["kubernetes.io/pv-protection"]}
    return {"kind": "PersistentVolume", "metadata": meta, "spec": spec}


def test_a_namespace_goes_when_everything_in_it_has_gone(shop: Shop) -> None:
    shop.apply(deployment("cart"), settings())
    close(shop, wait=0.3)
    result = namespace(shop)
    assert result is not None
    assert result["status"]["phase"] == "Terminating"
    assert "pods. has 3 resource instances" in conditions(shop)["NamespaceContentRemaining"][2]
    shop.world.clock.advance(60)
    assert namespace(shop) is None
    left = [o for kind in shop.world.objects.kinds() for o in shop.world.objects.all(kind, "shop")]
    assert left == []


def test_a_finalizer_holds_the_namespace_until_somebody_removes_it(shop: Shop) -> None:
    shop.apply(settings(finalizers=["example.com/hold"]))
    close(shop, wait=600)
    assert conditions(shop) == {
        "NamespaceDeletionDiscoveryFailure": (
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        "NamespaceDeletionGroupVersionParsingFailure": (
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        "NamespaceDeletionContentFailure": (
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        "NamespaceContentRemaining": (
            "True",
            "SomeResourcesRemain",
            "Some resources are remaining: configmaps. has 1 resource instances",
        ),
        "NamespaceFinalizersRemaining": (
            "True",
            "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
        ),
    }
    deletion.release(shop.world, shop.get("ConfigMap", "settings"), "example.com/hold")
    shop.world.clock.advance(10)
    assert namespace(shop) is None


def test_an_api_that_does_not_answer_holds_every_namespace_that_shall_go(shop: Shop) -> None:
    shop.apply(settings(), wait=120)
    edit = shop.world.objects.edit
    edit("Deployment", "kube-system", "metrics-server", lambda obj: obj["spec"].update(replicas=0))
    shop.world.clock.advance(60)
    close(shop, wait=300)
    state, reason, text = conditions(shop)["NamespaceDeletionDiscoveryFailure"]
    assert (state, reason) == ("True", "DiscoveryFailed")
    assert "metrics.k8s.io/v1beta1" in text
    assert conditions(shop)["NamespaceContentRemaining"][:2] == ("False", "ContentRemoved")
    edit("Deployment", "kube-system", "metrics-server", lambda obj: obj["spec"].update(replicas=1))
    shop.world.clock.advance(120)
    assert namespace(shop) is None


def test_nothing_new_comes_into_a_namespace_that_goes(shop: Shop) -> None:
    shop.apply(settings(finalizers=["example.com/hold"]))
    close(shop, wait=10)
    late = settings()
    late["metadata"]["name"] = "late"
    with pytest.raises(AdmissionError) as refused:
        admit(shop.world, late)
    assert str(refused.value) == (
        'configmaps "late" is forbidden: unable to create new content in namespace shop because it is being terminated'
    )
    assert refused.value.causes[0]["reason"] == "NamespaceTerminating"


def test_a_claim_in_use_stays_until_its_pod_is_gone(shop: Shop) -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    shop.apply(volume(), claim(), wait=30)
    shop.apply(deployment("db", replicas=1, pod={"volumes": volumes}), wait=30)
    shop.delete("PersistentVolumeClaim", "data", wait=60)
    reply = shop.get("PersistentVolumeClaim", "data")
    assert reply["metadata"]["deletionTimestamp"]
    assert reply["status"]["phase"] == "Bound"
    shop.delete("Deployment", "db", wait=60)
    assert shop.world.objects.get("PersistentVolumeClaim", "shop", "data") is None


def test_a_bound_volume_stays_until_its_claim_is_gone(shop: Shop) -> None:
    shop.apply(volume(), claim(), wait=30)
    deletion.delete(shop.world, "PersistentVolume", "", "disk")
    shop.world.clock.advance(60)
    present = shop.world.objects.get("PersistentVolume", "", "disk")
    assert present is not None
    assert present["metadata"]["deletionTimestamp"]
    shop.delete("PersistentVolumeClaim", "data", wait=30)
    assert shop.world.objects.get("PersistentVolume", "", "disk") is None


def test_in_the_foreground_the_owner_goes_after_its_pods(shop: Shop) -> None:
    shop.apply(deployment("cart"), wait=30)
    order: list[str] = []
    shop.world.objects.subscribe(lambda c: order.append(c.object["kind"]) if c.type == "DELETED" else None)
    deletion.delete(shop.world, "Deployment", "shop", "cart", propagation="Foreground")
    assert "foregroundDeletion" in shop.get("Deployment", "cart")["metadata"]["finalizers"]
    shop.world.clock.advance(60)
    owners = [kind for kind in order if kind in ("Pod", "ReplicaSet", "Deployment")]
    assert owners == ["Pod", "Pod", "Pod", "ReplicaSet", "Deployment"]


def test_an_orphan_lives_on_without_its_owner(shop: Shop) -> None:
    shop.apply(deployment("cart"), wait=30)
    deletion.delete(shop.world, "Deployment", "shop", "cart", propagation="Orphan")
    shop.world.clock.advance(60)
    (replica_set,) = shop.all("ReplicaSet")
    assert not replica_set["metadata"].get("ownerReferences")
    assert len(shop.pods("cart")) == 3
