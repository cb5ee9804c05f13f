"""The server in front of the lab's own Prometheus: a deployment that broke, as its series tell it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import closing

import pytest
from mcp import Client

from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.server import build
from tests.lab_telemetry.conftest import Lab, shop
from tests.lab_telemetry.test_coupling import image_patch
from tests.server_prometheus.serving import refusal, structure

__all__ = ["shop"]
pytestmark = pytest.mark.anyio
WINDOW = {"start": "2025-12-31T23:51:00Z", "end": "2026-01-01T00:03:00Z", "step": "15s"}


@pytest.fixture
async def client(shop: Callable[..., Lab]) -> AsyncIterator[Client]:
    """Three minutes after a release whose containers end as soon as they start."""
    lab = shop(faults=[image_patch("cart:2", "-45s")])
    lab.advance(180)
    with closing(Prometheus(lab.prometheus_url)) as prometheus:
        async with Client(build(prometheus, "test").mcp) as mcp_client:
            yield mcp_client


async def test_the_alerts_of_the_broken_deployment_fire(client: Client) -> None:
    answer = structure(await client.call_tool("prometheus_alerts", {}))
    firing = {observation["attributes"]["alarm"] for observation in answer["observations"]}
    assert firing == {"KubePodCrashLooping", "KubeDeploymentReplicasMismatch"}
    targets = {relation["target"] for relation in answer["relations"]}
    assert "test|Deployment/default/cart" in targets


async def test_errors_begin_when_replicas_end(client: Client) -> None:
    errors = 'sum by (namespace, service) (rate(http_requests_total{code="500"}[1m]))'
    available = 'kube_deployment_status_replicas_available{namespace="default"}'
    arguments = {"promql": errors, "others": [available], "history_days": 0, **WINDOW}
    answer = structure(await client.call_tool("prometheus_analyze", arguments))
    changed = answer["observations"][0]
    assert (changed["code"], changed["subject"]) == ("metric.level_changed", "test|Service/default/cart")
    assert [row["series"] for row in answer["data"]["moved"]] == [
        'kube_deployment_status_replicas_available{deployment="cart",instance="kube-state-metrics:8080",'
        'job="kube-state-metrics",namespace="default"}'
    ]


async def test_series_rules_and_targets_are_read(client: Client) -> None:
    window = {name: WINDOW[name] for name in ("start", "end")}
    series = structure(
        await client.call_tool("prometheus_series", {"selector": 'kube_pod_info{namespace="default"}', **window})
    )
    assert series["data"]["by_metric"] == {"kube_pod_info": 4}  # two pods of each revision
    rules = structure(await client.call_tool("prometheus_rules", {"type": "alert"}))
    assert rules["data"]["rules"][0]["state"] == "firing" and rules["observations"] == []
    targets = structure(await client.call_tool("prometheus_targets", {}))
    assert {target["health"] for target in targets["data"]["targets"]} == {"up"}


async def test_a_mistake_in_an_expression_is_told_with_its_place(client: Client) -> None:
    message = refusal(await client.call_tool("prometheus_query", {"promql": "rate(up)"}))
    assert '1:6: parse error: expected type range vector in call to function "rate", got instant vector' in message
    problem = refusal(
        await client.call_tool("prometheus_query", {"promql": "kube_pod_info / on(namespace) kube_pod_info"})
    )
    assert "[bad_request]" in problem and "many-to-many matching not allowed" in problem
