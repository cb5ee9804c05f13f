"""The server: its tools, and the door through which its writes go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes.connection.asking import Api
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.offered import ARGUMENT, each
from mcp_servers.kubernetes.tools.callers import Callers
from mcp_servers.kubernetes.tools.changes import Changes
from mcp_servers.kubernetes.tools.explain import Explain
from mcp_servers.kubernetes.tools.find import Find
from mcp_servers.kubernetes.tools.history import History
from mcp_servers.kubernetes.tools.listing import Listing
from mcp_servers.kubernetes.tools.log_study import LogStudy
from mcp_servers.kubernetes.tools.logs import Logs
from mcp_servers.kubernetes.tools.network_path import NetworkPath
from mcp_servers.kubernetes.tools.nodes import Nodes
from mcp_servers.kubernetes.tools.permissions import Permissions
from mcp_servers.kubernetes.tools.pods import Pods
from mcp_servers.kubernetes.tools.select import Select
from mcp_servers.kubernetes.tools.triage import Triage
from mcp_servers.kubernetes.writes.tools import AUDIENCE, Doors, Writes
from mcp_servers.serving.arguments import Options
from mcp_servers.serving.server import UNTRUSTED, ToolServer

P = ParamSpec("P")
Room = TypeVar("Room")

INSTRUCTIONS = f"""Reads Kubernetes. kubectl_triage tells what is unhealthy anywhere, kubectl_find what a
name means, kubectl_explain_workload every fact about a workload at once, kubectl_changes what changed when,
kubectl_network_path whether one reaches another; kubectl_logs, kubectl_events and kubectl_get look closer. Writes need
a permit over exactly the call that kubectl_preview showed; a
server without --writes lists none. {UNTRUSTED} Between « and » stands such text."""


def build(clusters: Clusters, options: Options) -> ToolServer:
    """The server over these clusters; nothing is asked of them before the first tool call."""
    several = _several(clusters) if clusters.are_several else ""
    server = ToolServer(AUDIENCE, INSTRUCTIONS + several, title="Kubernetes", writes=options.writes)
    doors = Doors(clusters, options)

    def read(room: Callable[[Api], Room], tool: Callable[Concatenate[Room, P], Answer], title: str) -> None:
        server.read(each(clusters, lambda name: room(Api(clusters.of(name))), tool), title)

    def write(tool: Callable[Concatenate[Writes, P], Answer], title: str) -> None:
        server.write(each(clusters, lambda name: Writes(doors.of(name), name), tool), title)

    read(Find, Find.kubectl_find, "Find by name")
    read(Triage, Triage.kubectl_triage, "What is unhealthy")
    read(Explain, Explain.kubectl_explain_workload, "Explain a workload")
    read(Listing, Listing.kubectl_get, "Get objects")
    read(Pods, Pods.kubectl_get_pods, "List pods")
    read(Pods, Pods.kubectl_describe_pod, "Describe a pod")
    read(Listing, Listing.kubectl_events, "Events")
    read(Listing, Listing.kubectl_top, "Usage of pods")
    read(Select, Select.kubectl_select, "Objects by conditions")
    read(Logs, Logs.kubectl_logs, "Pod logs")
    read(LogStudy, LogStudy.kubectl_study_logs, "Study pod logs")
    read(History, History.kubectl_rollout_history, "Rollout history")
    read(Changes, Changes.kubectl_changes, "What changed")
    read(Callers, Callers.kubectl_callers, "Who calls it")
    read(Nodes, Nodes.kubectl_nodes, "Nodes")
    read(NetworkPath, NetworkPath.kubectl_network_path, "Network path")
    read(Permissions, Permissions.kubectl_can_i, "Check a permission")
    server.read(doors.kubectl_preview, "Preview a write")
    write(Writes.kubectl_rollout_undo, "Undo a rollout")
    write(Writes.kubectl_set_resources, "Set limits and requests")
    write(Writes.kubectl_scale, "Scale")
    write(Writes.kubectl_rollout_restart, "Restart a workload")
    write(Writes.kubectl_set_service, "Redirect a Service")
    write(Writes.kubectl_set_ingress_backend, "Redirect an Ingress")
    return server


def _several(clusters: Clusters) -> str:
    return f" There are several clusters: without `{ARGUMENT}` a tool means {clusters.names[0]}."
