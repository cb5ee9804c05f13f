"""`python -m mcp_servers.ssm`, which `sre-agent-mcp-ssm` and `sre-agent mcp ssm` are too."""

from __future__ import annotations

from mcp_servers.serving import starting


def main() -> None:
    starting.run("mcp_servers.ssm.command")


if __name__ == "__main__":
    main()
