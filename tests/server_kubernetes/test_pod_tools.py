"""The two tools that models know by name are other tools under these names, and nothing of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server_kubernetes.live_shop import LiveShop, data, refusal

pytestmark = pytest.mark.anyio
CHANGING = ("as_of",)


def same(one: Any, other: Any) -> bool:
    first, second = ({k: v for k, v in r.structured_content.items() if k not in CHANGING} for r in (one, other))
    return bool(first == second)


async def test_pods_are_listed_by_namespace_and_label_as_the_general_tool_does(shop: LiveShop) -> None:
    async with shop.client() as client:
        thin = await client.call_tool("kubectl_get_pods", {"namespace": "shop", "label_selector": "app=web"})
        general = await client.call_tool("kubectl_get", {"kind": "Pod", "namespace": "shop", "selector": "app=web"})
        every = data(await client.call_tool("kubectl_get_pods", {}))
    names = {pod["metadata"]["name"] for pod in shop.pods("web")}
    assert {row["name"] for row in data(thin)["items"]} == names and same(thin, general)
    assert every["count"] >= len(names), "without a namespace all of them"


async def test_a_pod_is_described_as_the_explanation_of_it(shop: LiveShop) -> None:
    name = str(shop.pods("web")[0]["metadata"]["name"])
    async with shop.client() as client:
        thin = await client.call_tool("kubectl_describe_pod", {"pod_name": name, "namespace": "shop"})
        general = await client.call_tool("kubectl_explain_workload", {"namespace": "shop", "name": name, "kind": "Pod"})
        missing = refusal(await client.call_tool("kubectl_describe_pod", {"pod_name": "nothing", "namespace": "shop"}))
    assert same(thin, general) and "[not_found]" in missing
