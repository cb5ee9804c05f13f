"""The command line of this server: its arguments, then the server itself until the transport ends."""

from __future__ import annotations

from mcp_servers.cloudwatch.server import build
from mcp_servers.serving import arguments
from mcp_servers.serving.aws import AwsAccount


def main() -> None:
    parser = arguments.parser("cloudwatch", "CloudWatch metrics, alarms and logs for any MCP client.", writes=False)
    parser.add_argument("--region", default="", help="AWS region; default: the environment or profile")
    parser.add_argument("--profile", default="", help="AWS profile; default: the environment")
    parser.add_argument("--endpoint-url", default="", help="another AWS endpoint; default: AWS_ENDPOINT_URL")
    parsed = parser.parse_args()
    options = arguments.options(parser, parsed)
    account = AwsAccount(region=parsed.region, profile=parsed.profile, endpoint=parsed.endpoint_url)
    build(account).run(options)
