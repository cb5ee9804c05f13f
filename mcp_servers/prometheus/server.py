"""The server: which tools it has, and what a client should know before the first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from mcp_servers.contract.facts import Answer
from mcp_servers.prometheus.connection.alertmanager import Alertmanager
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.tools.analyses import Analyses
from mcp_servers.prometheus.tools.queries import Queries
from mcp_servers.prometheus.tools.silencing import Silencing
from mcp_servers.prometheus.tools.watching import Watching
from mcp_servers.serving.server import UNTRUSTED, ToolServer

INSTRUCTIONS = f"""Reads one Prometheus, and its Alertmanager where there is one; changes nothing.
prometheus_alerts says what is on, prometheus_query_range whether series left their level, prometheus_analyze everything
that series say and what moved with them, prometheus_query what holds at one moment. Times are ISO 8601 with a zone,
epoch seconds, now, or relative as -1h; a window is the last hour unless told. {UNTRUSTED}"""


P = ParamSpec("P")


def build(client: Prometheus, cluster: str = "", alertmanager: Alertmanager | None = None) -> ToolServer:
    """The server over one Prometheus. `cluster` is the scope of the Kubernetes objects that labels mean.

    Without an Alertmanager there are no tools for one.
    """
    server = ToolServer("prometheus", INSTRUCTIONS, title="Prometheus")
    queries, analyses, watching = Queries(client, cluster), Analyses(client, cluster), Watching(client, cluster)

    def read(tool: Callable[P, Answer], title: str, *, of: str = "prometheus") -> None:
        """Under a name that says whose it is: `query` and `alerts` are what tools of many servers are called."""
        server.read(tool, title, name=f"{of}_{tool.__name__}", once=tool.__name__)

    read(queries.query, "Query at a moment")
    read(queries.query_range, "Query over a window")
    read(analyses.analyze, "Analyze series")
    read(queries.series, "List series")
    read(watching.alerts, "Alerts")
    read(watching.rules, "Rules")
    read(watching.targets, "Scrape targets")
    if alertmanager is not None:
        silencing = Silencing(alertmanager, cluster)
        server.read(silencing.alertmanager_alerts, "Alerts of the Alertmanager")
        read(silencing.silences, "Silences", of="alertmanager")
    return server
