"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

from contextlib import closing

from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.connection.eks import EksCluster
from mcp_servers.kubernetes.server import build
from mcp_servers.serving import arguments


def main() -> None:
    parser = arguments.parser("kubernetes", "Kubernetes clusters for any MCP client.", writes=True)
    parser.add_argument(
        "--kubeconfig", default="", help="file; default: KUBECONFIG, then ~/.kube/config, then in-cluster"
    )
    parser.add_argument(
        "--context", action="append", default=[], help="context in the kubeconfig, repeatable; default: all contexts"
    )
    parser.add_argument(
        "--eks", action="append", default=[], type=EksCluster.parse, metavar="NAME=REGION/CLUSTER[,role=ARN]",
        help="EKS cluster, reached with AWS credentials, repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--cluster", default="", help="name of the default cluster in facts and permits; default: the context's name"
    )
    parsed = parser.parse_args()
    options = arguments.options(parser, parsed)
    clusters = Clusters(kubeconfig=parsed.kubeconfig, contexts=parsed.context, name=parsed.cluster, eks=parsed.eks)
    with closing(clusters):
        build(clusters, options).run(options)
