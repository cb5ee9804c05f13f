"""The table of a server's tools, as its README shows it: made from what is registered, so that neither can lie."""

from __future__ import annotations

from mcp_servers.serving.server import ToolServer


async def tool_table(server: ToolServer) -> str:
    """Markdown: each tool with its arguments, the first sentence of its docstring, and whether it writes."""
    lines = ["| tool | what it does | writes |", "|---|---|---|"]
    for tool in await server.mcp.list_tools():
        arguments = ", ".join(tool.input_schema.get("properties", {}))
        summary = " ".join((tool.description or "").partition("\n\n")[0].split())
        writes = "yes" if tool.annotations and not tool.annotations.read_only_hint else ""
        lines.append(f"| `{tool.name}({arguments})` | {summary} | {writes} |")
    return "\n".join(lines)
