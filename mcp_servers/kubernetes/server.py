"""The server: its tools, and the guard that checks its writes."""

from __future__ import annotations

from functools import partial
from typing import Any

from mcp_servers.kubernetes import tools, writes
from mcp_servers.kubernetes.cluster_argument import ARGUMENT, each
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.writes.guards import AUDIENCE, ClusterWriteGuard, ClusterWriteGuards
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.registry import read_tools
from mcp_servers.serving.server import UNTRUSTED, ToolServer
from mcp_servers.writing.tools import tool_of, write_classes

INSTRUCTIONS = f"""Reads Kubernetes. kubectl_triage tells what is unhealthy anywhere, kubectl_find what a
name means, kubectl_explain_workload every fact about a workload at once, kubectl_changes what changed when,
kubectl_network_path whether one reaches another; kubectl_logs, kubectl_events and kubectl_get look closer. Writes need
a permit over exactly the call that kubectl_preview showed; a
server without --writes lists none. {UNTRUSTED} Between « and » stands such text."""

FIRST = (  # of the list; what is added follows
    "kubectl_find",
    "kubectl_triage",
    "kubectl_explain_workload",
    "kubectl_get",
    "kubectl_get_pods",
    "kubectl_describe_pod",
    "kubectl_events",
    "kubectl_top",
    "kubectl_select",
    "kubectl_logs",
    "kubectl_study_logs",
    "kubectl_rollout_history",
    "kubectl_changes",
    "kubectl_callers",
    "kubectl_callees",
    "kubectl_nodes",
    "kubectl_network_path",
    "kubectl_can_i",
)

FIRST_WRITES = (
    "kubectl_rollout_undo",
    "kubectl_set_resources",
    "kubectl_scale",
    "kubectl_rollout_restart",
    "kubectl_set_service",
    "kubectl_set_ingress_backend",
)


def build(clusters: Clusters, options: ServerOptions) -> ToolServer:
    """The server over these clusters; nothing is asked of them before the first tool call."""
    several = _several(clusters) if clusters.are_several else ""
    server = ToolServer(AUDIENCE, INSTRUCTIONS + several, title="Kubernetes", writes=options.writes)
    server.probe = lambda: Api(clusters.of()).now()
    classes = write_classes(writes, FIRST_WRITES)
    guards = ClusterWriteGuards(clusters, options, classes)

    for tool in read_tools(tools, FIRST):
        server.read(each(clusters, partial(_make, tool.owner, clusters), tool.method), tool.title, name=tool.name)
    server.read(guards.kubectl_preview, "Preview a write")
    for write in classes:
        server.write(each(clusters, lambda name: ClusterWriteGuard(guards.of(name), name), tool_of(write)), write.title)
    return server


def _make(owner: type[Any], clusters: Clusters, name: str) -> Any:
    return owner(Api(clusters.of(name)))


def _several(clusters: Clusters) -> str:
    return f" There are several clusters: without `{ARGUMENT}` a tool means {clusters.names[0]}."
