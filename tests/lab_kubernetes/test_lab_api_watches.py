"""Watches and followed logs: pushed, filtered, resumable, and honest about what is too old."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import kubernetes

from tests.lab_kubernetes.served_cluster import NOW, Served, pod

PODS = "/api/v1/namespaces/shop/pods"
Obj = dict[str, Any]


def frames(server: Served, path: str, **query: Any) -> list[Obj]:
    answer = httpx.get(server.url + path, params={"watch": "true", "timeoutSeconds": "1"} | query, timeout=10)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def types_and_names(objs: list[Obj]) -> list[tuple[str, str]]:
    return [(f["type"], f["object"]["metadata"]["name"]) for f in objs]


def relabel(server: Served, name: str, labels: dict[str, str]) -> None:
    def change(obj: Obj) -> None:
        obj["metadata"]["labels"] = labels

    server.on_loop(lambda: server.world.objects.edit("Pod", "shop", name, change))


def test_a_watch_without_a_version_begins_with_what_is_there(server: Served) -> None:
    assert types_and_names(frames(server, PODS)) == [("ADDED", "web-6d4f-aaaaa"), ("ADDED", "web-6d4f-bbbbb")]


def test_a_watch_from_a_past_version_tells_what_happened_since(server: Served) -> None:
    version = server.on_loop(lambda: server.world.objects.version)
    relabel(server, "web-6d4f-aaaaa", {"app": "web", "tier": "front"})
    server.on_loop(lambda: server.world.objects.delete("Pod", "shop", "web-6d4f-bbbbb"))
    result = frames(server, PODS, resourceVersion=version)
    assert types_and_names(result) == [("MODIFIED", "web-6d4f-aaaaa"), ("DELETED", "web-6d4f-bbbbb")]


def test_an_object_that_leaves_or_enters_the_selection_is_deleted_or_added(server: Served) -> None:
    version = server.on_loop(lambda: server.world.objects.version)
    relabel(server, "web-6d4f-aaaaa", {"app": "other"})
    relabel(server, "web-6d4f-aaaaa", {"app": "web"})
    result = frames(server, PODS, resourceVersion=version, labelSelector="app=web")
    assert types_and_names(result) == [("DELETED", "web-6d4f-aaaaa"), ("ADDED", "web-6d4f-aaaaa")]


def test_a_change_is_pushed_while_the_watch_is_open(server: Served) -> None:
    watch = kubernetes.watch.Watch()
    core = kubernetes.client.CoreV1Api(server.client())
    first = threading.Event()
    results: list[tuple[str, str]] = []

    def listen() -> None:
        for event in watch.stream(core.list_namespaced_pod, "shop", timeout_seconds=10):
            results.append((event["type"], event["object"].metadata.name))
            first.set()
            if event["object"].metadata.name == "new":
                watch.stop()

    thread = threading.Thread(target=listen)
    thread.start()
    assert first.wait(5)
    server.put(pod("new"))
    thread.join(5)
    assert not thread.is_alive() and results[-1] == ("ADDED", "new")


def test_a_version_that_the_log_has_forgotten_is_an_error_frame_in_a_good_answer(server: Served) -> None:
    def many() -> None:
        for count in range(20_001):
            space = {"kind": "Namespace", "metadata": {"name": "default"}, "spec": {"count": count}}
            server.world.objects.replace(space)

    server.on_loop(many)
    (frame,) = frames(server, PODS, resourceVersion=1001)
    assert frame["type"] == "ERROR"
    assert (frame["object"]["code"], frame["object"]["reason"]) == (410, "Expired")
    assert frame["object"]["message"].startswith("too old resource version: 1001 (")


def test_bookmarks_come_only_to_those_who_allow_them(server: Served) -> None:
    version = server.on_loop(lambda: server.world.objects.version)
    assert frames(server, PODS, resourceVersion=version) == []
    (frame,) = frames(server, PODS, resourceVersion=version, allowWatchBookmarks="true")
    assert frame["type"] == "BOOKMARK" and frame["object"]["metadata"]["resourceVersion"] == str(version)
    initial = frames(
        server, PODS, sendInitialEvents="true", allowWatchBookmarks="true", resourceVersionMatch="NotOlderThan"
    )
    assert initial[2]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_table_watch_sends_one_table_for_each_change(server: Served) -> None:
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    query = {"watch": "true", "timeoutSeconds": "1", "fieldSelector": "metadata.name=web-6d4f-bbbbb"}
    answer = httpx.get(server.url + PODS, params=query, headers={"accept": accept}, timeout=10)
    (frame,) = [json.loads(line) for line in answer.text.splitlines()]
    assert frame["object"]["kind"] == "Table"
    assert frame["object"]["rows"][0]["cells"][2] == "CrashLoopBackOff"


def test_a_followed_log_gets_new_lines_and_ends_with_its_container(server: Served) -> None:
    core = kubernetes.client.CoreV1Api(server.client())
    answer = core.read_namespaced_pod_log(
        "web-6d4f-aaaaa", "shop", follow=True, tail_lines=1, _preload_content=False, _request_timeout=10
    )
    lines: Iterator[bytes] = iter(answer.stream(amt=64))
    assert next(lines) == b"line 9\n"
    server.on_loop(lambda: server.world.containers.write("shop", "web-6d4f-aaaaa", "web", NOW, "one more"))
    assert next(lines) == b"one more\n"
    server.on_loop(lambda: server.world.objects.delete("Pod", "shop", "web-6d4f-aaaaa"))
    assert list(lines) == []
