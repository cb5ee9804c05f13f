"""The options of every server that reads an AWS account."""

from __future__ import annotations

import argparse

from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.aws_role import Role


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which account a server of AWS reads, and as whom."""
    parser.add_argument("--region", default="", help="AWS region (default: from the environment or profile)")
    parser.add_argument("--profile", default="", help="AWS profile (default: from the environment)")
    parser.add_argument("--role", default="", metavar="ARN", help="role to assume, in this or another account")
    parser.add_argument("--external-id", default="", metavar="ID", help="external id that the role's owner asks for")
    parser.add_argument(
        "--endpoint-url", default="", help="endpoint URL for all AWS services (default: AWS_ENDPOINT_URL)"
    )


def account(parsed: argparse.Namespace, *, reuse_seconds: float = 0.0) -> AwsAccount:
    """The account that these options mean; nothing is asked of it."""
    role = Role(parsed.role, parsed.external_id) if parsed.role else None
    return AwsAccount(
        region=parsed.region,
        profile=parsed.profile,
        endpoint=parsed.endpoint_url,
        role=role,
        reuse_seconds=reuse_seconds,
    )
