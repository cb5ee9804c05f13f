"""`python -m mcp_servers.kubernetes`: arguments, server, run."""

from __future__ import annotations

from mcp_servers.kit import arguments
from mcp_servers.kubernetes.client import Cluster
from mcp_servers.kubernetes.server import build
from mcp_servers.kubernetes.writing import door_for


def main() -> None:
    parser = arguments.parser("kubernetes", "One Kubernetes cluster for any MCP client.", writes=True)
    parser.add_argument("--kubeconfig", default="", help="file; default: KUBECONFIG, ~/.kube/config, else in-cluster")
    parser.add_argument("--context", default="", help="context of the kubeconfig; default: its current one")
    parser.add_argument("--cluster", default="", help="the cluster's name in facts and permits; default: the context's")
    parsed = parser.parse_args()
    cluster = Cluster(kubeconfig=parsed.kubeconfig, context=parsed.context, name=parsed.cluster)
    options = arguments.options(parsed)
    build(cluster, door_for(cluster, options)).run(options)


if __name__ == "__main__":
    main()
