"""OpsItems, Parameter Store and managed instances, over AWS's own wire protocol."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from mcp import Client

from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.ssm.server import build
from tests.server_aws.asking import text_of
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio
WHEN = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)


async def ask(account: AwsAccount, tool: str, **arguments: Any) -> dict[str, Any]:
    async with Client(build(account, ServerOptions("stdio", "", 0, False, (), None, None)).mcp) as client:
        result = await client.call_tool(tool, arguments)
    if result.is_error:
        return {"error": text_of(result)}
    assert len(result.structured_content["text"]) <= 8_000 and len(json.dumps(result.structured_content)) < 24_000
    return dict(result.structured_content)


def parameters(wire: Wire, *entries: dict[str, Any], value: str = "") -> None:
    def describe(params: dict[str, Any]) -> dict[str, Any]:
        [rule] = params.get("ParameterFilters") or [{"Option": "BeginsWith", "Values": [""]}]
        exact = rule["Option"] == "Equals"
        there = [p for p in entries if p["Name"] == rule["Values"][0] or not exact]
        start = int(params.get("NextToken", "0"))
        more = {"NextToken": str(start + 50)} if len(there) > start + 50 else {}
        return {"Parameters": there[start : start + 50], **more}

    wire.operations["DescribeParameters"] = describe
    wire.operations["GetParameter"] = lambda params: {
        "Parameter": {"Name": params["Name"], "Type": "String", "Value": value}
    }


async def test_a_secure_parameter_is_described_and_never_asked_for(account: AwsAccount, wire: Wire) -> None:
    secret = {"Name": "/shop/password", "Type": "SecureString", "Version": 3, "LastModifiedDate": WHEN}
    parameters(wire, secret, value="never to be seen")
    answer = await ask(account, "get_parameter", name="/shop/password")
    assert answer["data"]["parameter"] == {
        "name": "/shop/password",
        "type": "SecureString",
        "version": 3,
        "changed": "2026-03-01T11:00:00Z",
    }
    assert "GetParameter" not in wire.names()


async def test_a_plain_parameter_tells_its_value_and_when_it_changed(account: AwsAccount, wire: Wire) -> None:
    parameters(wire, {"Name": "/shop/limit", "Type": "String", "LastModifiedDate": WHEN}, value="250")
    answer = await ask(account, "get_parameter", name="/shop/limit")
    assert answer["data"]["parameter"]["value"] == "250"
    assert answer["data"]["parameter"]["changed"] == "2026-03-01T11:00:00Z"


async def test_a_value_that_may_not_be_read_is_a_gap(account: AwsAccount, wire: Wire) -> None:
    parameters(wire, {"Name": "/shop/limit", "Type": "String"})
    wire.deny("GetParameter")
    answer = await ask(account, "get_parameter", name="/shop/limit")
    [denied] = [c for c in answer["coverage"] if c["state"] == "denied"]
    assert "ssm:GetParameter" in denied["detail"] and "value" not in answer["data"]["parameter"]


async def test_an_unknown_parameter_is_not_found_with_near_names(account: AwsAccount, wire: Wire) -> None:
    parameters(wire, {"Name": "/shop/limits", "Type": "String"})
    answer = await ask(account, "get_parameter", name="/shop/limit")
    assert "[not_found]" in answer["error"] and "/shop/limits" in answer["error"]


async def test_a_long_listing_goes_on_by_cursor_over_aws_s_own_pages(account: AwsAccount, wire: Wire) -> None:
    long = [{"Name": f"/shop/{n:03}/" + "x" * 200, "Type": "String", "Description": "d" * 300} for n in range(120)]
    parameters(wire, *long)
    names: list[str] = []
    cursor = ""
    while not names or cursor:
        answer = await ask(account, "list_parameters", prefix="/shop", cursor=cursor)
        names += [row["name"] for row in answer["data"]["parameters"]]
        cursor = answer["data"].get("cursor", "")
        assert answer["coverage"][0]["state"] == "truncated"
    assert names == [p["Name"] for p in long]


async def test_instances_that_fell_silent_stand_first(account: AwsAccount, wire: Wire) -> None:
    def instance(id: str, state: str) -> dict[str, Any]:
        return {"InstanceId": id, "PingStatus": state, "LastPingDateTime": WHEN, "AgentVersion": "3.3"}

    there = [instance("i-1", "Online"), instance("i-2", "ConnectionLost"), instance("i-3", "Online")]
    wire.operations["DescribeInstanceInformation"] = lambda params: {"InstanceInformationList": there}
    answer = await ask(account, "list_instances")
    assert [i["id"] for i in answer["data"]["instances"]] == ["i-2", "i-1", "i-3"]
    assert answer["data"]["silent"] == 1
    assert answer["data"]["instances"][0]["last_ping"] == "2026-03-01T11:00:00Z"
    assert answer["as_of"] == "2026-03-01T12:00:00Z"


async def test_open_ops_items_are_listed_and_one_tells_what_it_is_about(account: AwsAccount, wire: Wire) -> None:
    item = {"OpsItemId": "oi-1", "Title": "Disk nearly full", "Status": "Open", "Severity": "2", "CreatedTime": WHEN}
    about = '[{"arn":"arn:aws:ec2:eu-west-1:111122223333:instance/i-1"}]'
    full = item | {
        "Description": "mail ada@example.com",
        "OperationalData": {"/aws/resources": {"Value": about}, "why": {"Value": "logs"}},
    }
    wire.operations["DescribeOpsItems"] = lambda params: {"OpsItemSummaries": [item]}
    wire.operations["GetOpsItem"] = lambda params: {"OpsItem": full}
    machine = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
    listing = await ask(account, "list_ops_items", since="2026-03-01T00:00:00Z", resource=machine)
    one = await ask(account, "get_ops_item", ops_item_id="oi-1")
    assert [i["title"] for i in listing["data"]["ops_items"]] == ["Disk nearly full"]
    [sent] = [params for name, params in wire.asked if name == "DescribeOpsItems"]
    assert {f["Key"]: f["Operator"] for f in sent["OpsItemFilters"]} == {
        "Status": "Equal",
        "ResourceId": "Contains",
        "CreatedTime": "GreaterThan",
    }
    assert one["data"]["ops_item"]["resources"] == [machine]
    assert one["data"]["ops_item"]["data"] == {"why": "logs"} and "ada@" not in json.dumps(one)


@pytest.mark.parametrize(
    ("tool", "action"),
    [
        ("list_ops_items", "DescribeOpsItems"),
        ("list_parameters", "DescribeParameters"),
        ("list_instances", "DescribeInstanceInformation"),
    ],
)
async def test_a_listing_that_is_denied_names_the_missing_permission(
    account: AwsAccount, wire: Wire, tool: str, action: str
) -> None:
    wire.deny(action)
    answer = await ask(account, tool)
    assert "[denied]" in answer["error"] and f"ssm:{action}" in answer["error"]
