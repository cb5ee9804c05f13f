"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

from mcp_servers.serving import arguments
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.ssm.runbooks.markdown_files import named
from mcp_servers.ssm.server import build


def main() -> None:
    parser = arguments.parser("ssm", "Systems Manager runbooks for any MCP client.", writes=True)
    parser.add_argument("--region", default="", help="AWS region; default: the environment or profile")
    parser.add_argument("--profile", default="", help="AWS profile; default: the environment")
    parser.add_argument("--endpoint-url", default="", help="another AWS endpoint; default: AWS_ENDPOINT_URL")
    parser.add_argument(
        "--runbooks",
        action="append",
        default=[],
        metavar="[NAME=]FOLDER",
        help="folder or Git checkout with Markdown runbooks; may be given several times",
    )
    parsed = parser.parse_args()
    options = arguments.options(parser, parsed)
    try:
        folders = named(parsed.runbooks)
    except ValueError as problem:
        parser.error(f"--runbooks: {problem}")
    account = AwsAccount(region=parsed.region, profile=parsed.profile, endpoint=parsed.endpoint_url)
    build(account, options, folders).run(options)
