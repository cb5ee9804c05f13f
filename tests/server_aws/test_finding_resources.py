"""What a name means among the resources of an account, as metrics, alarms and log groups know them."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.serving.aws import AwsAccount
from tests.server_aws.asking import call, refusal_of
from tests.server_aws.cloudwatch_world import CloudWatch
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio


@pytest.fixture
def world(wire: Wire) -> CloudWatch:
    cloudwatch = CloudWatch(wire)
    cloudwatch.put("AWS/Lambda", "Invocations", [1.0], FunctionName="label-printer")
    cloudwatch.put("AWS/SQS", "ApproximateAgeOfOldestMessage", [1.0], QueueName="labels")
    cloudwatch.put("AWS/DynamoDB", "ConsumedReadCapacityUnits", [1.0], TableName="labels")
    cloudwatch.put("AWS/ApplicationELB", "RequestCount", [1.0], LoadBalancer="app/storefront/0123abcd")
    cloudwatch.alarm("idle", "OK", Dimensions=[{"Name": "CacheClusterId", "Value": "basket-cache"}])
    cloudwatch.logs["/aws/lambda/label-archiver"] = []
    cloudwatch.logs["/aws/rds/instance/parcels/postgresql"] = []
    return cloudwatch


async def search(account: AwsAccount, **arguments: Any) -> list[str]:
    answer = await call(account, "find_resources", **arguments)
    return [f"{m['kind']}/{m['name']}{'' if m['exact'] else '?'}" for m in answer["data"]["matches"]]


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("label-printer", "Function/label-printer"),
        ("Label-Printer", "Function/label-printer"),
        ("storefront", "LoadBalancer/storefront"),
        ("app/storefront/0123abcd", "LoadBalancer/storefront"),
        ("basket-cache", "Cache/basket-cache"),
        ("label-archiver", "Function/label-archiver"),
        ("parcels", "Database/parcels"),
        ("label-pinter", "Function/label-printer?"),
        ("printer", "Function/label-printer?"),
    ],
)
async def test_a_name_leads_to_the_resource_that_metrics_alarms_or_log_groups_know(
    account: AwsAccount, world: CloudWatch, name: str, resource: str
) -> None:
    assert (await search(account, name=name))[0] == resource


async def test_the_same_name_of_two_kinds_is_two_matches_and_a_kind_decides(
    account: AwsAccount, world: CloudWatch
) -> None:
    assert (await search(account, name="labels"))[:2] == ["Table/labels", "Queue/labels"]
    assert (await search(account, name="labels", kinds=["Queue"]))[:1] == ["Queue/labels"]


async def test_without_a_name_all_of_a_kind_are_listed(account: AwsAccount, world: CloudWatch) -> None:
    assert await search(account, kinds=["Function"]) == ["Function/label-archiver", "Function/label-printer"]
    assert len(await search(account)) == 7


async def test_what_is_denied_is_a_gap_and_the_rest_is_searched(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    wire.deny("DescribeLogGroups")
    answer = await call(account, "find_resources", name="label-printer")
    assert answer["data"]["matches"][0]["exact"]
    gaps = [one["detail"] for one in answer["coverage"] if one["state"] == "denied"]
    assert gaps and all("logs:DescribeLogGroups" in gap for gap in gaps)


async def test_where_nothing_can_be_read_it_says_so_and_does_not_say_that_there_is_nothing(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    for operation in ("DescribeLogGroups", "ListMetrics", "DescribeAlarms"):
        wire.deny(operation)
    assert "[denied]" in await refusal_of(account, "find_resources", name="label-printer")
