"""A CloudWatch and a Systems Manager on loopback, and MCP clients of the servers in front of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mcp_servers.serving.aws import AwsAccount
from tests.server_aws.wire import Socket, Wire, serving_app

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def socket() -> Iterator[tuple[Socket, str]]:
    one = Socket()
    with serving_app(one.app) as url:
        yield one, url


@pytest.fixture
def wire(socket: tuple[Socket, str]) -> Wire:
    behind, url = socket
    behind.wire = Wire(NOW)
    behind.wire.url = url
    return behind.wire


@pytest.fixture
def account(wire: Wire) -> AwsAccount:
    return AwsAccount(region="eu-west-1", endpoint=wire.url)
