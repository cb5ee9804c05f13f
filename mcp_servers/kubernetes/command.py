"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.connection.eks import EksCluster
from mcp_servers.kubernetes.server import build
from mcp_servers.serving import arguments
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.server import ToolServer


def main() -> None:
    with open_server() as (server, options):
        server.run(options)


@contextmanager
def open_server(argv: Sequence[str] | None = None) -> Iterator[tuple[ToolServer, ServerOptions]]:
    """The server that these arguments (the command's own without) ask for, ready to run, until the end of the block."""
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
    parsed = parser.parse_args(argv)
    options = arguments.options(parser, parsed)
    clusters = Clusters(kubeconfig=parsed.kubeconfig, contexts=parsed.context, name=parsed.cluster, eks=parsed.eks)
    with closing(clusters):
        yield build(clusters, options), options
