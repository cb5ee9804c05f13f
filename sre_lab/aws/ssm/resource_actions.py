"""The actions on images, stacks and tags, made of the calls that they stand for."""

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
)

STACK = (
    *("Capabilities", "ClientRequestToken", "DisableRollback", "NotificationARNs", "OnFailure", "Parameters"),
    *("ResourceTypes", "RoleARN", "StackName", "StackPolicyBody", "StackPolicyURL", "Tags", "TemplateBody"),
    *("TemplateURL", "TimeoutInMinutes"),
)


def create_image(doing: StepContext) -> Action:
    arguments = doing.api_arguments(
        "InstanceId", "NoReboot", "BlockDeviceMappings", Name="ImageName", Description="ImageDescription"
    )
    return (yield from _image(doing, "CreateImage", arguments))


def copy_image(doing: StepContext) -> Action:
    arguments = doing.api_arguments(
        *("SourceImageId", "SourceRegion", "Encrypted", "KmsKeyId", "ClientToken"),
        Name="ImageName",
        Description="ImageDescription",
    )
    return (yield from _image(doing, "CopyImage", arguments))


def delete_image(doing: StepContext) -> Action:
    """The image and the snapshots that it was made of."""
    image = doing.text("ImageId")
    yield TimedWait(API_TAKES)
    images = doing.call("ec2", "DescribeImages", {"ImageIds": [image]})
    doing.call("ec2", "DeregisterImage", {"ImageId": image})
    for snapshot in value_at("$.Images[*].BlockDeviceMappings[*].Ebs.SnapshotId", images):
        yield TimedWait(API_TAKES)
        doing.call("ec2", "DeleteSnapshot", {"SnapshotId": snapshot})
    return StepResult()


def create_stack(doing: StepContext) -> Action:
    yield TimedWait(API_TAKES)
    answer = doing.call("cloudformation", "CreateStack", doing.api_arguments(*STACK))
    identity = str(answer.get("StackId") or doing.text("StackName"))
    while True:
        yield TimedWait(API_TAKES)
        stack = (doing.call("cloudformation", "DescribeStacks", {"StackName": identity}).get("Stacks") or [{}])[0]
        outputs = {
            "StackId": identity,
            "StackStatus": stack.get("StackStatus", ""),
            "StackStatusReason": stack.get("StackStatusReason", ""),
            **{str(o.get("OutputKey")): o.get("OutputValue") for o in stack.get("Outputs") or []},
        }
        if outputs["StackStatus"] == "CREATE_COMPLETE":
            return StepResult(outputs)
        _refuse_broken(outputs["StackStatus"], outputs)
        yield TimedWait(POLL_EVERY)


def delete_stack(doing: StepContext) -> Action:
    """A stack that is not there is one that is deleted."""
    name = doing.text("StackName")
    yield TimedWait(API_TAKES)
    doing.call(
        "cloudformation", "DeleteStack", doing.api_arguments("StackName", "ClientRequestToken", "RetainResources")
    )
    while True:
        yield TimedWait(API_TAKES)
        try:
            stacks = doing.call("cloudformation", "DescribeStacks", {"StackName": name}).get("Stacks") or []
        except StepFailure as problem:
            if "does not exist" not in str(problem):
                raise
            return StepResult()
        status = stacks[0].get("StackStatus", "") if stacks else "DELETE_COMPLETE"
        if status == "DELETE_COMPLETE":
            return StepResult()
        _refuse_broken(status, {"StackStatus": status})
        yield TimedWait(POLL_EVERY)


def create_tags(doing: StepContext) -> Action:
    kind, ids, tags = doing.text("ResourceType", "EC2"), doing.as_list("ResourceIds"), doing.as_list("Tags")
    yield TimedWait(API_TAKES)
    if kind == "EC2":
        doing.call("ec2", "CreateTags", {"Resources": ids, "Tags": tags})
    else:
        for identity in ids:
            doing.call("ssm", "AddTagsToResource", {"ResourceType": kind, "ResourceId": identity, "Tags": tags})
    return StepResult()


def _image(doing: StepContext, api: str, arguments: dict[str, Any]) -> Action:
    yield TimedWait(API_TAKES)
    image = str(doing.call("ec2", api, arguments).get("ImageId", ""))
    while True:
        yield TimedWait(API_TAKES)
        state = value_at("$.Images[0].State", doing.call("ec2", "DescribeImages", {"ImageIds": [image]}))
        outputs = {"ImageId": image, "ImageState": state}
        if state == "available":
            return StepResult(outputs)
        if state in ("failed", "error", "invalid"):
            raise StepFailure(f"Image {image} is {state}.", outputs=outputs)
        yield TimedWait(POLL_EVERY)


def _refuse_broken(status: str, outputs: dict[str, Any]) -> None:
    if status.endswith(("_FAILED", "ROLLBACK_COMPLETE")):
        raise StepFailure(f"The stack is {status}. {outputs.get('StackStatusReason', '')}".strip(), outputs=outputs)
