"""The CloudWatch server asked by an MCP client, as every test of it does; each answer is held to its bounds."""

from __future__ import annotations

import json
from typing import Any

from mcp import Client
from mcp.types import CallToolResult, TextContent

from mcp_servers.cloudwatch.server import build
from mcp_servers.serving.aws import AwsAccount

MOST_TEXT = 8_000  # characters of an answer's text
MOST_JSON = 24_000  # of the whole answer


async def call(account: AwsAccount, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer."""
    async with Client(build(account).mcp) as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    answer = dict(result.structured_content)
    assert len(answer["text"]) <= MOST_TEXT and len(json.dumps(answer)) < MOST_JSON
    return answer


async def refusal_of(account: AwsAccount, tool: str, **arguments: Any) -> str:
    """What the server says when it does not answer."""
    async with Client(build(account).mcp) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    return text_of(result)


def text_of(result: CallToolResult) -> str:
    """The text of an answer that is nothing but text."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text
