"""What a program reads of an error: its Refusal, as structured content of every error result of every server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp_types import CallToolResult

from mcp_servers.contract import refusals
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal
from mcp_servers.serving.server import ToolServer
from tests.server_clients.every_server import every_server

pytestmark = pytest.mark.anyio
READ = {
    "kubernetes": ("kubectl_get", {"kind": "pods"}),
    "cloudwatch": ("list_alarms", {}),
    "prometheus": ("prometheus_query", {"promql": "up"}),
    "ssm": ("list_automations", {}),
}
WRITE = {"kubernetes": "kubectl_scale", "ssm": "start_automation"}


@pytest.fixture
def servers(tmp_path: Path) -> list[ToolServer]:
    return list(every_server(tmp_path, writes=False))


async def refusal_of(server: ToolServer, tool: str, arguments: dict[str, Any]) -> tuple[Refusal, CallToolResult]:
    """The refusal of a call, which has to fit what the tool itself declares of its results."""
    async with Client(server.mcp) as client:
        result = await client.call_tool(tool, arguments)
        schemas = {one.name: one.output_schema for one in (await client.list_tools()).tools}
    assert result.is_error
    if schema := schemas.get(tool):  # some clients hold an error's structure against it as well
        Draft202012Validator(schema).validate(result.structured_content)
    refusal = refusals.of_content(result.structured_content)
    assert refusal is not None, result
    return refusal, result


async def test_arguments_that_cannot_be_meant_are_a_bad_request(servers: list[ToolServer]) -> None:
    for server in servers:
        tool, arguments = READ[server.name]
        refusal, _ = await refusal_of(server, tool, {**arguments, "no_such": 1})
        assert (refusal.kind, refusal.asked) == ("bad_request", f"{tool}(no_such)")


async def test_a_tool_that_is_not_there_is_a_bad_request_and_not_offered(servers: list[ToolServer]) -> None:
    for server in servers:
        refusal, _ = await refusal_of(server, "no_such_tool", {})
        assert (refusal.kind, refusal.code, refusal.asked) == ("bad_request", "not_offered", "no_such_tool")


async def test_a_write_that_is_switched_off_is_refused_with_what_enables_it(servers: list[ToolServer]) -> None:
    for server in servers:
        if tool := WRITE.get(server.name):
            refusal, _ = await refusal_of(server, tool, {})
            assert (refusal.kind, refusal.asked) == ("refused", tool) and "--writes" in refusal.remedy


async def test_a_service_that_cannot_be_reached_is_unavailable_with_a_code(servers: list[ToolServer]) -> None:
    [prometheus] = [server for server in servers if server.name == "prometheus"]
    refusal, result = await refusal_of(prometheus, *READ["prometheus"])
    assert (refusal.kind, refusal.code) == ("unavailable", "unreachable") and refusal.is_transient
    assert str(refusal) in getattr(result.content[0], "text", "")


async def test_a_fault_of_a_tool_leaves_as_failed_and_tells_nothing_of_it() -> None:
    def broken() -> Answer:
        """Break."""
        raise KeyError("hunter2")

    server = ToolServer("broken", "Breaks.")
    server.read(broken)
    refusal, result = await refusal_of(server, "broken", {})
    assert (refusal.kind, refusal.asked) == ("failed", "broken") and not refusal.is_transient
    assert "hunter2" not in str(result)
