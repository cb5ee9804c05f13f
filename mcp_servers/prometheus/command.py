"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

import httpx2

from mcp_servers.prometheus.connection.alertmanager import Alertmanager
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.connection.workspaces import region_of
from mcp_servers.prometheus.server import build
from mcp_servers.serving import arguments
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.server import ToolServer

TOKEN = "PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name
ALERTMANAGER_TOKEN = "ALERTMANAGER_TOKEN"  # noqa: S105


def main() -> None:
    with open_server() as (server, options):
        server.run(options)


@contextmanager
def open_server(argv: Sequence[str] | None = None) -> Iterator[tuple[ToolServer, ServerOptions]]:
    """The server that these arguments (the command's own without) ask for, ready to run, until the end of the block."""
    parser = _parser()
    parsed = parser.parse_args(argv)
    options = arguments.options(parser, parsed)
    if not parsed.url:
        parser.error(f"--url is required, e.g. http://prometheus:9090 (a bearer token is read from {TOKEN})")
    region = parsed.sigv4 or region_of(parsed.url)
    auth = _signing(region, parsed.profile) if region else None
    beside = parsed.alertmanager_url or (parsed.url.rstrip("/") + "/alertmanager" if region_of(parsed.url) else "")
    with ExitStack() as stack:
        client = stack.enter_context(closing(Prometheus(parsed.url, os.environ.get(TOKEN, ""), auth)))
        alertmanager = None
        if beside:
            connection = Alertmanager(beside, os.environ.get(ALERTMANAGER_TOKEN, ""), auth)
            alertmanager = stack.enter_context(closing(connection))
        yield build(client, parsed.cluster, alertmanager), options


def _signing(region: str, profile: str) -> httpx2.Auth:
    from mcp_servers.prometheus.connection.sigv4 import SigV4  # noqa: PLC0415 - botocore is loaded for Amazon's workspaces alone

    return SigV4(region, profile)


def _parser() -> argparse.ArgumentParser:
    parser = arguments.parser("prometheus", "Prometheus series and alerts for any MCP client.", writes=False)
    parser.add_argument(
        "--url", default=os.environ.get("PROMETHEUS_URL", ""), help="base URL (default: PROMETHEUS_URL)"
    )
    parser.add_argument(
        "--alertmanager-url",
        default=os.environ.get("ALERTMANAGER_URL", ""),
        help="base URL of its Alertmanager (default: ALERTMANAGER_URL, or that of the Amazon workspace)",
    )
    parser.add_argument("--cluster", default="", help="name of the cluster that the labels namespace and pod refer to")
    parser.add_argument(
        "--sigv4",
        default="",
        metavar="REGION",
        help="sign requests for Amazon Managed Prometheus (default: the region in the workspace's address)",
    )
    parser.add_argument("--profile", default="", help="AWS profile to sign with (default: from the environment)")
    return parser
