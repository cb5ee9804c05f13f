"""Automation executions, from start to end, on the lab's clock."""

from __future__ import annotations

from typing import Any

import pytest

from sre_lab.aws import tables

from .conftest import START, Aws
from .runbooks import call, create, execution, sleep, statuses, step

CAPACITY = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": "{{ Units }}"}}
SCALE = call("scale", "UpdateTable", {"TableName": "{{ Table }}", **CAPACITY})
TABLE_AND_UNITS = {"Table": {"type": "String"}, "Units": {"type": "Integer", "default": 50}}
ACTIVE = {
    "Service": "dynamodb",
    "Api": "DescribeTable",
    "TableName": "orders",
    "PropertySelector": "$.Table.TableStatus",
}


def start(aws: Aws, *steps: dict[str, Any], seconds: float = 60, arguments: Any = None, **more: Any) -> dict[str, Any]:
    """The execution of a document with these steps after so many seconds."""
    ssm = aws.client("ssm")
    create(ssm, "Runbook", *steps, **more)
    started = ssm.start_automation_execution(DocumentName="Runbook", Parameters=arguments or {})
    aws.advance(seconds)
    return execution(ssm, started)


def test_an_execution_calls_aws_and_passes_outputs_on(aws: Aws) -> None:
    selector = "$.TableDescription.ProvisionedThroughput.WriteCapacityUnits"
    scale = {**SCALE, "outputs": [{"Name": "Units", "Selector": selector, "Type": "Integer"}]}
    ready = step("ready", "aws:waitForAwsResourceProperty", {**ACTIVE, "DesiredValues": ["ACTIVE"]})
    automation = start(
        aws, scale, ready, parameters=TABLE_AND_UNITS, arguments={"Table": ["orders"]}, outputs=["scale.Units"]
    )
    assert automation["AutomationExecutionStatus"] == "Success"
    assert statuses(automation) == {"scale": "Success", "ready": "Success"}
    assert automation["Outputs"] == {"scale.Units": ["50"]}
    assert automation["StepExecutions"][0]["Inputs"]["TableName"] == "orders"
    assert tables.capacity(aws.world, "orders") == (5, 50)
    assert START < automation["ExecutionStartTime"].timestamp() + 1 < automation["ExecutionEndTime"].timestamp() + 1


def test_nothing_happens_while_the_clock_stands(aws: Aws) -> None:
    automation = start(aws, SCALE, seconds=0, parameters=TABLE_AND_UNITS, arguments={"Table": ["orders"]})
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == ("Pending", {"scale": "Pending"})
    assert tables.capacity(aws.world, "orders") == (5, 5)


def test_a_call_that_aws_refuses_fails_the_step_with_its_words(aws: Aws) -> None:
    automation = start(aws, call("look", "DescribeTable", {"TableName": "nowhere"}), sleep("never"))
    assert automation["AutomationExecutionStatus"] == "Failed"
    assert statuses(automation) == {"look": "Failed", "never": "Pending"}
    assert "ResourceNotFoundException" in automation["StepExecutions"][0]["FailureMessage"]
    assert "look" in automation["FailureMessage"]


@pytest.mark.parametrize(
    ("choice", "holds"),
    [
        ({"Variable": "{{ Size }}", "NumericGreater": 10}, True),
        ({"Variable": "{{ Size }}", "NumericLesserOrEquals": 11}, False),
        ({"Not": {"Variable": "{{ Name }}", "StringEquals": ""}}, True),
        ({"And": [{"Variable": "{{ Name }}", "StartsWith": "or"}, {"Variable": "{{ Name }}", "EndsWith": "x"}]}, False),
        ({"Or": [{"Variable": "{{ Name }}", "Contains": "zz"}, {"Variable": "{{ On }}", "BooleanEquals": True}]}, True),
        ({"Variable": "{{ Name }}", "EqualsIgnoreCase": "ORDERS"}, True),
    ],
)
def test_a_branch_takes_the_first_choice_that_holds(aws: Aws, choice: dict[str, Any], holds: bool) -> None:
    parameters = {
        "Size": {"type": "Integer", "default": 12},
        "Name": {"type": "String", "default": "orders"},
        "On": {"type": "Boolean", "default": True},
    }
    branch = step("decide", "aws:branch", {"Choices": [{"NextStep": "yes", **choice}], "Default": "no"})
    automation = start(aws, branch, sleep("yes", isEnd=True), sleep("no", isEnd=True), parameters=parameters)
    first_choice = {"decide": "Success", "yes": "Success", "no": "Pending"}
    assert statuses(automation) == (first_choice if holds else {**first_choice, "yes": "Pending", "no": "Success"})


