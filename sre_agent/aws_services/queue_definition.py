"""The SQS queues and the schedules' group as they have to be: what tests, the lab and `sre-agent aws create` make, and
what Terraform has to agree with."""

from __future__ import annotations

import json
from typing import Any, Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import ConditionFailedError

KEPT_SECONDS: Final = 14 * 86400  # the most that SQS keeps a message
MOST_RECEIVES: Final = 1000  # the most that SQS counts: giving a look back counts as well, and none is poison by itself
DEAD: Final = "-dead.fifo"


def queue_attributes(dead_letter_arn: str = "") -> dict[str, str]:
    """The parameters of sqs:CreateQueue. The content of a look says which it is, because EventBridge Scheduler cannot
    give an id of its own; a group is an incident, and each group has the throughput of its own."""
    dead_letters = {"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": MOST_RECEIVES}
    return {
        "FifoQueue": "true",
        "ContentBasedDeduplication": "true",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "MessageRetentionPeriod": str(KEPT_SECONDS),
        "SqsManagedSseEnabled": "true",
        **({"RedrivePolicy": json.dumps(dead_letters)} if dead_letter_arn else {}),
    }


def create_queue(services: AwsServices, name: str) -> str:
    """For development: a queue of this name, which ends in `.fifo`, with a queue for its dead letters; its URL. Raises
    what `AwsServices.ask` raises."""
    dead_name = name.removesuffix(".fifo") + DEAD
    dead = _ask(services, "create_queue", QueueName=dead_name, Attributes=queue_attributes())["QueueUrl"]
    arn = _ask(services, "get_queue_attributes", QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return str(_ask(services, "create_queue", QueueName=name, Attributes=queue_attributes(arn))["QueueUrl"])


def create_schedule_group(services: AwsServices, name: str) -> None:
    """For development: where wake-ups are made, if it is not there yet."""
    try:
        services.ask("scheduler", "create_schedule_group", Name=name)
    except ConditionFailedError:
        return


def _ask(services: AwsServices, operation: str, **params: Any) -> dict[str, Any]:
    return services.ask("sqs", operation, **params)
