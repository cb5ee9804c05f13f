"""`python -m mcp_servers.prometheus`: arguments, server, run."""

from __future__ import annotations

import os
from contextlib import closing

from mcp_servers.kit import arguments
from mcp_servers.prometheus.client import Prometheus
from mcp_servers.prometheus.server import build

TOKEN = "PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name


def main() -> None:
    parser = arguments.parser("prometheus", "Prometheus series and alerts for any MCP client.", writes=False)
    parser.add_argument("--url", default=os.environ.get("PROMETHEUS_URL", ""), help="base URL; default: PROMETHEUS_URL")
    parser.add_argument(
        "--cluster", default="", help="name of the cluster whose objects the labels namespace and pod mean"
    )
    parsed = parser.parse_args()
    if not parsed.url:
        parser.error(f"--url is needed, as http://prometheus:9090 (a bearer token is read from {TOKEN})")
    client = Prometheus(parsed.url, os.environ.get(TOKEN, ""))
    with closing(client):
        build(client, parsed.cluster).run(arguments.options(parsed))


if __name__ == "__main__":
    main()
