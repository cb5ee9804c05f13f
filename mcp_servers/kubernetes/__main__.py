"""`python -m mcp_servers.kubernetes`, which `sre-agent-mcp-kubernetes` and `sre-agent mcp kubernetes` are too."""

from __future__ import annotations

from mcp_servers.serving import starting


def main() -> None:
    starting.run("mcp_servers.kubernetes.command")


if __name__ == "__main__":
    main()
