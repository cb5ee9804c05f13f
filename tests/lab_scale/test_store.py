"""The store of objects: order, indexes, shared parts, and the past."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from sre_lab.clock import VirtualClock
from sre_lab.objects.store import ExpiredError, ObjectChange, ObjectStore

Obj = dict[str, Any]


def config(name: str, namespace: str = "a", **data: Any) -> Obj:
    return {"kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def names(objects: list[Obj]) -> list[str]:
    return [f"{o['metadata']['namespace']}/{o['metadata']['name']}" for o in objects]


def colours(obj: Obj) -> Iterator[str]:
    colour = obj["data"].get("colour")
    if colour:
        yield colour


@pytest.fixture
def store() -> ObjectStore:
    return ObjectStore(VirtualClock(1_800_000_000.0), Random(1))


def test_objects_are_listed_by_namespace_and_name_whatever_the_order_of_their_writes(store: ObjectStore) -> None:
    for namespace, name in (("b", "2"), ("a", "9"), ("b", "1"), ("a", "3"), ("a", "5")):
        store.create(config(name, namespace))
    store.delete("ConfigMap", "a", "9")
    store.create(config("4"))
    store.replace(config("3", changed="yes"))
    assert names(store.all("ConfigMap")) == ["a/3", "a/4", "a/5", "b/1", "b/2"]
    assert names(store.all("ConfigMap", "a")) == ["a/3", "a/4", "a/5"]


def test_an_index_follows_every_write(store: ObjectStore) -> None:
    store.create(config("2", colour="red"))
    assert names(store.find("ConfigMap", colours, "red")) == ["a/2"]
    store.create(config("1", colour="red"))
    store.create(config("3"))
    assert names(store.find("ConfigMap", colours, "red")) == ["a/1", "a/2"]
    store.edit("ConfigMap", "a", "2", lambda obj: obj["data"].update(colour="blue"))
    store.delete("ConfigMap", "a", "1")
    assert store.find("ConfigMap", colours, "red") == []
    (blue,) = store.find("ConfigMap", colours, "blue")
    assert blue is store.get("ConfigMap", "a", "2")


def test_a_new_version_shares_what_did_not_change(store: ObjectStore) -> None:
    old = store.create({**config("1", big={"many": [1, 2, 3]}), "status": {"seen": 0}})
    new = store.put_status("ConfigMap", "a", "1", {"seen": 1})
    assert new["data"] is old["data"]
    assert (old["status"], new["status"]) == ({"seen": 0}, {"seen": 1})
    assert old["metadata"]["resourceVersion"] != new["metadata"]["resourceVersion"]


def test_nobody_changes_a_stored_object_through_what_he_handed_in(store: ObjectStore) -> None:
    arguments = config("1", list=[1])
    store.create(arguments)
    arguments["data"]["list"].append(2)
    status: Obj = {"conditions": []}
    store.put_status("ConfigMap", "a", "1", status)
    status["conditions"].append("later")
    part = {"x": [1]}
    store.edit("ConfigMap", "a", "1", lambda obj: obj["data"].update(part=part))
    part["x"].append(2)
    item = store.get("ConfigMap", "a", "1")
    assert item is not None
    assert (item["data"], item["status"]) == ({"list": [1], "part": {"x": [1]}}, {"conditions": []})


def test_equal_content_is_no_write_and_other_content_raises_the_generation(store: ObjectStore) -> None:
    object_changes: list[ObjectChange] = []
    store.create({"kind": "Deployment", "metadata": {"name": "1", "namespace": "a"}, "spec": {"replicas": 1}})
    store.subscribe(object_changes.append)
    store.edit("Deployment", "a", "1", lambda obj: obj["spec"].update(replicas=1))
    assert object_changes == []
    store.put_status("Deployment", "a", "1", {"replicas": 1})
    store.edit("Deployment", "a", "1", lambda obj: obj["spec"].update(replicas=2))
    assert [change.object["metadata"]["generation"] for change in object_changes] == [1, 2]


def test_the_past_is_seen_as_it_was(store: ObjectStore) -> None:
    store.create(config("1", value=1))
    store.create(config("2", value=2))
    store.create(config("1", "b", value=3))
    then, before = store.version, store.all("ConfigMap")
    store.edit("ConfigMap", "a", "1", lambda obj: obj["data"].update(value=9))
    store.edit("ConfigMap", "a", "1", lambda obj: obj["data"].update(value=10))
    store.delete("ConfigMap", "a", "2")
    store.create(config("0", value=4))
    assert store.all_at(then, "ConfigMap") == before
    assert names(store.all_at(then, "ConfigMap", "a")) == ["a/1", "a/2"]
    assert names(store.all_at(store.version, "ConfigMap", "a")) == ["a/0", "a/1"]


def test_a_past_that_the_log_has_forgotten_is_not_made_up(store: ObjectStore) -> None:
    store.create(config("1"))
    then = store.version
    for number in range(20_001):
        store.put_status("ConfigMap", "a", "1", {"number": number})
    with pytest.raises(ExpiredError, match=r"too old resource version: 1001 \("):
        store.all_at(then, "ConfigMap")
