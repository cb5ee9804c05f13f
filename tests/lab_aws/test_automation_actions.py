"""What the actions of Automation documents do, on the lab's clock and in the lab's account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Aws
from .runbooks import create, execution, sleep, statuses, step

Json = dict[str, Any]


def start(aws: Aws, *steps: Json, seconds: float = 120, arguments: Any = None, **more: Any) -> Json:
    ssm = aws.client("ssm")
    create(ssm, "Runbook", *steps, **more)
    started = ssm.start_automation_execution(DocumentName="Runbook", Parameters=arguments or {})
    aws.advance(seconds)
    return execution(ssm, started)


def again(aws: Aws, automation: Json, seconds: float = 60) -> Json:
    aws.advance(seconds)
    return execution(aws.client("ssm"), automation)


def instances(*ids: str, state: str, **more: Any) -> Json:
    return {"InstanceIds": list(ids), "DesiredState": state, **more}


def test_instances_are_launched_stopped_tagged_imaged_and_terminated(aws: Aws) -> None:
    launch = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro", "MinInstanceCount": 2, "MaxInstanceCount": 2}
    ids, one = "{{ launch.InstanceIds }}", "{{ launch.InstanceIds[0] }}"
    tags = {"ResourceType": "EC2", "ResourceIds": [ids], "Tags": [{"Key": "team", "Value": "shop"}]}
    run = {"DocumentName": "AWS-RunShellScript", "InstanceIds": [ids], "Parameters": {"commands": "uptime"}}
    copy = {"SourceImageId": "{{ image.ImageId }}", "SourceRegion": "{{ global:REGION }}", "ImageName": "a-copy"}
    automation = start(
        aws,
        step("launch", "aws:runInstances", launch),
        step("tag", "aws:createTags", tags),
        step("run", "aws:runCommand", run),
        step("stop", "aws:changeInstanceState", instances(ids, state="stopped")),
        step("image", "aws:createImage", {"InstanceId": one, "ImageName": "before-{{ launch.InstanceIds[1] }}"}),
        step("copy", "aws:copyImage", copy),
        step("drop", "aws:deleteImage", {"ImageId": "{{ image.ImageId }}"}),
        step("end", "aws:changeInstanceState", instances(one, state="terminated")),
        outputs=["stop.InstanceStates", "end.InstanceStates", "copy.ImageId", "run.Status"],
    )
    assert automation["AutomationExecutionStatus"] == "Success", automation["FailureMessage"]
    outputs = automation["Outputs"]
    assert outputs["stop.InstanceStates"] == ["stopped", "stopped"]
    assert (outputs["end.InstanceStates"], outputs["run.Status"]) == (["terminated"], ["Success"])
    ec2 = aws.client("ec2")
    machines = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    assert sorted(i["State"]["Name"] for i in machines) == ["stopped", "terminated"]
    assert all({"Key": "team", "Value": "shop"} in i["Tags"] for i in machines)
    assert [i["ImageId"] for i in ec2.describe_images(Owners=["self"])["Images"]] == outputs["copy.ImageId"]


def test_an_instance_that_is_not_there_fails_the_step(aws: Aws) -> None:
    automation = start(aws, step("stop", "aws:changeInstanceState", instances("i-0123456789abcdef0", state="stopped")))
    assert statuses(automation) == {"stop": "Failed"}
    assert "InvalidInstanceID.NotFound" in automation["FailureMessage"]


def test_a_stack_is_made_and_deleted(aws: Aws) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
    }
    make = {"StackName": "shop", "TemplateBody": json.dumps(template)}
    automation = start(
        aws,
        step("make", "aws:createStack", make),
        sleep("hold", "PT60S"),
        step("drop", "aws:deleteStack", {"StackName": "shop"}),
        seconds=30,
        outputs=["make.StackStatus", "make.Url"],
    )
    assert automation["Outputs"]["make.StackStatus"] == ["CREATE_COMPLETE"]
    queue = automation["Outputs"]["make.Url"][0].rpartition("/")[2]
    sqs = aws.client("sqs")
    assert len(sqs.list_queues(QueueNamePrefix=queue)["QueueUrls"]) == 1
    assert again(aws, automation)["AutomationExecutionStatus"] == "Success"
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=queue)


def child_of(document: str, **arguments: Any) -> Json:
    return step("child", "aws:executeAutomation", {"DocumentName": document, "RuntimeParameters": arguments})


def test_a_child_automation_gives_its_outputs_to_its_parent(aws: Aws) -> None:
    ssm = aws.client("ssm")
    keep = step("keep", "aws:updateVariable", {"Name": "variable:Said", "Value": "{{ Word }}"})
    echo = step("echo", "aws:branch", {"Choices": [], "Default": "keep"})
    create(ssm, "Echo", echo, keep, sleep("nap", isEnd=True), parameters={"Word": {"type": "String"}},
           variables={"Said": {"type": "String", "default": ""}}, outputs=["nap.Nothing"])  # fmt: skip
    automation = start(
        aws, child_of("Echo", Word="{{ Word }}"), parameters={"Word": {"type": "String", "default": "hi"}}
    )
    assert automation["AutomationExecutionStatus"] == "Success"
    child = execution(ssm, {"AutomationExecutionId": automation["StepExecutions"][0]["Outputs"]["ExecutionId"][0]})
    assert child["ParentAutomationExecutionId"] == automation["AutomationExecutionId"]
    assert (child["Parameters"], child["Variables"]) == ({"Word": ["hi"]}, {"Said": ["hi"]})


def test_a_failed_child_fails_the_step_with_its_words(aws: Aws) -> None:
    create(aws.client("ssm"), "Broken", step("look", "aws:sleep", {"Duration": "soon"}))
    automation = start(aws, child_of("Broken"))
    assert statuses(automation) == {"child": "Failed"}
    assert "'soon' is not an ISO 8601 duration" in automation["FailureMessage"]
    assert statuses(start_again(aws, child_of("Unknown"))) == {"child": "Failed"}


def start_again(aws: Aws, *steps: Json) -> Json:
    aws.client("ssm").delete_document(Name="Runbook")
    return start(aws, *steps)


def test_the_child_ends_with_its_parent(aws: Aws) -> None:
    ssm = aws.client("ssm")
    create(ssm, "Long", sleep("nap", "PT1H"))
    automation = start(aws, {**child_of("Long"), "timeoutSeconds": 90})
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == ("TimedOut", {"child": "TimedOut"})
    other = start_again(aws, child_of("Long"))
    ssm.stop_automation_execution(AutomationExecutionId=other["AutomationExecutionId"])
    listing = ssm.describe_automation_executions(Filters=[{"Key": "DocumentNamePrefix", "Values": ["Long"]}])
    ends = [e["AutomationExecutionStatus"] for e in listing["AutomationExecutionMetadataList"]]
    assert ends == ["Cancelled", "Cancelled"]


PARAMETERS = {"Names": {"type": "StringList", "default": ["a", "b", "c"]}}


def each(*steps: Json, **more: Any) -> Json:
    return step(
        "each", "aws:loop", {"Iterators": "{{ Names }}", "IteratorDataType": "String", "Steps": list(steps)}, **more
    )


def test_a_loop_runs_its_steps_for_each_item(aws: Aws) -> None:
    put = {"Service": "ssm", "Api": "PutParameter", "Type": "String", "Name": "/n/{{ each.CurrentIteratorValue }}"}
    body = step("put", "aws:executeAwsApi", {**put, "Value": "{{ each.CurrentIteration }}"})
    automation = start(aws, each(body, sleep("nap")), sleep("after"), parameters=PARAMETERS)
    assert automation["AutomationExecutionStatus"] == "Success", automation["FailureMessage"]
    values = aws.client("ssm").get_parameters_by_path(Path="/n")["Parameters"]
    assert {p["Name"]: p["Value"] for p in values} == {"/n/a": "1", "/n/b": "2", "/n/c": "3"}
    assert [s["StepName"] for s in automation["StepExecutions"]] == ["each", *["put", "nap"] * 3, "after"]
    inside = automation["StepExecutions"][3]["ParentStepDetails"]
    assert (inside["StepName"], inside["Iteration"], inside["IteratorValue"]) == ("each", 2, "b")


@pytest.mark.parametrize(("least", "turns"), [("/up/2", 2), ("/up/never", 4)])
def test_a_loop_goes_on_while_its_condition_holds(aws: Aws, least: str, turns: int) -> None:
    put = {"Service": "ssm", "Api": "PutParameter", "Type": "String", "Value": "x"}
    note = step("note", "aws:executeAwsApi", {**put, "Name": "/up/{{ again.CurrentIteration }}"})
    keep = step("keep", "aws:updateVariable", {"Name": "Last", "Value": "/up/{{ again.CurrentIteration }}"})
    condition = {"Not": {"Variable": "{{ variable:Last }}", "StringEquals": least}}
    inputs = {"Steps": [note, keep], "LoopCondition": condition, "MaxIterations": 4}
    automation = start(aws, step("again", "aws:loop", inputs), variables={"Last": {"type": "String", "default": ""}})
    assert automation["AutomationExecutionStatus"] == "Success", automation["FailureMessage"]
    assert len(aws.client("ssm").get_parameters_by_path(Path="/up")["Parameters"]) == turns


def test_a_failure_inside_of_a_loop_follows_the_rule_of_its_step(aws: Aws) -> None:
    bad = {"Service": "dynamodb", "Api": "DescribeTable", "TableName": "{{ each.CurrentIteratorValue }}"}
    automation = start(aws, each(step("look", "aws:executeAwsApi", bad, onFailure="Continue")), parameters=PARAMETERS)
    assert automation["AutomationExecutionStatus"] == "Success"
    automation = start_again_with(aws, each(step("look", "aws:executeAwsApi", bad)))
    assert (automation["AutomationExecutionStatus"], statuses(automation)) == (
        "Failed",
        {"each": "Failed", "look": "Failed"},
    )
    assert "Iteration 1" in automation["FailureMessage"]


def start_again_with(aws: Aws, *steps: Json) -> Json:
    aws.client("ssm").delete_document(Name="Runbook")
    return start(aws, *steps, parameters=PARAMETERS)


def test_an_approval_inside_of_a_loop_takes_the_signal_and_cancel_ends_it(aws: Aws) -> None:
    ssm = aws.client("ssm")
    automation = start(aws, each(step("ask", "aws:approve", {"Approvers": ["any"]})), parameters=PARAMETERS)
    assert automation["AutomationExecutionStatus"] == "InProgress"
    ssm.send_automation_signal(AutomationExecutionId=automation["AutomationExecutionId"], SignalType="Approve")
    automation = again(aws, automation)
    assert [s["StepStatus"] for s in automation["StepExecutions"]] == ["InProgress", "Success", "Waiting"]
    ssm.stop_automation_execution(AutomationExecutionId=automation["AutomationExecutionId"])
    automation = again(aws, automation)
    assert [s["StepStatus"] for s in automation["StepExecutions"]] == ["Cancelled", "Success", "Cancelled"]
    assert automation["AutomationExecutionStatus"] == "Cancelled"


def test_a_pause_lasts_until_it_is_resumed(aws: Aws) -> None:
    ssm = aws.client("ssm")
    automation = start(aws, step("hold", "aws:pause"), sleep("on"), seconds=100_000)
    assert (automation["AutomationExecutionStatus"], automation["CurrentStepName"]) == ("Waiting", "hold")
    ssm.send_automation_signal(AutomationExecutionId=automation["AutomationExecutionId"], SignalType="Resume")
    assert again(aws, automation)["AutomationExecutionStatus"] == "Success"


def test_a_rejected_approval_keeps_who_decided(aws: Aws) -> None:
    ssm = aws.client("ssm")
    automation = start(aws, step("ask", "aws:approve", {"Approvers": ["any"]}))
    payload = {"Comment": ["too late"]}
    rejection = {
        "AutomationExecutionId": automation["AutomationExecutionId"],
        "SignalType": "Reject",
        "Payload": payload,
    }
    ssm.send_automation_signal(**rejection)
    outputs = again(aws, automation)["StepExecutions"][0]["Outputs"]
    assert outputs["ApprovalStatus"] == ["Rejected"] and "too late" in outputs["ApproverDecisions"][0]


def test_a_default_may_come_from_parameter_store(aws: Aws) -> None:
    aws.client("ssm").put_parameter(Name="/shop/table", Value="orders", Type="String")
    look = {"Service": "dynamodb", "Api": "DescribeTable", "TableName": "{{ Table }}"}
    automation = start(aws, step("look", "aws:executeAwsApi", look),
                  parameters={"Table": {"type": "String", "default": "{{ssm:/shop/table}}"}})  # fmt: skip
    assert automation["StepExecutions"][0]["Inputs"]["TableName"] == "orders"
    assert automation["AutomationExecutionStatus"] == "Success"


def test_each_refused_action_is_named_with_its_step_also_inside_of_a_loop(aws: Aws) -> None:
    ssm = aws.client("ssm")
    invoke = step("ring", "aws:invokeLambdaFunction", {"FunctionName": "bell"})
    create(ssm, "Runbook", step("fix", "aws:executeScript"), each(invoke), parameters=PARAMETERS)
    with pytest.raises(ssm.exceptions.InvalidAutomationExecutionParametersException) as refused:
        ssm.start_automation_execution(DocumentName="Runbook")
    message = str(refused.value)
    assert (
        "'fix' has the action 'aws:executeScript'" in message and "'ring' has the action 'aws:invokeLambda" in message
    )


def test_a_preview_counts_what_would_change_even_of_a_document_that_cannot_run(aws: Aws) -> None:
    ssm = aws.client("ssm")
    stop = step("stop", "aws:changeInstanceState", instances("i-1", state="stopped"))
    check = step("check", "aws:changeInstanceState", instances("i-1", state="stopped", CheckStateOnly=True))
    create(ssm, "Stops", stop)
    create(
        ssm, "Runbook", check, each(stop), step("fix", "aws:executeScript"), child_of("Stops"), parameters=PARAMETERS
    )
    preview = ssm.start_execution_preview(DocumentName="Runbook")["ExecutionPreviewId"]
    aws.advance(5)
    counts = ssm.get_execution_preview(ExecutionPreviewId=preview)["ExecutionPreview"]["Automation"]["StepPreviews"]
    assert counts == {"Mutating": 2, "NonMutating": 1, "Undetermined": 1}
