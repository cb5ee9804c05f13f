"""What the roles of `infra/` may do and, above all, what they may not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from mcp_servers.contract.permit_keys import ITEM
from tests.infra.iam import INFRA, allows, document, is_identity_policy, policies, statements

READER = INFRA / "aws" / "reader.json"
MODULES = INFRA / "terraform" / "modules"
START = MODULES / "remedy" / "policies" / "start.json"
USED_PERMITS = MODULES / "kubernetes_writer" / "policies" / "used_permits.json"
REMEDIES = sorted((MODULES / "remedy" / "policies" / "remedies").glob("*.json"))
ACCOUNT = "111122223333"
OF_SHOP = {"aws__ResourceTag_slash_kubernetes.io_slash_cluster_slash_shop": "owned"}

READING = re.compile(r"\w[\w-]*:(?:Describe|Get|List|BatchGet|Query|Search)")
# Actions that read, or send telemetry, by another name, and that have no resource to be limited to.
OF_NO_RESOURCE = {
    *("logs:StartQuery", "logs:StopQuery", "ssm:StartExecutionPreview", "sts:GetCallerIdentity"),
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
}


def test_the_reader_has_every_action_that_the_pages_of_the_servers_name() -> None:
    actions = {
        action
        for page in (INFRA.parent / "mcp_servers").glob("*/README.md")
        for block in re.findall(r"```json\n(.*?)```", page.read_text("utf-8"), re.S)
        if '"Statement"' in block
        for statement in json.loads(block)["Statement"]
        for action in statement["Action"]
    }
    assert {action for action in actions if not allows(READER, action)} == set()
    assert {"cloudwatch", "aps", "ssm", "xray"} <= {action.partition(":")[0] for action in actions}
    assert allows(READER, "eks:DescribeCluster")


def test_the_reader_can_only_read() -> None:
    actions = {action for one in statements(READER) if one.allows for action in one.actions}
    assert {action for action in actions - OF_NO_RESOURCE if not READING.match(action)} == set()
    assert not any("*" in action for action in actions)
    for write in ("ssm:StartAutomationExecution", "ssm:SendCommand", "ssm:PutParameter", "logs:PutLogEvents"):
        assert not allows(READER, write)


def test_the_reader_gets_no_secret_not_even_through_parameter_store() -> None:
    assert not allows(READER, "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:1:secret:pay")
    assert not allows(READER, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1")
    parameter = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter"
    assert not allows(READER, "ssm:GetParameter", f"{parameter}/aws/reference/secretsmanager/pay")
    assert allows(READER, "ssm:GetParameter", f"{parameter}/shop/replicas")


@pytest.mark.parametrize(
    "path", [path for path in policies() if is_identity_policy(path)], ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_nobody_writes_to_every_resource(path: Path) -> None:
    for one in statements(path):
        if one.allows and "*" in one.resources:
            writes = {action for action in one.actions if not READING.match(action)} - OF_NO_RESOURCE
            assert not writes or set(one.conditions["StringEquals"]) == {"cloudwatch:namespace"}
        if one.allows:
            assert not any(action == "*" or action.endswith(":*") for action in one.actions)


def test_a_writer_starts_its_one_document_for_its_one_cluster() -> None:
    where = f"arn:aws:ssm:eu-west-1:{ACCOUNT}"
    tags = {"aws__ResourceTag_slash_sre-agent__cluster": "shop"}
    start = "ssm:StartAutomationExecution"
    assert allows(START, start, f"{where}:document/Shop-RestartNodes", **tags)
    assert not allows(START, start, f"{where}:document/Shop-RestartNodes")
    assert not allows(
        START,
        start,
        f"{where}:document/Shop-RestartNodes",
        **tags | {"aws__ResourceTag_slash_sre-agent__cluster": "pay"},
    )
    for other in ("Shop-DeleteNodes", "AWS-RunShellScript", "Shop-RestartNodesAndMore"):
        assert not allows(START, start, f"{where}:document/{other}", **tags)
    assert not allows(START, "ssm:SendCommand", "*")


def test_a_writer_records_that_a_permit_is_used_and_cannot_say_who_signs_permits() -> None:
    """The public keys that writers believe stand in the same table."""
    table = "arn:aws:example:::used_permits_arn"
    for action in ("dynamodb:PutItem", "dynamodb:UpdateItem"):
        assert allows(USED_PERMITS, action, table, dynamodb__LeadingKeys="permit#1")
        assert not allows(USED_PERMITS, action, table, dynamodb__LeadingKeys=ITEM)
    assert allows(USED_PERMITS, "dynamodb:GetItem", table, dynamodb__LeadingKeys=ITEM)
    assert not allows(USED_PERMITS, "dynamodb:DeleteItem", table, dynamodb__LeadingKeys="permit#1")


def test_the_responder_says_who_signs_permits_and_touches_no_used_one() -> None:
    """Who could delete a used permit could have it executed again."""
    responder = MODULES / "roles" / "policies" / "responder.json"
    table = "arn:aws:example:::used_permits_arn"
    for action in ("dynamodb:GetItem", "dynamodb:PutItem"):
        assert allows(responder, action, table, dynamodb__LeadingKeys=ITEM)
        assert not allows(responder, action, table, dynamodb__LeadingKeys="permit#1")
    for action in ("UpdateItem", "DeleteItem", "BatchWriteItem", "Query"):
        assert not allows(responder, f"dynamodb:{action}", table, dynamodb__LeadingKeys=ITEM)
    main = (MODULES / "roles" / "main.tf").read_text("utf-8")
    assert 'if slot != "used_permits"' in main, "its tables are the others"


def test_a_writer_hands_on_only_the_role_of_its_remedy_and_only_to_systems_manager() -> None:
    role = "arn:aws:example:::automation_role_arn"
    assert allows(START, "iam:PassRole", role, iam__PassedToService="ssm.amazonaws.com")
    assert not allows(START, "iam:PassRole", role, iam__PassedToService="ec2.amazonaws.com")
    assert not allows(
        START, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", iam__PassedToService="ssm.amazonaws.com"
    )


@pytest.mark.parametrize("path", REMEDIES, ids=lambda path: path.stem)
def test_a_remedy_reaches_its_cluster_and_no_other(path: Path) -> None:
    """Every write names the cluster in its resource or asks for the cluster's tag; a document of AWS is nobody's."""
    for one in statements(path):
        if all(READING.match(action) for action in one.actions):
            continue
        conditions = {key: values for keys in one.conditions.values() for key, values in keys.items()}
        names_its_cluster = all("/shop/" in resource or "::document/AWS-" in resource for resource in one.resources)
        owned = {"aws:ResourceTag/kubernetes.io/cluster/shop": ("owned",)}
        assert names_its_cluster or conditions in (owned, {"aws:ResourceTag/sre-agent:cluster": ("shop",)})


def test_a_node_of_another_cluster_is_not_rebooted() -> None:
    reboot = MODULES / "remedy" / "policies" / "remedies" / "reboot-node.json"
    instance = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1"
    assert allows(reboot, "ec2:RebootInstances", instance, **OF_SHOP)
    assert not allows(reboot, "ec2:RebootInstances", instance)
    assert not allows(reboot, "ec2:TerminateInstances", instance, **OF_SHOP)


def test_the_responder_itself_sees_and_changes_nothing_of_what_it_looks_at() -> None:
    responder = MODULES / "roles" / "policies" / "responder.json"
    for action in (
        "cloudwatch:GetMetricData",
        "logs:StartQuery",
        "eks:DescribeCluster",
        "ssm:StartAutomationExecution",
    ):
        assert not allows(responder, action)
    assert not allows(
        responder, "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:pay/db"
    )
    assert not allows(
        responder, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", iam__PassedToService="scheduler.amazonaws.com"
    )


@pytest.mark.parametrize(
    "path",
    [path for path in policies() if not is_identity_policy(path)],
    ids=lambda path: f"{path.parts[-3]}-{path.stem}",
)
def test_nobody_outside_of_the_account_is_let_in(path: Path) -> None:
    """A service acts for this account or this resource; everybody (`*`) is only ever denied."""
    for one in document(path)["Statement"]:
        if one["Effect"] == "Deny":
            continue
        assert one["Principal"] != "*" and one["Principal"].get("AWS") != "*"
        service = one["Principal"].get("Service")
        acts_for_others = isinstance(service, list) or service in (
            "events.amazonaws.com",
            "scheduler.amazonaws.com",
            "bedrock-agentcore.amazonaws.com",
            "xray.amazonaws.com",
        )
        if acts_for_others:  # services that act on behalf of whoever asked them
            assert "aws:SourceAccount" in one["Condition"]["StringEquals"]


SLOTS_OF_STATE = r'(?:ask|call)\(\s*"(dynamodb|sqs|s3|scheduler|secretsmanager|kms)",\s*"(\w+)"'
BY_ANOTHER_NAME = {
    "dynamodb:TransactWriteItems": "dynamodb:ConditionCheckItem",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}
RESPONDER = INFRA.parent / "sre_agent"
OF_BACKUPS = {*(RESPONDER / "backup").rglob("*.py"), RESPONDER / "aws_services" / "table_copies.py"}  # with own roles


def questions_of(files: Iterable[Path]) -> set[str]:
    """Actions that the code of these files asks for of the services that keep the state."""
    asked_for = {
        f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"
        for file in files
        for service, operation in re.findall(SLOTS_OF_STATE, file.read_text("utf-8"))
    }
    return {BY_ANOTHER_NAME.get(action, action) for action in asked_for}


def rights_of(*policies: Path) -> set[str]:
    return {action for path in policies for one in statements(path) for action in one.actions}


def test_the_responder_may_ask_what_its_code_asks_of_the_services_that_keep_its_state() -> None:
    """Making tables, buckets, keys and groups is for whoever sets it up."""
    setup = {
        "scheduler:CreateScheduleGroup",
        "dynamodb:CreateTable",
        "s3:CreateBucket",
        "kms:CreateKey",
        "kms:UpdateAlias",
    }
    code = {file for file in RESPONDER.rglob("*.py") if file.stem != "definitions"} - OF_BACKUPS
    questions = questions_of(code)
    roles = MODULES / "roles" / "policies"
    assert "secretsmanager:PutSecretValue" in questions
    assert questions - setup - rights_of(roles / "responder.json", roles / "permits.json") == set()


def test_who_backs_up_reads_the_state_and_changes_none_of_it_and_who_restores_may_do_the_rest() -> None:
    backup, restore = INFRA / "aws" / "backup.json", INFRA / "aws" / "restore.json"
    assert questions_of(OF_BACKUPS) - rights_of(backup, restore) == set()
    table = "arn:aws:dynamodb:eu-west-1:111122223333:table/sre-agent"
    state, secret = (
        "arn:aws:s3:::YOUR-STATE-BUCKET/evidence/x",
        "arn:aws:secretsmanager:eu-west-1:1:secret:sre-agent/record-key-x",
    )
    assert allows(backup, "dynamodb:Scan", table) and allows(backup, "s3:GetObject", state)
    for action, resource in [
        *((f"dynamodb:{name}", table) for name in ("PutItem", "BatchWriteItem", "DeleteItem", "UpdateItem")),
        ("s3:PutObject", state),
        ("s3:DeleteObject", state),
        ("secretsmanager:PutSecretValue", secret),
    ]:
        assert not allows(backup, action, resource), action
    assert allows(restore, "dynamodb:BatchWriteItem", table) and allows(restore, "secretsmanager:CreateSecret", secret)
    assert not allows(restore, "s3:DeleteObject", "arn:aws:s3:::YOUR-BACKUPS/x"), "a restore cannot lose a backup"


def test_the_role_that_terraform_gives_to_backups_is_the_one_that_is_given_by_hand() -> None:
    by_hand, by_terraform = (
        {one["Sid"]: (one["Effect"], one["Action"]) for one in document(path)["Statement"]}
        for path in (INFRA / "aws" / "backup.json", MODULES / "backups" / "policies" / "backup.json")
    )
    assert by_hand == by_terraform


def test_who_starts_backups_starts_no_other_task_and_hands_on_no_other_role() -> None:
    schedule = MODULES / "backup_task" / "policies" / "schedule.json"
    task = "arn:aws:ecs:eu-west-1:111122223333:task-definition/sre-agent"
    cluster = {"ecs__cluster": "arn:aws:example:::cluster_arn"}
    assert allows(schedule, "ecs:RunTask", f"{task}-backup:7", **cluster)
    assert not allows(schedule, "ecs:RunTask", f"{task}:7", **cluster)
    assert not allows(schedule, "ecs:RunTask", f"{task}-backup:7", ecs__cluster="arn:aws:ecs:eu-west-1:1:cluster/x")
    role, to_tasks = "arn:aws:example:::role_arns", {"iam__PassedToService": "ecs-tasks.amazonaws.com"}
    assert allows(schedule, "iam:PassRole", role, **to_tasks)
    assert not allows(schedule, "iam:PassRole", role, iam__PassedToService="lambda.amazonaws.com")
