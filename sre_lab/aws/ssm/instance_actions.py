"""The actions on EC2 instances: start, stop, terminate, launch, and run a command on them."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.ssm.actions import (
    API_TAKES,
    POLL_EVERY,
    Action,
    StepContext,
    StepFailure,
    StepResult,
    TimedWait,
    value_at,
    whole_number,
)

CHANGES = {"running": "StartInstances", "stopped": "StopInstances", "terminated": "TerminateInstances"}
STATES = "$.InstanceStatuses[*].InstanceState.Name"
RUNNING_COMMAND = ("Pending", "InProgress", "Delayed", "Cancelling")
LAUNCH = (
    *(
        "ImageId",
        "InstanceType",
        "KeyName",
        "SecurityGroupIds",
        "SecurityGroups",
        "SubnetId",
        "UserData",
        "ClientToken",
    ),
    *("BlockDeviceMappings", "Placement", "NetworkInterfaces", "TagSpecifications", "EbsOptimized", "PrivateIpAddress"),
)


def change_state(doing: StepContext) -> Action:
    ids, desired = doing.as_list("InstanceIds"), doing.text("DesiredState")
    if desired not in CHANGES:
        raise StepFailure(f"DesiredState is one of {', '.join(CHANGES)}, not {desired!r}.")
    yield TimedWait(API_TAKES)
    if doing.text("CheckStateOnly").lower() != "true":
        force = desired == "stopped" and doing.text("Force").lower() == "true"
        doing.call("ec2", CHANGES[desired], {"InstanceIds": ids, **({"Force": True} if force else {})})
    states = yield from _until(doing, ids, desired)
    return StepResult({"InstanceStates": states})


def run_instances(doing: StepContext) -> Action:
    least = whole_number("MinInstanceCount", doing.inputs.get("MinInstanceCount", 1))
    most = whole_number("MaxInstanceCount", doing.inputs.get("MaxInstanceCount", least))
    profile = doing.api_arguments(Name="IamInstanceProfileName", Arn="IamInstanceProfileArn")
    arguments = doing.api_arguments(*LAUNCH) | ({"IamInstanceProfile": profile} if profile else {})
    yield TimedWait(API_TAKES)
    answer = doing.call("ec2", "RunInstances", {**arguments, "MinCount": least, "MaxCount": most})
    ids = value_at("$.Instances[*].InstanceId", answer)
    states = yield from _until(doing, ids, "running")
    return StepResult({"InstanceIds": ids, "InstanceStates": states})


def run_command(doing: StepContext) -> Action:
    """A command on each instance; the step ends as the worst of them."""
    arguments = doing.api_arguments(
        *("DocumentName", "DocumentHash", "DocumentHashType", "InstanceIds", "Targets", "Comment", "Parameters"),
        *("TimeoutSeconds", "MaxConcurrency", "MaxErrors", "OutputS3BucketName", "OutputS3KeyPrefix"),
        *("ServiceRoleArn", "NotificationConfig", "CloudWatchOutputConfig"),
    )
    if isinstance(arguments.get("Parameters"), dict):
        arguments["Parameters"] = {k: v if isinstance(v, list) else [v] for k, v in arguments["Parameters"].items()}
    yield TimedWait(API_TAKES)
    command = doing.call("ssm", "SendCommand", arguments).get("Command") or {}
    invocations: list[dict[str, Any]] = []
    for instance in command.get("InstanceIds") or doing.as_list("InstanceIds"):
        invocations.append((yield from _invocation(doing, command.get("CommandId", ""), instance)))
    worst = next((one for one in invocations if one.get("Status") != "Success"), invocations[-1] if invocations else {})
    outputs = {
        "CommandId": command.get("CommandId", ""),
        "Status": worst.get("Status", command.get("Status", "")),
        "ResponseCode": worst.get("ResponseCode", 0),
        "Output": "\n".join(str(one.get("StandardOutputContent", "")) for one in invocations),
    }
    if outputs["Status"] != "Success":
        error = worst.get("StandardErrorContent") or f"response code {outputs['ResponseCode']}"
        status = {"TimedOut": "TimedOut", "Cancelled": "Cancelled"}.get(outputs["Status"], "Failed")
        message = f"The command ended {outputs['Status'] or 'without an answer'}: {error}"
        raise StepFailure(message, status=status, outputs=outputs)
    return StepResult(outputs)


def _invocation(doing: StepContext, command: str, instance: str) -> Any:
    while True:
        yield TimedWait(API_TAKES)
        invocation = doing.call("ssm", "GetCommandInvocation", {"CommandId": command, "InstanceId": instance})
        if invocation.get("Status") not in RUNNING_COMMAND:
            return invocation
        yield TimedWait(POLL_EVERY)


def _until(doing: StepContext, ids: list[str], desired: str) -> Any:
    """Look until every instance has the state; the step's timeout ends it otherwise."""
    while True:
        yield TimedWait(API_TAKES)
        arguments = {"InstanceIds": ids, "IncludeAllInstances": True}
        states = value_at(STATES, doing.call("ec2", "DescribeInstanceStatus", arguments))
        if len(states) >= len(ids) and all(state == desired for state in states):
            return states
        yield TimedWait(POLL_EVERY)
