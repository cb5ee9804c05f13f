"""A service that gives no answer is asked once and costs a call little; what it does not offer is told as that."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from mcp_servers.serving import aws
from mcp_servers.serving.aws import AwsAccount
from sre_lab.aws.errors import AwsError
from tests.server_aws.asking import refusal_of
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio


async def test_a_service_that_stays_silent_is_asked_once(
    wire: Wire, account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "READ_SECONDS", 0.4)
    over = threading.Event()
    wire.operations["DescribeAlarms"] = lambda _params: {"MetricAlarms": [], "waited": over.wait(10)}
    problem = await refusal_of(account, "list_alarms")
    over.set()
    assert "[unavailable]" in problem and "did not answer in time" in problem
    assert wire.names().count("DescribeAlarms") == 1


async def test_what_a_service_does_not_offer_is_not_to_be_asked_again(wire: Wire, account: AwsAccount) -> None:
    def lacking(_params: dict[str, Any]) -> dict[str, Any]:
        raise AwsError("NotImplemented", "The action describe_alarms has not been implemented", status=501)

    wire.operations["DescribeAlarms"] = lacking
    problem = await refusal_of(account, "list_alarms")
    assert "[failed]" in problem and "does not support it" in problem and "in a moment" not in problem


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [({"state": "Nope"}, "'ALARM'"), ({"stat": "OK"}, "Did you mean state?"), ({"cursor": 5}, "valid string")],
)
async def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    wire: Wire, account: AwsAccount, arguments: dict[str, Any], allowed: str
) -> None:
    problem = await refusal_of(account, "list_alarms", **arguments)
    assert "[bad_request]" in problem and allowed in problem and wire.asked == []
