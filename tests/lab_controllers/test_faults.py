"""What a fault that changes an object leaves behind for whoever asks who wrote what and when."""

from __future__ import annotations

from sre_lab.facts import inject_fault
from sre_lab.scenario import Fault

from .shop import Obj, Shop


def edit(shop: Shop, **data: str) -> None:
    change = {"kind": "ConfigMap", "namespace": "shop", "name": "settings", "patch": {"data": data}}
    inject_fault(shop.world, Fault.model_validate({"at": 0, "patch": change}))


def managers(shop: Shop) -> list[Obj]:
    result = shop.world.objects.get("ConfigMap", "shop", "settings")
    assert result is not None
    fields: list[Obj] = result["metadata"].get("managedFields") or []
    return fields


def test_an_edit_tells_its_fields_and_its_time_and_a_later_one_takes_them_over() -> None:
    shop = Shop()
    shop.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": "shop"},
            "data": {"A": "1"},
        }
    )
    assert managers(shop) == []
    edit(shop, A="2")
    (first,) = managers(shop)
    assert (first["manager"], first["operation"], first["fieldsV1"]) == (
        "kubectl-edit",
        "Update",
        {"f:data": {"f:A": {}}},
    )
    shop.world.clock.advance(60)
    edit(shop, B="3")
    (second,) = managers(shop)
    assert second["fieldsV1"] == {"f:data": {"f:A": {}, "f:B": {}}}
    assert second["time"] > first["time"]


def test_an_edit_that_changes_nothing_is_no_write() -> None:
    shop = Shop()
    shop.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": "shop"},
            "data": {"A": "1"},
        }
    )
    edit(shop, A="1")
    assert managers(shop) == []
