"""What waits in the queue, for how long, and what was set aside as dead letters."""

from __future__ import annotations

import json
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

OLD_SECONDS: Final = 300.0  # as the alert SreAgentQueueOld
COUNT: Final = "ApproximateNumberOfMessages"


async def look(installation: InstallationView) -> OpsFinding:
    now = installation.clock.now()
    depth = await installation.store.message_depth(now)
    age = (now - depth.oldest_due).total_seconds() if depth.oldest_due is not None else 0.0
    looks = await _dead_looks(installation)
    faults: list[tuple[OpsState, str]] = []
    if depth.dead_letters:
        faults.append(("problem", f"Messages that failed too often and were set aside: {depth.dead_letters}."))
    if looks:
        faults.append(("warning", f"Wake-ups of incidents in the dead-letter queue of SQS: {looks}."))
    if age > OLD_SECONDS:
        faults.append(("warning", f"The oldest due message has waited for {age / 60:.0f} min: no worker takes it."))
    letters = await installation.store.messages("dead", limit=10) if depth.dead_letters else []
    return OpsFinding.worst(
        faults,
        f"Messages: {depth.due} due, {depth.in_flight} in work, {depth.later} for later, none dead.",
        figures={
            "due": depth.due,
            "later": depth.later,
            "in_flight": depth.in_flight,
            "dead_letters": depth.dead_letters,
            "dead_looks": looks,
            "oldest_due_seconds": age,
        },
        details=[f"{one.message.incident}: {one.why}" for one in letters],
        remedy="sre-agent queue list --dead shows why; redrive delivers one again; sre-agent work adds workers.",
    )


async def _dead_looks(installation: InstallationView) -> int:
    """In the dead-letter queues of SQS, where that is the queue's engine."""
    state, total = installation.settings.aws_state, 0
    urls = [state.queue_url, state.urgent_queue_url] if installation.settings.state.queue == "sqs" else []
    for url in filter(None, urls):
        answer = await installation.ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy", "{}"))
        if not (arn := policy.get("deadLetterTargetArn")):
            continue
        dead = await installation.ask("sqs", "get_queue_url", QueueName=str(arn).rpartition(":")[2])
        attributes = await installation.ask(
            "sqs", "get_queue_attributes", QueueUrl=dead["QueueUrl"], AttributeNames=[COUNT]
        )
        total += int(attributes["Attributes"][COUNT])
    return total


CHECK: Final = OpsCheck("queue", "daily", "queue", look, ("sqs:GetQueueAttributes", "sqs:GetQueueUrl"))
