"""The server: its tools, and what a client should know before the first call."""

from __future__ import annotations

from mcp_servers.prometheus import tools
from mcp_servers.prometheus.connection.alertmanager import Alertmanager
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.tools.silencing import SilenceTools
from mcp_servers.serving.registry import read_tools
from mcp_servers.serving.server import UNTRUSTED, ToolServer

INSTRUCTIONS = f"""Reads one Prometheus, and its Alertmanager where there is one; changes nothing.
prometheus_alerts lists what is firing, prometheus_query_range whether series changed, prometheus_analyze everything
about series and what moved with them, prometheus_query the values at one moment. Times are ISO 8601 with a zone,
epoch seconds, now, or relative as -1h; the default window is the last hour. {UNTRUSTED}"""

FIRST = (  # of the list; what is added follows
    "prometheus_query",
    "prometheus_query_range",
    "prometheus_analyze",
    "prometheus_series",
    "prometheus_alerts",
    "prometheus_rules",
    "prometheus_targets",
    "alertmanager_alerts",
    "alertmanager_silences",
)


def build(client: Prometheus, cluster: str = "", alertmanager: Alertmanager | None = None) -> ToolServer:
    """The server over one Prometheus. `cluster` is the scope of the Kubernetes objects that labels mean.

    Without an Alertmanager there are no tools for one.
    """
    server = ToolServer("prometheus", INSTRUCTIONS, title="Prometheus")
    server.probe = client.now
    offered_tools = [
        tool for tool in read_tools(tools, FIRST) if alertmanager is not None or tool.owner is not SilenceTools
    ]
    server.offer(offered_tools, lambda owner: owner(alertmanager if owner is SilenceTools else client, cluster))
    return server
