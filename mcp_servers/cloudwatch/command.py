"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mcp_servers.cloudwatch.server import build
from mcp_servers.serving import arguments
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.server import ToolServer


def main() -> None:
    with open_server() as (server, options):
        server.run(options)


@contextmanager
def open_server(argv: Sequence[str] | None = None) -> Iterator[tuple[ToolServer, ServerOptions]]:
    """The server that these arguments (the command's own without) ask for, ready to run, until the end of the block."""
    parser = arguments.parser("cloudwatch", "CloudWatch metrics, alarms and logs for any MCP client.", writes=False)
    parser.add_argument("--region", default="", help="AWS region (default: from the environment or profile)")
    parser.add_argument("--profile", default="", help="AWS profile (default: from the environment)")
    parser.add_argument(
        "--endpoint-url", default="", help="endpoint URL for all AWS services (default: AWS_ENDPOINT_URL)"
    )
    parser.add_argument(
        "--reuse-seconds", type=float, default=0.0, metavar="SECONDS",
        help="how long the result of a Logs Insights query is reused for the same query (default: 0, never)",
    )  # fmt: skip
    parsed = parser.parse_args(argv)
    options = arguments.options(parser, parsed)
    account = AwsAccount(
        region=parsed.region,
        profile=parsed.profile,
        endpoint=parsed.endpoint_url,
        reuse_seconds=parsed.reuse_seconds,
    )
    yield build(account), options
