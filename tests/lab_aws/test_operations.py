"""OpsItems and managed instances, as boto3 and the responder's own tools see them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from mcp import Client

from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.ssm.server import build
from sre_lab.aws.ssm import ops_items
from sre_lab.behaviour.nodes import change_facts, create_nodes
from sre_lab.scenario import OpsItemSpec
from sre_lab.scenario.cluster import NodeSpec
from tests.lab_aws.conftest import START, Aws

FILED = {"Title": "Disk nearly full", "Description": "df says 91 %", "Source": "ops-desk", "Severity": "2"}


async def tool(aws: Aws, name: str, **arguments: Any) -> dict[str, Any]:
    server = build(
        AwsAccount(region="eu-west-1", endpoint=aws.url), ServerOptions("stdio", "", 0, False, (), None, None)
    )
    async with Client(server.mcp) as client:
        result = await client.call_tool(name, arguments)
    assert not result.is_error, result
    return dict(result.structured_content)


def error(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_an_ops_item_is_filed_changed_and_resolved(aws: Aws) -> None:
    ssm = aws.client("ssm")
    data = {"/aws/dedup": {"Value": '{"dedupString":"disk"}', "Type": "SearchableString"}}
    created = ssm.create_ops_item(**FILED, OperationalData=data)
    aws.advance(60)
    ssm.update_ops_item(OpsItemId=created["OpsItemId"], Status="InProgress", OperationalDataToDelete=["none"])
    item = ssm.get_ops_item(OpsItemId=created["OpsItemId"])["OpsItem"]
    assert (item["Title"], item["Status"], item["Version"]) == ("Disk nearly full", "InProgress", "2")
    assert (item["LastModifiedTime"] - item["CreatedTime"]).total_seconds() == 60
    again = {**FILED, "OperationalData": data}
    assert error(ssm.create_ops_item, **again) == "OpsItemAlreadyExistsException"
    ssm.update_ops_item(OpsItemId=created["OpsItemId"], Status="Resolved")
    assert ssm.create_ops_item(**again)["OpsItemId"] != created["OpsItemId"]


def test_what_is_no_ops_item_is_refused(aws: Aws) -> None:
    ssm = aws.client("ssm")
    item = ssm.create_ops_item(**FILED)["OpsItemId"]
    invalid = "OpsItemInvalidParameterException"
    assert error(ssm.create_ops_item, **{**FILED, "Source": "AWS mine"}) == invalid
    assert error(ssm.create_ops_item, **{**FILED, "Priority": 5, "Category": "c" * 65}) == invalid
    assert error(ssm.update_ops_item, OpsItemId=item, Status="Approved") == invalid
    assert error(ssm.get_ops_item, OpsItemId="oi-000000000000") == "OpsItemNotFoundException"
    by = {"Key": "ResourceId", "Values": ["a"], "Operator": "Equal"}
    assert error(ssm.describe_ops_items, OpsItemFilters=[by]) == invalid


def test_an_alarm_files_one_ops_item_while_that_is_open(aws: Aws) -> None:
    client = aws.client("cloudwatch")
    action = "arn:aws:ssm:eu-west-1:111122223333:opsitem:2#CATEGORY=Performance"
    metric = {"Namespace": "Shop", "MetricName": "Errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    rule = {"Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    client.put_metric_alarm(AlarmName="errors", AlarmActions=[action], **metric, **rule)
    for state in ("ALARM", "OK", "ALARM"):
        client.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="tried")
    by = {"Key": "Source", "Values": ["CloudWatch"], "Operator": "Equal"}
    [item] = aws.client("ssm").describe_ops_items(OpsItemFilters=[by])["OpsItemSummaries"]
    assert (item["Title"], item["Severity"]) == ("CloudWatch alarm - 'errors' is in ALARM state", "2")
    assert item["Category"] == "Performance" and "Description" not in item


@pytest.mark.anyio
async def test_the_tools_list_and_read_what_a_scenario_declares(aws: Aws) -> None:
    machine = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
    fields = {"description": "since Monday", "source": "EC2", "resources": [machine], "runbooks": ["AWS-Restart"]}
    ops_items.file(aws.world, OpsItemSpec(title="Scheduled retirement", age=86_400.0, **fields))
    ops_items.file(aws.world, OpsItemSpec(title="Done", status="Resolved", description="-", source="EC2"))
    [entry] = (await tool(aws, "list_ops_items", resource=machine))["data"]["ops_items"]
    assert (entry["title"], entry["created"]) == ("Scheduled retirement", "2025-12-31T00:00:00Z")
    one = (await tool(aws, "get_ops_item", ops_item_id=entry["id"]))["data"]["ops_item"]
    assert (one["resources"], one["runbooks"]) == ([machine], ["AWS-Restart"])
    assert (await tool(aws, "list_ops_items", since="2026-01-01T00:00:00Z"))["data"]["ops_items"] == []
    both = (await tool(aws, "list_ops_items", status=""))["data"]["ops_items"]
    assert [item["title"] for item in both] == ["Done", "Scheduled retirement"]


@pytest.mark.anyio
async def test_the_machines_of_the_cluster_are_managed_instances_until_their_agent_falls_silent(aws: Aws) -> None:
    create_nodes(aws.world, since=START)
    change_facts(aws.world, "worker-1", NodeSpec(kubelet="down"))
    change_facts(aws.world, "worker-2", NodeSpec(ssm_agent="down"))
    aws.advance(420)
    answer = (await tool(aws, "list_instances"))["data"]
    assert next((i["name"], i["state"]) for i in answer["instances"]) == ("worker-2", "ConnectionLost")
    assert answer["silent"] == 1 and len(answer["instances"]) == 3
    assert answer["instances"][0]["last_ping"] == "2026-01-01T00:00:00Z"
    node = aws.world.objects.get("Node", "", "worker-2") or {}
    assert answer["instances"][0]["id"] == node["spec"]["providerID"][-19:]
    change_facts(aws.world, "worker-2", NodeSpec(ssm_agent="up"))
    aws.advance(300)
    online = (await tool(aws, "list_instances", state="Online"))["data"]["instances"]
    assert [i["address"] for i in sorted(online, key=lambda i: str(i["name"]))] == [
        "10.0.1.10",
        "10.0.2.10",
        "10.0.3.10",
    ]