def test_a_sleep_takes_its_time(aws: Aws) -> None:
    automation = start(aws, sleep("nap", "PT1M30S"), seconds=80)
    assert (automation["AutomationExecutionStatus"], automation["CurrentStepName"]) == ("InProgress", "nap")
    aws.advance(20)
    assert execution(aws.client("ssm"), automation)["AutomationExecutionStatus"] == "Success"


def test_a_wait_goes_on_when_the_property_has_the_value(aws: Aws) -> None:
    inputs = {**ACTIVE, "PropertySelector": "$.Table.ProvisionedThroughput.WriteCapacityUnits", "DesiredValues": ["9"]}
    automation = start(aws, step("grown", "aws:waitForAwsResourceProperty", inputs))
    assert automation["AutomationExecutionStatus"] == "InProgress"
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 9}
    aws.client("dynamodb").update_table(TableName="orders", ProvisionedThroughput=units)
    aws.advance(10)
    assert execution(aws.client("ssm"), automation)["AutomationExecutionStatus"] == "Success"


def test_a_wait_that_sees_nothing_times_out(aws: Aws) -> None:
    inputs = {**ACTIVE, "DesiredValues": ["ARCHIVED"]}
    automation = start(aws, step("gone", "aws:waitForAwsResourceProperty", inputs, timeoutSeconds=30))
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == ("TimedOut", {"gone": "TimedOut"})


def test_an_assertion_that_does_not_hold_fails_and_says_what_it_saw(aws: Aws) -> None:
    automation = start(aws, step("check", "aws:assertAwsResourceProperty", {**ACTIVE, "DesiredValues": ["DELETING"]}))
    assert automation["AutomationExecutionStatus"] == "Failed"
    assert "'ACTIVE'" in automation["StepExecutions"][0]["FailureMessage"]


BROKEN = {"TableName": "nowhere"}


def test_a_step_that_goes_on_after_a_failure_is_not_critical_unless_it_says_so(aws: Aws) -> None:
    steps = [call("try", "DescribeTable", BROKEN, onFailure="Continue"), sleep("on")]
    automation = start(aws, *steps)
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Success",
        {"try": "Failed", "on": "Success"},
    )


def test_a_critical_step_fails_the_execution_although_it_goes_on(aws: Aws) -> None:
    automation = start(aws, call("try", "DescribeTable", BROKEN, onFailure="Continue", isCritical=True), sleep("on"))
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Failed",
        {"try": "Failed", "on": "Success"},
    )


def test_a_failure_goes_to_the_step_that_it_names(aws: Aws) -> None:
    failing = call("try", "DescribeTable", BROKEN, onFailure="step:undo")
    automation = start(aws, failing, sleep("skipped", isEnd=True), sleep("undo"))
    assert statuses(automation) == {"try": "Failed", "skipped": "Pending", "undo": "Success"}


def test_a_step_is_tried_as_often_as_it_says(aws: Aws) -> None:
    automation = start(aws, call("try", "DescribeTable", {"TableName": "late"}, maxAttempts=3), seconds=1)
    assert automation["AutomationExecutionStatus"] == "InProgress"
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    aws.client("dynamodb").create_table(
        TableName="late", KeySchema=key, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )
    aws.advance(10)
    assert execution(aws.client("ssm"), automation)["AutomationExecutionStatus"] == "Success"
    assert tables.capacity(aws.world, "late") is None


def test_what_the_system_provides_can_be_referred_to(aws: Aws) -> None:
    tag = {
        "ResourceArn": "{{ Arn }}",
        "Tags": [{"Key": "by", "Value": "{{automation:EXECUTION_ID}} {{ global:DATE }}"}],
    }
    arn = aws.client("dynamodb").describe_table(TableName="orders")["Table"]["TableArn"]
    automation = start(
        aws, call("tag", "TagResource", tag), parameters={"Arn": {"type": "String"}}, arguments={"Arn": [arn]}
    )
    tags = aws.client("dynamodb").list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "by", "Value": f"{automation['AutomationExecutionId']} 2026-01-01"}]


def test_a_reference_to_nothing_fails_the_step_and_lists_what_there_is(aws: Aws) -> None:
    automation = start(aws, call("look", "DescribeTable", {"TableName": "{{ Tabel }}"}), parameters=TABLE_AND_UNITS,
                  arguments={"Table": ["orders"]})  # fmt: skip
    assert "{{ Tabel }} has no value" in automation["FailureMessage"] and "Table" in automation["FailureMessage"]


