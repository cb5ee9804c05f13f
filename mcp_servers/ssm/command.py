"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mcp_servers.serving import arguments, aws_options
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.server import ToolServer
from mcp_servers.ssm.runbooks.markdown_files import name_folders
from mcp_servers.ssm.server import build


def main() -> None:
    with open_server() as (server, options):
        server.run(options)


@contextmanager
def open_server(argv: Sequence[str] | None = None) -> Iterator[tuple[ToolServer, ServerOptions]]:
    """The server that these arguments (the command's own without) ask for, ready to run, until the end of the block."""
    parser = arguments.parser("ssm", "Systems Manager runbooks for any MCP client.", writes=True)
    aws_options.add_options(parser)
    parser.add_argument(
        "--runbooks",
        action="append",
        default=[],
        metavar="[NAME=]FOLDER",
        help="folder or Git checkout with Markdown runbooks; repeatable",
    )
    parsed = parser.parse_args(argv)
    options = arguments.options(parser, parsed)
    try:
        folders = name_folders(parsed.runbooks)
    except ValueError as problem:
        parser.error(f"--runbooks: {problem}")
    account = aws_options.account(parsed)
    yield build(account, options, folders), options
