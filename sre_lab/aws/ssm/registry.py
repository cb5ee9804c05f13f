"""Which actions the lab runs. A document with any other is refused before its first step."""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm import api_actions, child_actions, flow_actions, instance_actions, resource_actions
from sre_lab.aws.ssm.actions import Action, StepContext
from sre_lab.aws.ssm.runbook import AutomationDocument
from sre_lab.aws.ssm.steps import every

ACTIONS: dict[str, Callable[[StepContext], Action]] = {
    "aws:approve": flow_actions.approve,
    "aws:assertAwsResourceProperty": api_actions.assert_property,
    "aws:branch": flow_actions.branch,
    "aws:changeInstanceState": instance_actions.change_state,
    "aws:copyImage": resource_actions.copy_image,
    "aws:createImage": resource_actions.create_image,
    "aws:createStack": resource_actions.create_stack,
    "aws:createTags": resource_actions.create_tags,
    "aws:deleteImage": resource_actions.delete_image,
    "aws:deleteStack": resource_actions.delete_stack,
    "aws:executeAutomation": child_actions.execute_automation,
    "aws:executeAwsApi": api_actions.execute_aws_api,
    "aws:loop": flow_actions.loop,
    "aws:pause": flow_actions.pause,
    "aws:runCommand": instance_actions.run_command,
    "aws:runInstances": instance_actions.run_instances,
    "aws:sleep": flow_actions.sleep,
    "aws:updateVariable": flow_actions.update_variable,
    "aws:waitForAwsResourceProperty": api_actions.wait_for_property,
}


def refuse_unsupported(runbook: AutomationDocument, document: str) -> None:
    """An execution of a document with another action never starts; the message names action and step."""
    refused = [step for step in every(runbook.steps) if step.action not in ACTIONS]
    if refused:
        details = "; ".join(f"step {step.name!r} has the action {step.action!r}" for step in refused)
        raise AwsError(
            "InvalidAutomationExecutionParametersException",
            f"Document {document} cannot run here: {details}. Supported actions: {', '.join(ACTIONS)}.",
        )
