"""The same servers in front of the embedded lab's AWS endpoint, over its own wire protocols."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from mcp import Client

from mcp_servers.cloudwatch.server import build as build_cloudwatch
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.ssm.server import build as build_ssm
from mcp_servers.ssm.writes import previews
from sre_lab.aws import api
from sre_lab.scenario import ClusterSpec
from sre_lab.telemetry import LogEvent
from sre_lab.world import World, new_world
from tests.server_aws.wire import serving_app

pytestmark = pytest.mark.anyio
END = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = {"start": "2026-03-01T11:30:00Z", "end": "2026-03-01T12:00:00Z"}
SCOPE = "111122223333/eu-west-1"


@pytest.fixture
def world() -> World:
    return new_world(ClusterSpec(), END.timestamp(), 1)


@pytest.fixture
def account(world: World) -> Iterator[AwsAccount]:
    with serving_app(api.app(world)) as url:
        yield AwsAccount(region="eu-west-1", endpoint=url)


async def ask(server: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    async with Client(server.mcp) as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


async def test_a_metric_of_the_lab_is_judged_at_the_lab_s_time(world: World, account: AwsAccount) -> None:
    for minute in range(30):
        at = END.timestamp() - 1800 + 60 * minute
        world.metrics.put("Shop", "Latency", {"Service": "web"}, at, 400.0 if minute >= 20 else 40.0)
    answer = await ask(
        build_cloudwatch(account),
        "get_metric",
        namespace="Shop",
        metric="Latency",
        dimensions={"Service": "web"},
        **WINDOW,
    )
    [changed] = answer["observations"]
    assert changed["subject"] == f"{SCOPE}|Service//web"
    assert changed["attributes"]["onset"] == "2026-03-01T11:50:00Z"
    assert answer["as_of"] == "2026-03-01T12:00:00Z"


async def test_a_table_of_the_lab_that_throttles_is_told(world: World, account: AwsAccount) -> None:
    for minute in range(30):
        at = END.timestamp() - 1800 + 60 * minute
        world.metrics.put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": "carts"}, at, 300.0)
        world.metrics.put("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": "carts"}, at, 9.0)
    answer = await ask(build_cloudwatch(account), "analyze_resource", kind="Table", name="carts", **WINDOW)
    assert "table.throttled" in {o["code"] for o in answer["observations"]}


async def test_error_lines_of_the_lab_are_grouped(world: World, account: AwsAccount) -> None:
    for second in range(20):
        at = END.timestamp() - 600 + second
        world.logs.append("/shop/web", LogEvent(at, "web-1", f"INFO request {second}"))
        world.logs.append(
            "/shop/web", LogEvent(at, "web-1", f"ERROR dial tcp 10.0.0.7:5432: connection refused ({second})")
        )
    answer = await ask(build_cloudwatch(account), "summarize_errors", log_group="/shop/web", **WINDOW)
    [observation] = answer["observations"]
    assert observation["code"] == "log.connection_failed" and observation["attributes"]["count"] == 20
    assert answer["data"]["scanned"] == 40


async def test_a_runbook_of_the_lab_is_found_and_previewed(
    account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "WAITS", (0.0,))  # the lab's clock stands, so its preview is never ready
    content = {
        "schemaVersion": "0.3",
        "description": "Wait a while",
        "parameters": {"For": {"type": "String", "default": "PT1S"}},
        "mainSteps": [{"name": "Wait", "action": "aws:sleep", "inputs": {"Duration": "{{ For }}"}}],
    }
    account.ask(
        "ssm",
        "create_document",
        Name="Shop-Wait",
        DocumentType="Automation",
        Content=json.dumps(content),
        DocumentFormat="JSON",
    )
    server = build_ssm(account, ServerOptions("stdio", "", 0, False, (), None, None))
    runbooks = await ask(server, "find_runbooks", text="wait")
    assert runbooks["observations"][0]["attributes"]["mutating"] == "no"
    dry_run = await ask(server, "preview_automation", document="Shop-Wait", parameters={"For": "PT5S"})
    assert dry_run["data"]["mutating"] is False
    assert dry_run["data"]["diff"] == ["  Wait: aws:sleep Duration=PT5S"]
    assert dry_run["data"]["scope"] == SCOPE
