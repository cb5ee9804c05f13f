"""Our servers as targets of AgentCore Gateway: their tools fit its names, its schemas and its sizes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from mcp import Client
from mcp_types import Tool

from mcp_servers.prometheus import command as prometheus
from mcp_servers.serving.gateway import INLINE_BYTES, NAME_CHARACTERS, SEPARATOR, tool_definitions
from sre_agent.server_addresses import GATEWAY_SEPARATOR
from tests.server_clients.every_server import every_server

pytestmark = pytest.mark.anyio
LONGEST_TARGET = 200  # `([0-9a-zA-Z][-]?){1,100}`


@pytest.fixture
async def tools(tmp_path: Path) -> dict[str, list[Tool]]:
    servers = {}
    for server in every_server(tmp_path, writes=True):
        async with Client(server.mcp) as client:
            servers[server.name] = (await client.list_tools()).tools
    return servers


def create_target(definitions: list[dict[str, Any]]) -> str:
    """What AWS's own model of the API has against a target with these tools; empty where it has nothing."""
    service = botocore.session.get_session().get_service_model("bedrock-agentcore-control")
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:tools"
    target = {"mcp": {"lambda": {"lambdaArn": arn, "toolSchema": {"inlinePayload": definitions}}}}
    request = {"gatewayIdentifier": "g", "name": "sre-kubernetes", "targetConfiguration": target}
    report: str = (
        ParamValidator().validate(request, service.operation_model("CreateGatewayTarget").input_shape).generate_report()
    )
    return report


async def test_every_tool_fits_the_schema_that_gateway_takes(tools: dict[str, list[Tool]]) -> None:
    for name, server_tools in tools.items():
        definitions = tool_definitions(server_tools)
        assert create_target(definitions) == "", name
        assert len(json.dumps(definitions).encode()) < INLINE_BYTES and len(definitions) <= 1_000


async def test_no_argument_is_lost_on_the_way(tools: dict[str, list[Tool]]) -> None:
    for server_tools in tools.values():
        for tool, definition in zip(server_tools, tool_definitions(server_tools), strict=True):
            schema = definition["inputSchema"]
            assert set(schema.get("properties", {})) == set(tool.input_schema["properties"])
            assert schema.get("required", []) == tool.input_schema.get("required", [])
            assert definition["description"] and all(
                one["description"] for one in schema.get("properties", {}).values()
            )


async def test_every_name_fits_behind_the_longest_name_of_a_target(tools: dict[str, list[Tool]]) -> None:
    names = [tool.name for server_tools in tools.values() for tool in server_tools]
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) and SEPARATOR not in name for name in names)
    assert max(map(len, names)) + len(SEPARATOR) + LONGEST_TARGET <= NAME_CHARACTERS
    assert SEPARATOR == GATEWAY_SEPARATOR, "the responder calls them so"


def test_a_server_prints_its_tools_for_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    with prometheus.open_server(["--url", "http://127.0.0.1:1", "--gateway-tools"]) as (server, options):
        server.run(options)
    definitions = json.loads(capsys.readouterr().out)
    assert create_target(definitions) == "" and "prometheus_query" in [one["name"] for one in definitions]
