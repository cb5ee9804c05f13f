"""The server: its tools, and the door through which its writes go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from mcp_servers.contract.facts import Answer
from mcp_servers.kit.arguments import Options
from mcp_servers.kit.server import UNTRUSTED, ToolServer
from mcp_servers.kubernetes.asking import Api
from mcp_servers.kubernetes.callers import Callers
from mcp_servers.kubernetes.changes import Changes
from mcp_servers.kubernetes.clusters import Clusters
from mcp_servers.kubernetes.explain import Explain
from mcp_servers.kubernetes.find import Find
from mcp_servers.kubernetes.history import History
from mcp_servers.kubernetes.listing import Listing
from mcp_servers.kubernetes.log_study import LogStudy
from mcp_servers.kubernetes.logs import Logs
from mcp_servers.kubernetes.network_path import NetworkPath
from mcp_servers.kubernetes.nodes import Nodes
from mcp_servers.kubernetes.offered import ARGUMENT, each
from mcp_servers.kubernetes.permissions import Permissions
from mcp_servers.kubernetes.select import Select
from mcp_servers.kubernetes.triage import Triage
from mcp_servers.kubernetes.writing import AUDIENCE, Doors, Writes

P = ParamSpec("P")
Room = TypeVar("Room")

INSTRUCTIONS = f"""Reads Kubernetes. kubectl_triage tells what is unhealthy anywhere, kubectl_find what a
name means, kubectl_explain_workload every fact about a workload at once, kubectl_changes what changed when,
kubectl_network_path whether one reaches another; kubectl_logs, kubectl_events and kubectl_get look closer. Writes need
a permit over exactly the call that kubectl_preview showed. {UNTRUSTED} Between « and » stands such text."""


def build(clusters: Clusters, options: Options) -> ToolServer:
    """The server over these clusters; nothing is asked of them before the first tool call."""
    server = ToolServer(AUDIENCE, INSTRUCTIONS + (_several(clusters) if clusters.are_several else ""))
    doors = Doors(clusters, options)

    def read(room: Callable[[Api], Room], tool: Callable[Concatenate[Room, P], Answer]) -> None:
        server.read(each(clusters, lambda name: room(Api(clusters.of(name))), tool))

    def write(tool: Callable[Concatenate[Writes, P], Answer]) -> None:
        server.write(each(clusters, lambda name: Writes(doors.of(name), name), tool))

    read(Find, Find.kubectl_find)
    read(Triage, Triage.kubectl_triage)
    read(Explain, Explain.kubectl_explain_workload)
    read(Listing, Listing.kubectl_get)
    read(Listing, Listing.kubectl_events)
    read(Listing, Listing.kubectl_top)
    read(Select, Select.kubectl_select)
    read(Logs, Logs.kubectl_logs)
    read(LogStudy, LogStudy.kubectl_study_logs)
    read(History, History.kubectl_rollout_history)
    read(Changes, Changes.kubectl_changes)
    read(Callers, Callers.kubectl_callers)
    read(Nodes, Nodes.kubectl_nodes)
    read(NetworkPath, NetworkPath.kubectl_network_path)
    read(Permissions, Permissions.kubectl_can_i)
    server.read(doors.kubectl_preview)
    write(Writes.kubectl_rollout_undo)
    write(Writes.kubectl_set_resources)
    write(Writes.kubectl_scale)
    write(Writes.kubectl_rollout_restart)
    write(Writes.kubectl_set_service)
    write(Writes.kubectl_set_ingress_backend)
    return server


def _several(clusters: Clusters) -> str:
    return f" There are several clusters: without `{ARGUMENT}` a tool means {clusters.names[0]}."
