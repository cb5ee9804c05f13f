"""The server: its tools, and the door through which its writes go."""

from __future__ import annotations

from mcp_servers.kit.door import WriteDoor
from mcp_servers.kit.server import UNTRUSTED, ToolServer
from mcp_servers.kubernetes.asking import Api
from mcp_servers.kubernetes.client import Cluster
from mcp_servers.kubernetes.explain import Explain
from mcp_servers.kubernetes.find import Find
from mcp_servers.kubernetes.history import History
from mcp_servers.kubernetes.listing import Listing
from mcp_servers.kubernetes.logs import Logs
from mcp_servers.kubernetes.writing import AUDIENCE, Writes

INSTRUCTIONS = f"""Reads one Kubernetes cluster. kubectl_find tells what a name means, kubectl_explain_workload gives
every fact about a workload at once; kubectl_logs, kubectl_events and kubectl_get look closer. Writes need a permit over
exactly the call that kubectl_preview showed. {UNTRUSTED}"""


def build(cluster: Cluster, door: WriteDoor) -> ToolServer:
    """The server over one cluster; nothing is asked of it before the first tool call."""
    server = ToolServer(AUDIENCE, INSTRUCTIONS)
    api = Api(cluster)
    listing, writes = Listing(api), Writes(cluster, door)
    server.read(Find(api).kubectl_find)
    server.read(Explain(api).kubectl_explain_workload)
    server.read(listing.kubectl_get)
    server.read(listing.kubectl_events)
    server.read(listing.kubectl_top)
    server.read(Logs(api).kubectl_logs)
    server.read(History(api).kubectl_rollout_history)
    server.read(writes.kubectl_preview)
    server.write(writes.kubectl_rollout_undo)
    server.write(writes.kubectl_set_resources)
    server.write(writes.kubectl_scale)
    server.write(writes.kubectl_rollout_restart)
    return server
