"""Events and notifications that the lab's own services send: to EventBridge rules and SNS topics of moto.

EventBridge events go to queues here and not through moto's `put_events`, which leaves the account out of what a
target receives.
"""

from __future__ import annotations

import json
from typing import Any

from moto.sns.exceptions import SNSException

from sre_agent.lab.aws.moto import backend
from sre_agent.lab.aws.ssm.identifiers import new_id
from sre_agent.lab.clock import rfc3339
from sre_agent.lab.world import World

Event = dict[str, Any]


def put_event(world: World, detail_type: str, source: str, detail: Event, resources: list[str]) -> None:
    """Send one event to the default bus; every enabled rule that matches passes it to its SQS queues."""
    event: Event = {
        "version": "0",
        "id": new_id(world),
        "detail-type": detail_type,
        "source": source,
        "account": world.cluster.account,
        "time": rfc3339(world.clock.now()),
        "region": world.cluster.region,
        "resources": resources,
        "detail": detail,
    }
    world.bus.append(event)
    for rule in backend(world, "events").event_buses["default"].rules.values():
        if rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
            for target in rule.targets:
                _pass_on(world, target["Arn"], event)


def publish(world: World, topic_arn: str, message: str, subject: str) -> None:
    """Send to every subscription of a topic. A topic that does not exist swallows it, as an alarm action does."""
    try:
        backend(world, "sns").publish(message=message, arn=topic_arn, subject=subject[:99])
    except SNSException:
        return


def _pass_on(world: World, arn: str, event: Event) -> None:
    """Queues are the only targets here; a queue that is gone loses the event, as a rule without dead letters does."""
    service, name = arn.split(":")[2], arn.rpartition(":")[2]
    queues = backend(world, "sqs")
    if service == "sqs" and name in queues.queues:
        queues.send_message(queue_name=name, message_body=json.dumps(event))
