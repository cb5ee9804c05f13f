"""A storage class that is missing: made as the default one is, for claims of one namespace alone."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.permits import ANNOTATION, WRITER
from tests.server_kubernetes.live_shop import LiveShop, data, preview, refusal

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
TOOL = "kubectl_create_storage_class"
CALL = {"namespace": "shop", "name": "fast"}
DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


def storage_class(name: str, *, marks: Obj | None = None) -> Obj:
    meta = {"name": name, "annotations": marks or {}}
    fields = {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}, "reclaimPolicy": "Retain"}
    return {"kind": "StorageClass", "metadata": meta, **fields}


def claim(class_name: str = "fast", namespace: str = "shop", mode: str = "ReadWriteOnce") -> Obj:
    size = {"requests": {"storage": "1Gi"}}
    spec = {"storageClassName": class_name, "accessModes": [mode], "resources": size}
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": "files", "namespace": namespace}, "spec": spec}


async def test_the_class_is_made_as_the_default_one_and_only_such_a_one_is_taken_away(shop: LiveShop) -> None:
    shop.apply(storage_class("standard", marks=DEFAULT), claim())
    async with shop.client(shop.options(allow=("shop",))) as client:
        dry_run, answer = await shop.write(client, TOOL, CALL)
        stored_class = shop.get("StorageClass", "fast", "")
        assert (stored_class["provisioner"], stored_class["parameters"], stored_class["reclaimPolicy"]) == (
            "ebs.csi.aws.com",
            {"type": "gp3"},
            "Retain",
        )
        assert stored_class["metadata"]["annotations"].keys() == {ANNOTATION, WRITER}
        assert "volumes are made for files in namespace shop" in dry_run["blast_radius"]
        assert "it is there already" in refusal(await preview(client, TOOL, CALL))
        stranger = {**CALL, "name": "standard", "withdraw": True}
        assert "this tool did not make it" in refusal(await preview(client, TOOL, stranger))
        await shop.write(client, TOOL, answer["undo"]["arguments"])
    assert shop.on_loop(lambda: shop.world.objects.get("StorageClass", "", "fast")) is None


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ([storage_class("standard"), claim()], "not exactly one default class"),
        ([storage_class("standard", marks=DEFAULT), storage_class("fats"), claim()], "a class of a near name is there"),
        ([storage_class("standard", marks=DEFAULT)], "no claim names it"),
        ([storage_class("standard", marks=DEFAULT), claim("ssd-retain")], "its name of several words"),
        ([storage_class("standard", marks=DEFAULT), claim(mode="ReadWriteMany")], "on several nodes"),
        (
            [storage_class("standard", marks=DEFAULT), claim(), claim(namespace="portal")],
            "claims of other namespaces name it too: portal",
        ),
    ],
)
async def test_no_class_is_made_where_another_one_may_be_meant(there: list[Obj], why: str, shop: LiveShop) -> None:
    if "portal" in why:
        shop.apply({"kind": "Namespace", "metadata": {"name": "portal"}})
    shop.apply(*there)
    async with shop.client(shop.options(allow=("shop",))) as client:
        name = there[-1].get("spec", {}).get("storageClassName", "fast")
        assert why in refusal(await preview(client, TOOL, {**CALL, "name": name}))


async def test_the_namespace_of_the_claims_has_to_be_allowed(shop: LiveShop) -> None:
    shop.apply(storage_class("standard", marks=DEFAULT), claim())
    async with shop.client(shop.options(allow=("other", "node:*"))) as client:
        assert "is not on this server's allowlist" in refusal(await preview(client, TOOL, CALL))
    async with shop.client(shop.options(allow=("shop",))) as client:
        assert data(await preview(client, TOOL, CALL))["target"]["version"] == "absent"
