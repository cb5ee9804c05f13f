"""Lists in pages: all of them show the moment of the first."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

from sre_lab.objects.store import Obj
from tests.lab_kubernetes.served_cluster import Served

PLACE = "/api/v1/namespaces/many/configmaps"


def fill(served: Served, count: int) -> None:
    served.put({"kind": "Namespace", "metadata": {"name": "many"}})
    for number in range(count):
        labels = {"half": "left" if number < count / 2 else "right"}
        served.put(config(f"c{number:02}", {"n": "0"}, labels))


def config(name: str, data: dict[str, str], labels: dict[str, str] | None = None) -> Obj:
    meta = {"name": name, "namespace": "many", "labels": labels or {}}
    return {"kind": "ConfigMap", "metadata": meta, "data": data}


def page(served: Served, path: str = PLACE, **query: Any) -> httpx.Response:
    wanted = {"continue" if key == "token" else key: value for key, value in query.items()}
    return httpx.get(served.url + path, params=wanted, timeout=10)


def content(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(item["metadata"]["name"], item["data"]["n"]) for item in answer.json()["items"]]


def test_every_page_shows_the_cluster_as_it_was_at_the_first(served: Served) -> None:
    fill(served, 6)
    first = page(served, limit=2)
    served.put(config("c03", {"n": "changed"}))
    served.put(config("c025", {"n": "new"}))
    served.on_loop(lambda: served.world.objects.delete("ConfigMap", "many", "c05"))
    second = page(served, limit=2, token=first.json()["metadata"]["continue"])
    third = page(served, limit=2, token=second.json()["metadata"]["continue"])
    shown = [*content(first), *content(second), *content(third)]
    assert shown == [(f"c{number:02}", "0") for number in range(6)]
    assert {answer.json()["metadata"]["resourceVersion"] for answer in (first, second, third)} == {
        first.json()["metadata"]["resourceVersion"]
    }
    assert [answer.json()["metadata"].get("remainingItemCount") for answer in (first, second, third)] == [4, 2, None]
    assert ("c05", "0") not in content(page(served))


def test_pages_over_all_namespaces_go_on_where_they_stopped(served: Served) -> None:
    fill(served, 2)
    for namespace in ("shop", "many-more"):
        served.put({"kind": "ConfigMap", "metadata": {"name": "c00", "namespace": namespace}, "data": {"n": namespace}})
    answer = page(served, "/api/v1/configmaps", limit=1)
    shown = content(answer)
    while follow := answer.json()["metadata"].get("continue"):
        answer = page(served, "/api/v1/configmaps", limit=1, token=follow)
        shown += content(answer)
    assert shown == content(page(served, "/api/v1/configmaps"))
    assert sorted(shown) == [("c00", "0"), ("c00", "many-more"), ("c00", "shop"), ("c01", "0")]


def test_a_page_of_a_selection_is_full_and_the_last_one_says_so(served: Served) -> None:
    fill(served, 6)
    first = page(served, limit=2, labelSelector="half=right")
    assert [name for name, _ in content(first)] == ["c03", "c04"]
    assert "remainingItemCount" not in first.json()["metadata"]
    last = page(served, limit=2, labelSelector="half=right", token=first.json()["metadata"]["continue"])
    assert [name for name, _ in content(last)] == ["c05"]
    assert "continue" not in last.json()["metadata"]


def test_a_list_that_waited_too_long_is_410_and_can_be_finished_with_what_is_there_now(served: Served) -> None:
    fill(served, 4)
    first = page(served, limit=2).json()["metadata"]

    def many() -> None:
        for number in range(20_001):
            served.world.objects.put_status("Namespace", "", "many", {"number": number})

    served.on_loop(many)
    served.put(config("c03", {"n": "changed"}))
    late = page(served, limit=2, token=first["continue"])
    assert (late.status_code, late.json()["reason"]) == (410, "Expired")
    assert late.json()["message"].startswith(
        "The provided continue parameter is too old to display a consistent list result."
    )
    rest = page(served, limit=2, token=late.json()["metadata"]["continue"])
    assert content(rest) == [("c02", "0"), ("c03", "changed")]


def test_a_list_of_an_exact_version_shows_that_version(served: Served) -> None:
    fill(served, 2)
    version = page(served).json()["metadata"]["resourceVersion"]
    served.put(config("c00", {"n": "changed"}))
    then = page(served, resourceVersion=version, resourceVersionMatch="Exact")
    assert content(then) == [("c00", "0"), ("c01", "0")]
    assert then.json()["metadata"]["resourceVersion"] == version


def test_tokens_that_lead_nowhere_are_refused(served: Served) -> None:
    fill(served, 2)
    for broken in ("???", "e30", token({"v": "v2", "rv": 1, "start": "x"}), token({"v": "meta.k8s.io/v1", "rv": 0})):
        answer = page(served, limit=1, token=broken)
        assert answer.status_code == 400, broken
        assert answer.json()["message"].startswith("invalid continue token: continue key is not valid")
    good = page(served, limit=1).json()["metadata"]
    both = page(served, limit=1, token=good["continue"], resourceVersion=good["resourceVersion"])
    assert both.status_code == 400
    assert both.json()["message"] == "specifying resource version is not allowed when using continue"


def token(content: Obj) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
