"""Alarms that EventBridge or the intake function could not hand over at all: they wait in a queue of their own."""

from __future__ import annotations

from typing import Final

from sre_agent.aws_services.conditions import code_of
from sre_agent.errors import SreAgentError
from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView

COUNT: Final = "ApproximateNumberOfMessages"
NO_QUEUE: Final = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    name = f"{installation.name}-undelivered"
    try:
        url = (await installation.ask("sqs", "get_queue_url", QueueName=name))["QueueUrl"]
    except SreAgentError as problem:
        if code_of(problem) in NO_QUEUE:
            return OpsFinding.not_set_up(f"There is no queue {name}: no alarm comes by EventBridge.")
        raise
    answer = await installation.ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=[COUNT])
    count = int(answer["Attributes"][COUNT])
    if not count:
        return OpsFinding(state="ok", statement=f"The queue {name} is empty.", figures={"undelivered": 0})
    return OpsFinding(
        state="problem",
        statement=f"Alarms that did not reach the responder, in the queue {name}: {count}.",
        figures={"undelivered": count},
        remedy="Look at why (sre-agent doctor, the service's log), then redrive the queue or investigate them by name.",
    )


CHECK: Final = OpsCheck(
    "undelivered alarms", "daily", "queue of undelivered alarms", look, ("sqs:GetQueueUrl", "sqs:GetQueueAttributes")
)
