"""Where a disturbance began, through MCP, in front of the lab's X-Ray and CloudWatch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from mcp import Client

from mcp_servers.cloudwatch.server import build
from mcp_servers.serving.aws import AwsAccount
from sre_lab.aws import api
from sre_lab.scenario import ClusterSpec
from sre_lab.world import World, new_world
from tests.server_aws.asking import text_of
from tests.server_aws.cloudwatch_world import CloudWatch
from tests.server_aws.wire import Wire, serving_app

pytestmark = pytest.mark.anyio
END = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
BEGAN = END - 1200
WINDOW = {"start": "2026-03-01T11:40:00Z", "end": "2026-03-01T12:00:00Z"}
CHAIN = ("web", "cart", "ledger")


@pytest.fixture
def world() -> World:
    return new_world(ClusterSpec(), END, 1)


@pytest.fixture
def lab(world: World) -> Iterator[AwsAccount]:
    with serving_app(api.app(world)) as url:
        yield AwsAccount(region="eu-west-1", endpoint=url)


async def call(account: AwsAccount, **arguments: Any) -> dict[str, Any]:
    async with Client(build(account).mcp) as client:
        result = await client.call_tool("root_cause_candidates", arguments)
    assert not result.is_error, result.content
    answer = dict(result.structured_content or {})
    assert len(answer["text"]) <= 8_000 and len(json.dumps(answer)) < 24_000
    return answer


def write_traces(account: AwsAccount, at: float, seconds: tuple[float, ...], fault: bool) -> None:
    """A request through web, cart and ledger; each takes its own seconds and those of what it calls."""
    number = int(at)
    trace = f"1-{number:08x}-{number:024x}"
    parent: dict[str, Any] = {}
    documents = []
    for depth, name in enumerate(CHAIN):
        segment: dict[str, Any] = {
            "name": name,
            "id": f"{depth}{number:015x}",
            "trace_id": trace,
            "start_time": at,
            "fault": fault,
        }
        segment |= {"end_time": at + sum(seconds[depth:]), "origin": "AWS::EKS::Container", **parent}
        if depth + 1 < len(CHAIN):
            callee: dict[str, Any] = {"id": f"a{depth}{number:014x}", "name": CHAIN[depth + 1], "namespace": "remote"}
            callee |= {"start_time": at, "end_time": at + sum(seconds[depth + 1 :])}
            segment["subsegments"] = [callee]
            parent = {"parent_id": callee["id"]}
        documents.append(json.dumps(segment))
    account.ask("xray", "put_trace_segments", TraceSegmentDocuments=documents)


def ranking_of(answer: dict[str, Any]) -> list[str]:
    return [o["attributes"]["component"] for o in answer["observations"] if o["code"] == "suspect.ranked"]


async def test_the_component_whose_slowness_no_callee_explains_leads(lab: AwsAccount) -> None:
    for minute in range(60):
        at = END - 3600 + 60 * minute
        own = 0.9 if at >= BEGAN else 0.1
        write_traces(lab, at + 5, (0.05, 0.05, own + minute % 7 / 100), fault=at >= BEGAN)
    answer = await call(lab, alarmed="web", **WINDOW)
    assert ranking_of(answer)[0] == "ledger"
    assert {(r["source"].rpartition("/")[2], r["target"].rpartition("/")[2]) for r in answer["relations"]} == {
        ("web", "cart"),
        ("cart", "ledger"),
    }
    assert "not causes" in answer["text"]


async def test_without_trouble_nobody_is_suspected(lab: AwsAccount) -> None:
    for minute in range(60):
        write_traces(lab, END - 3600 + 60 * minute, (0.05, 0.05, 0.1 + minute % 7 / 100), fault=False)
    answer = await call(lab, alarmed="web", **WINDOW)
    assert ranking_of(answer) == [] and answer["data"]["components"] == 3


async def test_without_traces_given_calls_and_service_metrics_rank_and_are_no_facts(
    account: AwsAccount, wire: Wire
) -> None:
    world = CloudWatch(wire)
    for name, trouble in (("web", 300.0), ("cart", 250.0), ("ledger", 800.0), ("mail", 40.0)):
        values = [40.0 + i % 3 for i in range(40)] + [trouble + i % 3 for i in range(20)]
        world.put("Shop", "Latency", values, Service=name)
    answer = await call(account, alarmed="web", edges=[["web", "cart"], ["cart", "ledger"], ["web", "mail"]], **WINDOW)
    suspects = answer["data"]["suspects"]
    assert suspects[0]["component"] == "ledger" and "mail" not in [one["component"] for one in suspects]
    assert suspects[0]["metric"] == "Shop/Latency"
    assert answer["observations"] == [] and answer["relations"] == []


async def test_a_denied_service_graph_is_a_gap_that_names_the_permission(account: AwsAccount, wire: Wire) -> None:
    world = CloudWatch(wire)
    wire.denied_paths.add("/ServiceGraph")
    world.put("Shop", "Latency", [40.0] * 40 + [300.0] * 20, Service="web")
    answer = await call(account, alarmed="web", **WINDOW)
    assert ranking_of(answer) == ["web"]
    [gap] = [c for c in answer["coverage"] if c["looked_at"] == "service graph"]
    assert gap["state"] == "denied" and "xray:GetServiceGraph" in gap["detail"]


async def test_an_unknown_component_is_not_found_with_near_names(account: AwsAccount, wire: Wire) -> None:
    CloudWatch(wire).put("Shop", "Latency", [40.0] * 60, Service="web")
    async with Client(build(account).mcp) as client:
        result = await client.call_tool("root_cause_candidates", {"alarmed": "webb", **WINDOW})
    assert result.is_error and "Similar names: web" in text_of(result)
