"""Approvals, stops and interactive executions."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Aws
from .runbooks import call, create, execution, sleep, statuses, step

GATE = step("gate", "aws:approve", {"Approvers": ["arn:aws:iam::111122223333:role/sre"], "MinRequiredApprovals": 1})


def begin(aws: Aws, *steps: dict[str, Any], **more: Any) -> tuple[Any, dict[str, Any]]:
    ssm = aws.client("ssm")
    create(ssm, "Runbook", *steps)
    started = ssm.start_automation_execution(DocumentName="Runbook", **more)
    aws.advance(10)
    return ssm, execution(ssm, started)


def signal(ssm: Any, automation: dict[str, Any], kind: str, **payload: str) -> None:
    ssm.send_automation_signal(
        AutomationExecutionId=automation["AutomationExecutionId"],
        SignalType=kind,
        Payload={key: [value] for key, value in payload.items()},
    )


def test_an_approval_waits_for_its_signal_and_lets_the_execution_go_on(aws: Aws) -> None:
    ssm, automation = begin(aws, GATE, sleep("after"))
    assert (automation["AutomationExecutionStatus"], automation["CurrentAction"]) == ("Waiting", "aws:approve")
    signal(ssm, automation, "Approve", Comment="go")
    aws.advance(10)
    automation = execution(ssm, automation)
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Success",
        {"gate": "Success", "after": "Success"},
    )
    assert automation["StepExecutions"][0]["Outputs"]["ApprovalStatus"] == ["Approved"]


def test_a_rejection_fails_the_execution_before_anything_else_runs(aws: Aws) -> None:
    ssm, automation = begin(aws, GATE, sleep("after"))
    signal(ssm, automation, "Reject", Comment="not now")
    aws.advance(10)
    automation = execution(ssm, automation)
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Failed",
        {"gate": "Failed", "after": "Pending"},
    )
    assert "not now" in automation["FailureMessage"]


def test_two_required_approvals_take_two_signals(aws: Aws) -> None:
    ssm, automation = begin(aws, {**GATE, "inputs": {**GATE["inputs"], "MinRequiredApprovals": 2}})
    signal(ssm, automation, "Approve")
    aws.advance(10)
    assert execution(ssm, automation)["AutomationExecutionStatus"] == "Waiting"
    signal(ssm, automation, "Approve")
    aws.advance(10)
    assert execution(ssm, automation)["AutomationExecutionStatus"] == "Success"


def test_a_step_whose_settings_make_no_sense_fails_and_harms_nothing_else(aws: Aws) -> None:
    ssm, automation = begin(aws, {**GATE, "inputs": {"MinRequiredApprovals": "some"}})
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == ("Failed", {"gate": "Failed"})
    assert "'some'" in automation["FailureMessage"]
    create(ssm, "Late", sleep("nap", timeoutSeconds="soon"))
    started = ssm.start_automation_execution(DocumentName="Late")
    aws.advance(10)
    assert "'soon'" in execution(ssm, started)["FailureMessage"]


def test_an_approval_that_nobody_gives_times_out(aws: Aws) -> None:
    ssm, automation = begin(aws, {**GATE, "timeoutSeconds": 600})
    aws.advance(700)
    assert execution(ssm, automation)["AutomationExecutionStatus"] == "TimedOut"
    with pytest.raises(ssm.exceptions.InvalidAutomationSignalException):
        signal(ssm, automation, "Approve")


def test_cancelling_ends_the_running_step_at_once(aws: Aws) -> None:
    ssm, automation = begin(aws, sleep("long", "PT1H"), sleep("after"))
    ssm.stop_automation_execution(AutomationExecutionId=automation["AutomationExecutionId"], Type="Cancel")
    aws.advance(7_200)
    automation = execution(ssm, automation)
    assert automation["AutomationExecutionStatus"] == "Cancelled"
    assert statuses(automation) == {"long": "Cancelled", "after": "Pending"}
    with pytest.raises(ssm.exceptions.InvalidAutomationStatusUpdateException):
        ssm.stop_automation_execution(AutomationExecutionId=automation["AutomationExecutionId"])


def test_cancelling_runs_the_clean_up_that_the_step_names(aws: Aws) -> None:
    ssm, automation = begin(aws, sleep("long", "PT1H", onCancel="step:tidy", isEnd=True), sleep("tidy"))
    ssm.stop_automation_execution(AutomationExecutionId=automation["AutomationExecutionId"], Type="Cancel")
    aws.advance(1)
    assert execution(ssm, automation)["AutomationExecutionStatus"] == "Cancelling"
    aws.advance(60)
    automation = execution(ssm, automation)
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Cancelled",
        {"long": "Cancelled", "tidy": "Success"},
    )


def test_completing_lets_the_running_step_end_and_begins_no_other(aws: Aws) -> None:
    ssm, automation = begin(aws, sleep("nap", "PT1M"), sleep("after"))
    ssm.stop_automation_execution(AutomationExecutionId=automation["AutomationExecutionId"], Type="Complete")
    aws.advance(120)
    automation = execution(ssm, automation)
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Success",
        {"nap": "Success", "after": "Pending"},
    )


def test_one_step_can_be_stopped_by_its_id_only(aws: Aws) -> None:
    ssm, automation = begin(aws, sleep("long", "PT1H", onCancel="step:tidy", isCritical=False), sleep("tidy"))
    with pytest.raises(ssm.exceptions.AutomationStepNotFoundException):
        signal(ssm, automation, "StopStep", StepExecutionId=automation["StepExecutions"][1]["StepExecutionId"])
    signal(ssm, automation, "StopStep", StepExecutionId=automation["StepExecutions"][0]["StepExecutionId"])
    aws.advance(30)
    automation = execution(ssm, automation)
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Success",
        {"long": "Cancelled", "tidy": "Success"},
    )


def test_an_interactive_execution_starts_each_step_on_a_signal(aws: Aws) -> None:
    ssm, automation = begin(aws, sleep("one"), sleep("two"), Mode="Interactive")
    assert (automation["AutomationExecutionStatus"], automation["CurrentStepName"]) == ("Waiting", "one")
    with pytest.raises(ssm.exceptions.AutomationStepNotFoundException):
        signal(ssm, automation, "StartStep", StepName="two")
    signal(ssm, automation, "StartStep", StepName="one")
    aws.advance(20)
    assert execution(ssm, automation)["CurrentStepName"] == "two"
    signal(ssm, automation, "Resume", StepName="two")
    aws.advance(20)
    assert execution(ssm, automation)["AutomationExecutionStatus"] == "Success"


def test_a_preview_counts_steps_by_what_their_calls_do(aws: Aws) -> None:
    ssm = aws.client("ssm")
    parameters = {"Api": {"type": "String", "default": "DeleteTable"}}
    create(
        ssm,
        "Runbook",
        call("look", "DescribeTable", {"TableName": "orders"}),
        GATE,
        call("drop", "{{ Api }}", {"TableName": "orders"}),
        call("unknown", "{{ look.Api }}", {"TableName": "orders"}),
        parameters=parameters,
    )
    started = ssm.start_execution_preview(DocumentName="Runbook", ExecutionInputs={"Automation": {}})
    preview = ssm.get_execution_preview(ExecutionPreviewId=started["ExecutionPreviewId"])
    assert preview["Status"] == "InProgress"
    aws.advance(5)
    preview = ssm.get_execution_preview(ExecutionPreviewId=started["ExecutionPreviewId"])
    assert preview["Status"] == "Success"
    counts = preview["ExecutionPreview"]["Automation"]["StepPreviews"]
    assert counts == {"NonMutating": 2, "Mutating": 1, "Undetermined": 1}
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["orders"]
    assert ssm.describe_automation_executions()["AutomationExecutionMetadataList"] == []
    with pytest.raises(ssm.exceptions.ValidationException):
        automation = {"Parameters": {"Apo": ["x"]}}
        ssm.start_execution_preview(DocumentName="Runbook", ExecutionInputs={"Automation": automation})


def test_an_execution_is_stopped_by_its_alarm_and_says_by_which(aws: Aws) -> None:
    cloudwatch, metric = aws.client("cloudwatch"), {"Namespace": "Shop", "MetricName": "Failures"}
    cloudwatch.put_metric_alarm(
        AlarmName="failing",
        **metric,
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    alarm_configuration = {"Alarms": [{"Name": "failing"}]}
    ssm, automation = begin(aws, sleep("long", "PT10M"), AlarmConfiguration=alarm_configuration)
    assert (automation["AutomationExecutionStatus"], automation["AlarmConfiguration"]) == (
        "InProgress",
        alarm_configuration,
    )
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Failures", "Value": 5.0}])
    aws.advance(60)
    automation = execution(ssm, automation)
    assert automation["AutomationExecutionStatus"] == "Cancelled"
    assert automation["TriggeredAlarms"] == [{"Name": "failing", "State": "ALARM"}]
