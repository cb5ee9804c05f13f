"""`python -m mcp_servers.prometheus`, which `sre-agent-mcp-prometheus` and `sre-agent mcp prometheus` are too."""

from __future__ import annotations

from mcp_servers.serving import starting


def main() -> None:
    starting.run("mcp_servers.prometheus.command")


if __name__ == "__main__":
    main()
