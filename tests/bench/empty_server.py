"""An MCP server whose one tool does nothing: what the SDK takes for a call by itself."""

from __future__ import annotations

from mcp.server import MCPServer


def main() -> None:
    server = MCPServer("empty", log_level="WARNING")

    @server.tool()
    def nothing() -> str:
        return "done"

    server.run("stdio")


if __name__ == "__main__":
    main()
