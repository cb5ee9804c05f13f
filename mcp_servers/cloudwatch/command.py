"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mcp_servers.cloudwatch.server import build
from mcp_servers.serving import arguments, aws_options
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.server import ToolServer


def main() -> None:
    with open_server() as (server, options):
        server.run(options)


@contextmanager
def open_server(argv: Sequence[str] | None = None) -> Iterator[tuple[ToolServer, ServerOptions]]:
    """The server that these arguments (the command's own without) ask for, ready to run, until the end of the block."""
    parser = arguments.parser("cloudwatch", "CloudWatch metrics, alarms and logs for any MCP client.", writes=False)
    aws_options.add_options(parser)
    parser.add_argument(
        "--reuse-seconds", type=float, default=0.0, metavar="SECONDS",
        help="how long the result of a Logs Insights query is reused for the same query (default: 0, never)",
    )  # fmt: skip
    parsed = parser.parse_args(argv)
    options = arguments.options(parser, parsed)
    account = aws_options.account(parsed, reuse_seconds=parsed.reuse_seconds)
    yield build(account), options
