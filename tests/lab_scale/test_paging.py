"""Lists in pages: all of them show the moment of the first."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

from sre_lab.objects.store import Obj
from tests.lab_kubernetes.served_cluster import Served

PLACE = "/api/v1/namespaces/many/configmaps"


def fill(server: Served, count: int) -> None:
    server.put({"kind": "Namespace", "metadata": {"name": "many"}})
    for number in range(count):
        labels = {"half": "left" if number < count / 2 else "right"}
        server.put(config(f"c{number:02}", {"n": "0"}, labels))


def config(name: str, data: dict[str, str], labels: dict[str, str] | None = None) -> Obj:
    meta = {"name": name, "namespace": "many", "labels": labels or {}}
    return {"kind": "ConfigMap", "metadata": meta, "data": data}


def page(server: Served, path: str = PLACE, **query: Any) -> httpx.Response:
    expected = {"continue" if key == "token" else key: value for key, value in query.items()}
    return httpx.get(server.url + path, params=expected, timeout=10)


def content(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(item["metadata"]["name"], item["data"]["n"]) for item in answer.json()["items"]]


def test_every_page_shows_the_cluster_as_it_was_at_the_first(server: Served) -> None:
    fill(server, 6)
    first = page(server, limit=2)
    server.put(config("c03", {"n": "changed"}))
    server.put(config("c025", {"n": "new"}))
    server.on_loop(lambda: server.world.objects.delete("ConfigMap", "many", "c05"))
    second = page(server, limit=2, token=first.json()["metadata"]["continue"])
    third = page(server, limit=2, token=second.json()["metadata"]["continue"])
    rendered = [*content(first), *content(second), *content(third)]
    assert rendered == [(f"c{number:02}", "0") for number in range(6)]
    assert {answer.json()["metadata"]["resourceVersion"] for answer in (first, second, third)} == {
        first.json()["metadata"]["resourceVersion"]
    }
    assert [answer.json()["metadata"].get("remainingItemCount") for answer in (first, second, third)] == [4, 2, None]
    assert ("c05", "0") not in content(page(server))


def test_pages_over_all_namespaces_go_on_where_they_stopped(server: Served) -> None:
    fill(server, 2)
    for namespace in ("shop", "many-more"):
        server.put({"kind": "ConfigMap", "metadata": {"name": "c00", "namespace": namespace}, "data": {"n": namespace}})
    answer = page(server, "/api/v1/configmaps", limit=1)
    rendered = content(answer)
    while follow := answer.json()["metadata"].get("continue"):
        answer = page(server, "/api/v1/configmaps", limit=1, token=follow)
        rendered += content(answer)
    assert rendered == content(page(server, "/api/v1/configmaps"))
    assert sorted(rendered) == [("c00", "0"), ("c00", "many-more"), ("c00", "shop"), ("c01", "0")]


def test_a_page_of_a_selection_is_full_and_the_last_one_says_so(server: Served) -> None:
    fill(server, 6)
    first = page(server, limit=2, labelSelector="half=right")
    assert [name for name, _ in content(first)] == ["c03", "c04"]
    assert "remainingItemCount" not in first.json()["metadata"]
    last = page(server, limit=2, labelSelector="half=right", token=first.json()["metadata"]["continue"])
    assert [name for name, _ in content(last)] == ["c05"]
    assert "continue" not in last.json()["metadata"]


def test_a_list_that_waited_too_long_is_410_and_can_be_finished_with_what_is_there_now(server: Served) -> None:
    fill(server, 4)
    first = page(server, limit=2).json()["metadata"]

    def many() -> None:
        for number in range(20_001):
            server.world.objects.put_status("Namespace", "", "many", {"number": number})

    server.on_loop(many)
    server.put(config("c03", {"n": "changed"}))
    late = page(server, limit=2, token=first["continue"])
    assert (late.status_code, late.json()["reason"]) == (410, "Expired")
    assert late.json()["message"].startswith(
        "The provided continue parameter is too old to display a consistent list result."
    )
    rest = page(server, limit=2, token=late.json()["metadata"]["continue"])
    assert content(rest) == [("c02", "0"), ("c03", "changed")]


def test_a_list_of_an_exact_version_shows_that_version(server: Served) -> None:
    fill(server, 2)
    version = page(server).json()["metadata"]["resourceVersion"]
    server.put(config("c00", {"n": "changed"}))
    then = page(server, resourceVersion=version, resourceVersionMatch="Exact")
    assert content(then) == [("c00", "0"), ("c01", "0")]
    assert then.json()["metadata"]["resourceVersion"] == version


def test_tokens_that_lead_nowhere_are_refused(server: Served) -> None:
    fill(server, 2)
    for one in ("???", "e30", token({"v": "v2", "rv": 1, "start": "x"}), token({"v": "meta.k8s.io/v1", "rv": 0})):
        answer = page(server, limit=1, token=one)
        assert answer.status_code == 400, one
        assert answer.json()["message"].startswith("invalid continue token: continue key is not valid")
    good = page(server, limit=1).json()["metadata"]
    both = page(server, limit=1, token=good["continue"], resourceVersion=good["resourceVersion"])
    assert both.status_code == 400
    assert both.json()["message"] == "specifying resource version is not allowed when using continue"


def token(content: Obj) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
