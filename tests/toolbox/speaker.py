"""A small MCP server on stdio with the tools of the AWS Labs CloudWatch server: `python -m tests.toolbox.speaker FILE`.

FILE is JSON: by tool what it answers, `{"structured": …, "text": …, "is_error": …}`, or `{"hangs": true}`. Every call
is written down in FILE.calls, a line of JSON each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import anyio
from mcp.server import MCPServer
from mcp_types import CallToolResult, TextContent

SCRIPT = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
server = MCPServer("speaker", log_level="WARNING")


async def answer_of(tool: str, **arguments: Any) -> CallToolResult:
    with SCRIPT.with_suffix(".calls").open("a") as calls:
        calls.write(json.dumps([tool, arguments]) + "\n")
    answer = json.loads(SCRIPT.read_text())[tool]
    if answer.get("hangs"):
        await anyio.sleep_forever()
    return CallToolResult(
        content=[TextContent(type="text", text=answer.get("text", ""))],
        structured_content=answer.get("structured"),
        is_error=answer.get("is_error", False),
    )


@server.tool()
async def get_alarm_history(
    alarm_name: str,
    start_time: str | None = None,
    end_time: str | None = None,
    history_item_type: str | None = None,
    max_items: int | None = 50,
    include_component_alarms: bool | None = False,
    region: str | None = None,
) -> CallToolResult:
    return await answer_of("get_alarm_history", alarm_name=alarm_name, max_items=max_items, region=region)


@server.tool()
async def get_active_alarms(max_items: int | None = 50, region: str | None = None) -> CallToolResult:
    return await answer_of("get_active_alarms", max_items=max_items, region=region)


@server.tool()
async def get_metric_data(
    namespace: str,
    metric_name: str,
    start_time: str,
    dimensions: list[dict[str, str]] | None = None,
    end_time: str | None = None,
    statistic: str = "AVG",
    target_datapoints: int = 60,
    region: str = "us-east-1",
) -> CallToolResult:
    return await answer_of(
        "get_metric_data", metric_name=metric_name, dimensions=dimensions, statistic=statistic, region=region
    )


@server.tool()
async def execute_log_insights_query(
    start_time: str,
    end_time: str,
    query_string: str,
    log_group_names: list[str] | None = None,
    limit: int | None = None,
    region: str | None = None,
) -> CallToolResult:
    return await answer_of(
        "execute_log_insights_query", log_group_names=log_group_names, query=query_string, limit=limit, region=region
    )


if __name__ == "__main__":
    server.run("stdio")
