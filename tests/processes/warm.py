"""What every server and every command makes of the same texts at its start, made once in the process that is copied."""

from __future__ import annotations

import sys
from unittest import mock

from mcp_servers.cloudwatch import command as cloudwatch
from mcp_servers.kubernetes import command as kubernetes
from mcp_servers.prometheus import command as prometheus
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.server import ToolServer
from mcp_servers.ssm import command as ssm
from sre_agent import failures
from sre_agent.agents.roster import roster
from sre_agent.model.address import price_list
from sre_lab import scenario
from tests import made_once
from tests.sampling import load_shipped

SERVICES = ("cloudwatch", "logs", "ssm", "sts")
NOWHERE = "http://127.0.0.1:9"


def warm() -> None:
    made_once.make_once()
    failures.load()
    for name in scenario.names():
        load_shipped(name)
    roster()
    price_list()
    for command in (kubernetes, cloudwatch, ssm):
        _built(command.main)
    _built(prometheus.main, "--url", NOWHERE)
    account = AwsAccount(region="eu-west-1", endpoint=NOWHERE, keys=("testing", "testing", ""))
    for service in SERVICES:
        account._clients.client(service, 1)


def _built(main: object, *arguments: str) -> None:
    """A server that is built and does not serve."""
    assert callable(main)
    with mock.patch.object(sys, "argv", ["sre-agent", *arguments]), mock.patch.object(ToolServer, "run"):
        main()
