"""The documents of `infra/runbooks`, each run in the lab on resources of its account, with what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_lab.behaviour.nodes import change_facts, instance_id
from sre_lab.scenario import Dependency
from sre_lab.scenario.cluster import NodeSpec

from .conftest import Aws
from .runbooks import execution, statuses

Json = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "infra" / "runbooks"


def run(aws: Aws, name: str, seconds: float = 60, **parameters: str) -> Json:
    """An execution of one of our documents as it stands after so many seconds."""
    ssm = aws.client("ssm")
    content = (FOLDER / f"{name}.yaml").read_text("utf-8")
    if name not in {one["Name"] for one in ssm.list_documents()["DocumentIdentifiers"]}:
        ssm.create_document(Name=name, DocumentType="Automation", DocumentFormat="YAML", Content=content)
    arguments = {key: [value] for key, value in parameters.items()}
    started = ssm.start_automation_execution(DocumentName=name, Parameters=arguments)
    aws.advance(seconds)
    return execution(ssm, started)


def end_of(automation: Json) -> tuple[str, str]:
    """Its status, and the step that failed, if one did."""
    failed = [name for name, status in statuses(automation).items() if status not in ("Success", "Pending")]
    return automation["AutomationExecutionStatus"], ",".join(failed)


@pytest.fixture
def node(aws: Aws) -> str:
    """The name of a node of the cluster, whose kubelet has died."""
    change_facts(aws.world, "worker-2", NodeSpec(kubelet="down"))
    return "worker-2"


def database(aws: Aws, **facts: Any) -> str:
    """The name of a database of the account."""
    aws.world.dependencies["orders-db"] = Dependency(name="orders-db", kind="rds", **facts)
    return "orders-db"


def test_an_instance_is_restarted_in_place_or_on_another_machine_and_a_stopped_one_is_left_alone(
    aws: Aws, node: str
) -> None:
    instance = instance_id(aws.world.cluster, node)
    assert end_of(run(aws, "SreAgent-RestartInstance", InstanceId=instance)) == ("Success", "")
    assert aws.world.cluster.facts(node).kubelet == "up"
    automation = run(aws, "SreAgent-RestartInstance", seconds=120, InstanceId=instance, How="StopAndStart")
    assert (end_of(automation), statuses(automation)["Start"]) == (("Success", ""), "Success")
    aws.client("ec2").stop_instances(InstanceIds=[instance])
    aws.advance(30)
    assert end_of(run(aws, "SreAgent-RestartInstance", InstanceId=instance)) == ("Failed", "IsRunning")


def test_a_node_is_rebooted_in_its_own_cluster_alone(aws: Aws, node: str) -> None:
    automation = run(aws, "SreAgent-RebootNode", NodeName=node, ClusterName="shop-prod")
    assert end_of(automation) == ("Success", "")
    assert automation["Outputs"] == {"Node.InstanceId": [instance_id(aws.world.cluster, node)]}
    assert aws.world.cluster.facts(node).kubelet == "up"
    assert end_of(run(aws, "SreAgent-RebootNode", NodeName=node, ClusterName="pay")) == ("Failed", "Node")


def test_a_database_fails_over_only_to_a_standby(aws: Aws) -> None:
    automation = run(aws, "SreAgent-FailOverDatabase", DBInstanceIdentifier=database(aws, multi_az=True))
    assert end_of(automation) == ("Success", "")
    assert automation["Outputs"] == {"Before.Zone": ["eu-west-1a"], "After.Zone": ["eu-west-1b"]}
    alone = run(aws, "SreAgent-FailOverDatabase", DBInstanceIdentifier=database(aws))
    assert end_of(alone) == ("Failed", "HasStandby")


def test_a_database_gets_a_larger_volume_and_never_a_smaller_one(aws: Aws) -> None:
    name = database(aws, storage_gib=100, storage_used=1.0)
    automation = run(aws, "SreAgent-RaiseDatabaseStorage", DBInstanceIdentifier=name, AllocatedStorage="150")
    assert (end_of(automation), automation["Outputs"]["After.AllocatedStorage"]) == (("Success", ""), ["150"])
    assert aws.world.dependencies[name].storage_used == pytest.approx(2 / 3)
    smaller = run(aws, "SreAgent-RaiseDatabaseStorage", DBInstanceIdentifier=name, AllocatedStorage="120")
    assert end_of(smaller) == ("Failed", "IsLargeEnough")
    same = run(aws, "SreAgent-RaiseDatabaseStorage", DBInstanceIdentifier=name, AllocatedStorage="150")
    assert end_of(same) == ("Success", "")


def test_a_table_gets_the_capacity_that_is_given_and_keeps_the_other(aws: Aws) -> None:
    automation = run(aws, "SreAgent-SetTableCapacity", TableName="orders", WriteCapacityUnits="80")
    after = {key: automation["Outputs"][f"After.{key}"] for key in ("ReadUnits", "WriteUnits")}
    assert (end_of(automation), after) == (("Success", ""), {"ReadUnits": ["5"], "WriteUnits": ["80"]})


def test_an_alias_returns_to_a_version_that_exists(aws: Aws) -> None:
    functions = aws.client("lambda")
    role = aws.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    functions.create_function(
        FunctionName="pay", Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": b"one"}, Publish=True
    )
    functions.create_alias(FunctionName="pay", Name="live", FunctionVersion="1")
    functions.update_function_code(FunctionName="pay", ZipFile=b"two", Publish=True)
    functions.update_alias(FunctionName="pay", Name="live", FunctionVersion="2")
    automation = run(aws, "SreAgent-RollBackAlias", FunctionName="pay", AliasName="live", ToVersion="1")
    assert (end_of(automation), automation["Outputs"]) == (
        ("Success", ""),
        {"Before.Version": ["2"], "After.Version": ["1"]},
    )
    assert functions.get_alias(FunctionName="pay", Name="live")["FunctionVersion"] == "1"
    assert end_of(run(aws, "SreAgent-RollBackAlias", FunctionName="pay", AliasName="live", ToVersion="7")) == (
        "Failed",
        "CanBeInvoked",
    )


def test_dead_letters_go_back_at_a_bounded_rate_and_only_those_of_a_dead_letter_queue(aws: Aws) -> None:
    sqs = aws.client("sqs")
    dead, orders = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("orders-dead", "orders"))
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 3}}'
    sqs.set_queue_attributes(QueueUrl=orders, Attributes={"RedrivePolicy": policy})
    for number in range(25):
        sqs.send_message(QueueUrl=dead, MessageBody=str(number))
    automation = run(aws, "SreAgent-RedriveQueue", seconds=3, QueueName="orders-dead", MessagesPerSecond="10")
    assert statuses(automation)["IsOver"] == "InProgress"
    aws.advance(30)
    automation = execution(aws.client("ssm"), automation)
    assert (end_of(automation), automation["Outputs"]["Before.Messages"]) == (("Success", ""), ["25"])
    waiting = sqs.get_queue_attributes(QueueUrl=orders, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert waiting["ApproximateNumberOfMessages"] == "25"
    assert end_of(run(aws, "SreAgent-RedriveQueue", QueueName="orders"))[1] == "Sources"


def test_a_redrive_that_is_stopped_leaves_the_rest_where_it_is(aws: Aws) -> None:
    sqs, ssm = aws.client("sqs"), aws.client("ssm")
    dead, orders = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("orders-dead", "orders"))
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 3}}'
    sqs.set_queue_attributes(QueueUrl=orders, Attributes={"RedrivePolicy": policy})
    for number in range(40):
        sqs.send_message(QueueUrl=dead, MessageBody=str(number))
    automation = run(aws, "SreAgent-RedriveQueue", seconds=6, QueueName="orders-dead", MessagesPerSecond="5")
    ssm.stop_automation_execution(AutomationExecutionId=automation["AutomationExecutionId"], Type="Cancel")
    aws.advance(30)
    assert execution(ssm, automation)["AutomationExecutionStatus"] == "Cancelled"
    left = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert 10 <= int(left["ApproximateNumberOfMessages"]) < 40


def test_a_nodes_disk_is_cleared_where_its_agent_reports(aws: Aws, node: str) -> None:
    change_facts(aws.world, node, NodeSpec(disk_used="96Gi", journal="80Gi"))
    automation = run(aws, "SreAgent-ClearNodeDisk", NodeName=node, ClusterName="shop-prod")
    assert end_of(automation) == ("Success", "")
    assert int(aws.world.cluster.facts(node).disk_used) == 16 * 1024**3 + 200 * 1024**2
    change_facts(aws.world, node, NodeSpec(ssm_agent="down"))
    aws.advance(400)
    assert end_of(run(aws, "SreAgent-ClearNodeDisk", NodeName=node, ClusterName="shop-prod")) == ("Failed", "Reports")