def test_the_same_client_token_starts_one_execution(aws: Aws) -> None:
    ssm = aws.client("ssm")
    create(ssm, "Nap", sleep("nap"), parameters={"Why": {"type": "String", "default": ""}})
    token = "0f5c1a52-6d50-4c0f-9a57-3f8f2f6d9a11"
    first = ssm.start_automation_execution(DocumentName="Nap", ClientToken=token)["AutomationExecutionId"]
    aws.advance(60)
    again = ssm.start_automation_execution(DocumentName="Nap", ClientToken=token)["AutomationExecutionId"]
    assert again == first
    assert len(ssm.describe_automation_executions()["AutomationExecutionMetadataList"]) == 1
    with pytest.raises(ssm.exceptions.IdempotentParameterMismatch):
        ssm.start_automation_execution(DocumentName="Nap", ClientToken=token, Parameters={"Why": ["other"]})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Table"),
        ({"Table": ["orders"], "Tabel": ["x"]}, "Tabel"),
        ({"Table": ["orders", "carts"]}, "takes one value"),
        ({"Table": ["Orders!"]}, "does not match"),
        ({"Table": ["orders"], "Units": ["many"]}, "Integer"),
        ({"Table": ["orders"], "Mode": ["medium"]}, "slow, fast"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_the_reason(aws: Aws, arguments: Any, words: str) -> None:
    ssm = aws.client("ssm")
    parameters = {
        "Table": {"type": "String", "allowedPattern": "^[a-z]+$"},
        "Units": {"type": "Integer", "default": 5},
        "Mode": {"type": "String", "default": "slow", "allowedValues": ["slow", "fast"]},
    }
    create(ssm, "Scale", SCALE, parameters=parameters)
    with pytest.raises(ssm.exceptions.InvalidAutomationExecutionParametersException, match=words):
        ssm.start_automation_execution(DocumentName="Scale", Parameters=arguments)
    assert ssm.describe_automation_executions()["AutomationExecutionMetadataList"] == []


def test_a_document_with_another_action_is_refused_at_start_with_its_name(aws: Aws) -> None:
    ssm = aws.client("ssm")
    create(ssm, "Script", sleep("nap"), step("fix", "aws:executeScript", {"Runtime": "python3.11"}))
    with pytest.raises(ssm.exceptions.InvalidAutomationExecutionParametersException) as refused:
        ssm.start_automation_execution(DocumentName="Script")
    assert "'fix'" in str(refused.value) and "'aws:executeScript'" in str(refused.value)


def test_an_unknown_document_or_version_is_the_modelled_error(aws: Aws) -> None:
    ssm = aws.client("ssm")
    create(ssm, "Nap", sleep("nap"))
    with pytest.raises(ssm.exceptions.AutomationDefinitionNotFoundException):
        ssm.start_automation_execution(DocumentName="Nope")
    with pytest.raises(ssm.exceptions.AutomationDefinitionVersionNotFoundException):
        ssm.start_automation_execution(DocumentName="Nap", DocumentVersion="7")
    with pytest.raises(ssm.exceptions.AutomationExecutionNotFoundException):
        ssm.get_automation_execution(AutomationExecutionId="0f5c1a52-6d50-4c0f-9a57-3f8f2f6d9a11")


def test_executions_and_steps_are_listed_by_filter(aws: Aws) -> None:
    ssm = aws.client("ssm")
    create(ssm, "Shop-Nap", sleep("one"), sleep("two"))
    create(ssm, "Other", sleep("one"))
    tags = [{"Key": "incident", "Value": "INC-1"}]
    first = ssm.start_automation_execution(DocumentName="Shop-Nap", Tags=tags)["AutomationExecutionId"]
    aws.advance(100)
    second = ssm.start_automation_execution(DocumentName="Other")["AutomationExecutionId"]

    def ids(key: str, value: str) -> list[str]:
        answer = ssm.describe_automation_executions(Filters=[{"Key": key, "Values": [value]}])
        return [e["AutomationExecutionId"] for e in answer["AutomationExecutionMetadataList"]]

    assert ids("DocumentNamePrefix", "Shop-") == ids("TagKey", "incident") == ids("ExecutionId", first) == [first]
    assert ids("ExecutionStatus", "Pending") == ids("StartTimeAfter", "2026-01-01T00:01:00Z") == [second]
    assert ids("StartTimeBefore", "2026-01-01T00:01:00Z") == ids("ExecutionStatus", "Success") == [first]
    with pytest.raises(ssm.exceptions.InvalidFilterValue):
        ids("StartTimeAfter", "yesterday")
    steps = ssm.describe_automation_step_executions(
        AutomationExecutionId=first, Filters=[{"Key": "StepName", "Values": ["two"]}]
    )
    assert [s["StepName"] for s in steps["StepExecutions"]] == ["two"]
