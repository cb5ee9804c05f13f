"""Each server on stdio, driven by the SDK's own client, which knows nothing of this product."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from mcp_servers.contract.facts import Answer
from sre_agent.toolbox.address import ServerAddress
from tests.server_clients.calls import CALLS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("server", CALLS)
async def test_a_client_of_its_own_lists_the_tools_and_calls_one(
    addresses: Mapping[str, ServerAddress], server: str
) -> None:
    call, address = CALLS[server], addresses[server]
    command, *arguments = address.command
    process = StdioServerParameters(command=command, args=arguments, env=dict(address.environment))
    async with Client(stdio_client(process)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        result = await client.call_tool(call.tool, call.arguments)
    assert all(tool.description and tool.output_schema and tool.annotations for tool in tools.values())
    assert not result.is_error, result.content
    answer = Answer.model_validate(result.structured_content)
    assert call.says in answer.text and len(answer.text) <= 8_000
    assert answer.coverage and all(entry.state == "complete" for entry in answer.coverage)
