"""The server: which tools it has, and what a client should know before the first call."""

from __future__ import annotations

from mcp_servers.kit.server import UNTRUSTED, ToolServer
from mcp_servers.prometheus.alertmanager import Alertmanager
from mcp_servers.prometheus.analyses import Analyses
from mcp_servers.prometheus.client import Prometheus
from mcp_servers.prometheus.queries import Queries
from mcp_servers.prometheus.silencing import Silencing
from mcp_servers.prometheus.watching import Watching

INSTRUCTIONS = f"""Reads one Prometheus, and its Alertmanager where there is one; changes nothing.
alerts says what is on, query_range whether series left their level, analyze everything that series say and what moved
with them, query what holds at one moment. Times are absolute RFC 3339 UTC. {UNTRUSTED}"""


def build(client: Prometheus, cluster: str = "", alertmanager: Alertmanager | None = None) -> ToolServer:
    """The server over one Prometheus. `cluster` is the scope of the Kubernetes objects that labels mean.

    Without an Alertmanager there are no tools for one.
    """
    server = ToolServer("prometheus", INSTRUCTIONS)
    queries, analyses, watching = Queries(client, cluster), Analyses(client, cluster), Watching(client, cluster)
    server.read(queries.query)
    server.read(queries.query_range)
    server.read(analyses.analyze)
    server.read(queries.series)
    server.read(watching.alerts)
    server.read(watching.rules)
    server.read(watching.targets)
    if alertmanager is not None:
        silencing = Silencing(alertmanager, cluster)
        server.read(silencing.alertmanager_alerts)
        server.read(silencing.silences)
    return server
