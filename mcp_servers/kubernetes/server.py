"""The server: its tools, and the door through which its writes go."""

from __future__ import annotations

from mcp_servers.kit.door import WriteDoor
from mcp_servers.kit.server import UNTRUSTED, ToolServer
from mcp_servers.kubernetes.asking import Api
from mcp_servers.kubernetes.changes import Changes
from mcp_servers.kubernetes.client import Cluster
from mcp_servers.kubernetes.explain import Explain
from mcp_servers.kubernetes.find import Find
from mcp_servers.kubernetes.history import History
from mcp_servers.kubernetes.listing import Listing
from mcp_servers.kubernetes.logs import Logs
from mcp_servers.kubernetes.network_path import NetworkPath
from mcp_servers.kubernetes.permissions import Permissions
from mcp_servers.kubernetes.triage import Triage
from mcp_servers.kubernetes.writing import AUDIENCE, Writes

INSTRUCTIONS = f"""Reads one Kubernetes cluster. kubectl_triage tells what is unhealthy anywhere, kubectl_find what a
name means, kubectl_explain_workload every fact about a workload at once, kubectl_changes what changed when,
kubectl_network_path whether one reaches another; kubectl_logs, kubectl_events and kubectl_get look closer. Writes need
a permit over exactly the call that kubectl_preview showed. {UNTRUSTED} Between « and » stands such text."""


def build(cluster: Cluster, door: WriteDoor) -> ToolServer:
    """The server over one cluster; nothing is asked of it before the first tool call."""
    server = ToolServer(AUDIENCE, INSTRUCTIONS)
    api = Api(cluster)
    listing, writes = Listing(api), Writes(cluster, door)
    server.read(Find(api).kubectl_find)
    server.read(Triage(api).kubectl_triage)
    server.read(Explain(api).kubectl_explain_workload)
    server.read(listing.kubectl_get)
    server.read(listing.kubectl_events)
    server.read(listing.kubectl_top)
    server.read(Logs(api).kubectl_logs)
    server.read(History(api).kubectl_rollout_history)
    server.read(Changes(api).kubectl_changes)
    server.read(NetworkPath(api).kubectl_network_path)
    server.read(Permissions(api).kubectl_can_i)
    server.read(writes.kubectl_preview)
    server.write(writes.kubectl_rollout_undo)
    server.write(writes.kubectl_set_resources)
    server.write(writes.kubectl_scale)
    server.write(writes.kubectl_rollout_restart)
    return server
