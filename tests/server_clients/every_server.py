"""The four servers as a client in the same process sees them; nothing behind them is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mcp_servers.cloudwatch import server as cloudwatch
from mcp_servers.kubernetes import server as kubernetes
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.prometheus import server as prometheus
from mcp_servers.prometheus.connection.alertmanager import Alertmanager
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.server import ToolServer
from mcp_servers.ssm import server as ssm

NOWHERE = "http://127.0.0.1:1"
KUBECONFIG = f"""
apiVersion: v1
kind: Config
current-context: lab
contexts: [{{name: lab, context: {{cluster: lab, user: me}}}}]
clusters: [{{name: lab, cluster: {{server: '{NOWHERE}'}}}}]
users: [{{name: me, user: {{token: none}}}}]
"""


def every_server(folder: Path, *, writes: bool) -> Iterator[ToolServer]:
    """With all tools that each can have; `folder` gets a kubeconfig."""
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG, encoding="utf-8")
    yield from every_server_of(str(kubeconfig), NOWHERE, NOWHERE, writes=writes)


def every_server_of(kubeconfig: str, aws: str, prometheus_url: str, *, writes: bool) -> Iterator[ToolServer]:
    """The same in front of these services."""
    options = ServerOptions("stdio", "", 0, writes, (), None, None)
    account = AwsAccount(region="eu-west-1", endpoint=aws)
    yield kubernetes.build(Clusters(kubeconfig=kubeconfig), options)
    yield cloudwatch.build(account)
    yield prometheus.build(Prometheus(prometheus_url), "lab", Alertmanager(NOWHERE))
    yield ssm.build(account, options)
