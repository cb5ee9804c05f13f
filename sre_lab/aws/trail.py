"""CloudTrail's event history: who asked for what in the account, as `lookup-events` finds it.

Written down are the calls of the services in MANAGEMENT, whose every operation is a management event. Left out: events
of data (objects, items, messages, log lines), trails, event data stores, and types of resources. A caller is told by
its access key, because the lab knows no principals.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.wire import SCOPE, HttpRequest
from sre_lab.world import World

Params = dict[str, Any]
MANAGEMENT: Final = ("secretsmanager", "kms", "ecs", "application-autoscaling")
READS: Final = ("Get", "List", "Describe", "BatchGet")
NAMES: Final = ("Id", "Name", "Arn", "cluster", "service")  # ends of parameters that name a resource
MOST: Final = 10_000  # events of a world
PAGE: Final = 50
OF_RESOURCE: Final = "ResourceName"
ATTRIBUTES: Final = ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId", OF_RESOURCE)
EVENTS: PerWorld[deque[Params]] = PerWorld(lambda: deque(maxlen=MOST))


def note(world: World, request: HttpRequest) -> None:
    """Write a call down, if it is one that CloudTrail's history has."""
    authorization = request.headers.get("authorization", "")
    scope = SCOPE.search(authorization)
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    if scope is None or scope["service"] not in MANAGEMENT or not operation:
        return
    access_key = scope[0].removeprefix("Credential=").partition("/")[0]
    resources = [{"ResourceName": name} for name in _resource_names(request.body)]
    source = f"{scope['service']}.amazonaws.com"
    events = EVENTS.of(world)
    number = UUID(events[0]["EventId"]).int + 1 if events else 1  # nothing is drawn from the world
    events.appendleft(
        {
            "EventId": str(UUID(int=number)),
            "EventName": operation,
            "ReadOnly": str(operation.startswith(READS)).lower(),
            "AccessKeyId": access_key,
            "EventTime": world.clock.now(),
            "EventSource": source,
            "Username": access_key,
            "Resources": resources,
            "CloudTrailEvent": json.dumps({"eventName": operation, "eventSource": source, "resources": resources}),
        }
    )


def _resource_names(body: bytes) -> Iterator[str]:
    """Of parameters at the top; no other value of a call is kept, which may be secret."""
    try:
        params = json.loads(body or b"{}")
    except ValueError:
        return
    for name, value in params.items() if isinstance(params, dict) else ():
        if isinstance(value, str) and name.endswith(NAMES):
            yield value


def _lookup(world: World, params: Params) -> Params:
    """The newest first, as CloudTrail has it; one attribute at most."""
    attributes, most = params.get("LookupAttributes", []), params.get("MaxResults", PAGE)
    if len(attributes) > 1 or any(one["AttributeKey"] not in ATTRIBUTES for one in attributes):
        raise AwsError(
            "InvalidLookupAttributesException", f"One lookup attribute is taken, of {', '.join(ATTRIBUTES)}."
        )
    if not 1 <= most <= PAGE:
        raise AwsError("InvalidMaxResultsException", f"MaxResults is between 1 and {PAGE}.")
    since, until = params.get("StartTime", float("-inf")), params.get("EndTime", float("inf"))
    if since > until:
        raise AwsError("InvalidTimeRangeException", "StartTime is after EndTime.")
    there = [
        event
        for event in EVENTS.of(world)
        if since <= event["EventTime"] <= until and all(_has(event, **one) for one in attributes)
    ]
    start = int(params.get("NextToken", 0))
    more = {"NextToken": str(start + most)} if there[start + most :] else {}
    return {"Events": there[start : start + most], **more}


def _has(event: Params, AttributeKey: str, AttributeValue: str) -> bool:
    if AttributeKey == OF_RESOURCE:
        return any(one["ResourceName"] == AttributeValue for one in event["Resources"])
    return bool(event[AttributeKey] == AttributeValue)


OPERATIONS: Final[dict[str, Callable[[World, Params], Params]]] = {"LookupEvents": _lookup}
