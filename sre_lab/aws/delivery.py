"""Events and notifications that the lab's own services send: to EventBridge rules and SNS topics of moto.

EventBridge events go to queues here and not through moto's `put_events`, which leaves the account out of what a
target receives.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass
from typing import Any

from moto.sns.exceptions import SNSException

from sre_lab.aws.moto import backend
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.clock import rfc3339
from sre_lab.world import World

Event = dict[str, Any]
KEPT_INVOCATIONS = 500


@dataclass(frozen=True)
class LambdaInvocation:
    """A Lambda function that was called: when (epoch seconds), which, with what."""

    at: float
    function_arn: str
    payload: Event


invocations: PerWorld[deque[LambdaInvocation]] = PerWorld(lambda: deque(maxlen=KEPT_INVOCATIONS))  # newest last


def put_event(world: World, detail_type: str, source: str, detail: Event, resources: list[str]) -> None:
    """Send one event to the default bus; every enabled rule that matches passes it to its targets."""
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
                _pass_on(world, target, event)


def publish(world: World, topic_arn: str, message: str, subject: str) -> bool:
    """Send to every subscription of a topic; False when there is no such topic."""
    try:
        backend(world, "sns").publish(message=message, arn=topic_arn, subject=subject[:99])
    except SNSException:
        return False
    return True


def invoke(world: World, function_arn: str, payload: Event) -> None:
    """Remember that a Lambda function was invoked; the lab runs no code of its users."""
    invocations.of(world).append(LambdaInvocation(world.clock.now(), function_arn, payload))


def _pass_on(world: World, target: dict[str, Any], event: Event) -> None:
    """To a queue, a topic or a function; what is gone loses the event, as a rule without dead letters does."""
    arn, sent = str(target["Arn"]), _input(target, event)
    service, name = arn.split(":")[2], arn.rpartition(":")[2]
    if service == "lambda":
        invoke(world, arn, sent if isinstance(sent, dict) else {"input": sent})
    elif service == "sns":
        publish(world, arn, json.dumps(sent), "")
    elif service == "sqs" and name in backend(world, "sqs").queues:
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        backend(world, "sqs").send_message(queue_name=name, message_body=json.dumps(sent), group_id=group)


def _input(target: dict[str, Any], event: Event) -> Any:
    """What a target receives: the event, the part at InputPath, the fixed Input, or the transformer's template."""
    if target.get("Input"):
        return json.loads(target["Input"])
    if target.get("InputTransformer"):
        return _transform(target["InputTransformer"], event)
    return _at(event, str(target.get("InputPath") or "$"))


def _transform(transformer: dict[str, Any], event: Event) -> Any:
    """The template with its <variables> filled in; within a JSON text as they are, elsewhere as JSON."""
    paths = transformer.get("InputPathsMap") or {}
    values = {name: _at(event, path) for name, path in paths.items()}

    def fill(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        text = json.dumps(values[match[1]])
        within = template.count('"', 0, match.start()) % 2 == 1
        return text[1:-1] if within and isinstance(values[match[1]], str) else text

    template = str(transformer.get("InputTemplate") or "")
    text = re.sub(r"<([A-Za-z0-9_-]+)>", fill, template)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _at(event: Event, path: str) -> Any:
    """The part of an event at a path such as `$.detail.alarmName`; None where there is none."""
    value: Any = event
    for key in filter(None, path.removeprefix("$").split(".")):
        value = value.get(key) if isinstance(value, dict) else None
    return value
