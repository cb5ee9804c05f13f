"""A watch while a thousand objects change at once."""

from __future__ import annotations

import json

import httpx

from sre_lab.objects.store import Obj
from tests.lab_kubernetes.served_cluster import Served

COUNT = 1000


def config(number: int, value: str) -> Obj:
    meta = {"name": f"c{number:04}", "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"value": value}}


def test_a_watch_shows_each_of_many_changes_once_and_in_order(server: Served) -> None:
    def create() -> None:
        for number in range(COUNT):
            server.world.objects.create(config(number, "before"))

    def change() -> None:
        for number in range(COUNT):
            server.world.objects.replace(config(number, "after"))

    server.on_loop(create)
    version = server.on_loop(lambda: server.world.objects.version)
    query = {"watch": "true", "resourceVersion": str(version), "timeoutSeconds": "30"}
    observed: list[tuple[str, str, int]] = []
    path = server.url + "/api/v1/namespaces/shop/configmaps"
    with httpx.stream("GET", path, params=query, timeout=30) as answer:
        server.on_loop(change)
        for line in answer.iter_lines():
            frame = json.loads(line)
            assert frame["object"]["data"] == {"value": "after"}
            meta = frame["object"]["metadata"]
            observed.append((frame["type"], meta["name"], int(meta["resourceVersion"])))
            if len(observed) == COUNT:
                break
    assert observed == [("MODIFIED", f"c{number:04}", version + 1 + number) for number in range(COUNT)]


def test_numbers_and_keys_that_json_libraries_disagree_on_are_served_all_the_same(server: Served) -> None:
    huge = 2**70
    server.put({"kind": "ConfigMap", "metadata": {"name": "odd", "namespace": "shop"}, "data": {1: "one", "n": huge}})
    answer = httpx.get(server.url + "/api/v1/namespaces/shop/configmaps/odd", timeout=10)
    assert answer.json()["data"] == {"1": "one", "n": huge}
