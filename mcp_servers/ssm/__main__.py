"""`python -m mcp_servers.ssm`."""

from __future__ import annotations

from mcp_servers.kit import starting

if __name__ == "__main__":
    starting.run("mcp_servers.ssm.command")
