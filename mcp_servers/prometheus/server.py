"""The server: which tools it has, and what a client should know before the first call."""

from __future__ import annotations

from mcp_servers.kit.server import UNTRUSTED, ToolServer
from mcp_servers.prometheus.client import Prometheus
from mcp_servers.prometheus.tools import Tools

INSTRUCTIONS = f"""Reads one Prometheus; changes nothing. alerts says what is on, query_range whether series left their
level, query what holds at one moment. Times are absolute RFC 3339 UTC. {UNTRUSTED}"""


def build(client: Prometheus, cluster: str = "") -> ToolServer:
    """The server over one Prometheus. `cluster` is the scope of the Kubernetes objects that labels mean."""
    server = ToolServer("prometheus", INSTRUCTIONS)
    tools = Tools(client, cluster)
    server.read(tools.query)
    server.read(tools.query_range)
    server.read(tools.alerts)
    return server
