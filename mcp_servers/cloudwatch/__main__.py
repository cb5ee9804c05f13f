"""`python -m mcp_servers.cloudwatch`, which `sre-agent-mcp-cloudwatch` and `sre-agent mcp cloudwatch` are too."""

from __future__ import annotations

from mcp_servers.serving import starting


def main() -> None:
    starting.run("mcp_servers.cloudwatch.command")


if __name__ == "__main__":
    main()
