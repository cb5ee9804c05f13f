"""The queue on SQS FIFO, an incident a group, and wake-ups as one-time schedules of EventBridge Scheduler.

While a look is in a worker's hands SQS holds back the later ones of its group. A FIFO queue knows no delay of a single
message: what is due later is a schedule, one an incident. Those are exact to the minute only, so what is due within one
is sent at once, and who receives it early hides it until it is due.

SQS has no priorities: where `urgent_queue_url` names a second queue, looks for which a person waits go there and are
taken first; everything else comes in the order of its arrival. SQS counts in the time of the wall, and so does this.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.domain.base import IncidentId
from sre_agent.domain.message import A_PERSON_WAITS
from sre_agent.errors import PermanentError, SettingsError
from sre_agent.queue import Look
from sre_agent.settings import StateAccess

LOG = structlog.get_logger("sre_agent.queue")
WAIT_SECONDS: Final = 5  # of a long poll: also for how long a process that drains still waits for one
BETWEEN_SECONDS: Final = 1  # of a long poll where another queue is to be asked as well
SCHEDULE_ATTEMPTS: Final = 3  # where the one that is there has its time at that moment
LONGEST_HIDDEN: Final = 43_200  # seconds for which SQS hides a message at most
SOON: Final = timedelta(seconds=60)  # by which EventBridge Scheduler may be late


def _utc() -> datetime:
    return datetime.now(UTC)


class SqsQueue:
    """`wall` is the time of SQS."""

    def __init__(self, settings: StateAccess, services: AwsServices, *, wall: Callable[[], datetime] = _utc) -> None:
        if not settings.queue_url:
            raise SettingsError("queue = sqs needs queue_url, the URL of an SQS queue whose name ends in .fifo.")
        self._url, self._urgent_url = settings.queue_url, settings.urgent_queue_url
        self._group, self._role = settings.schedule_group, settings.schedule_role
        self._services, self._wall = services, wall
        self._arn = ""

    async def ask_for(self, incident: IncidentId, at: datetime, *, ahead_seconds: float = 0.0, cause: str) -> None:
        body = json.dumps({"incident": incident, "at": at.astimezone(UTC).isoformat(), "cause": cause})
        if at - self._wall() > SOON:
            await self._schedule(incident, at, body)
            return
        is_urgent = self._urgent_url and ahead_seconds >= A_PERSON_WAITS
        url = self._urgent_url if is_urgent else self._url
        await self._services.call("sqs", "send_message", QueueUrl=url, MessageBody=body, MessageGroupId=incident)

    async def take(self, now: datetime, seconds: float) -> Look | None:
        if not self._urgent_url:
            return await self._receive(self._url, seconds, WAIT_SECONDS)
        return await self._receive(self._urgent_url, seconds, 0) or await self._receive(
            self._url, seconds, BETWEEN_SECONDS
        )

    async def extend(self, look: Look, now: datetime, seconds: float) -> None:
        await self._hide(look, seconds)

    async def ack(self, look: Look) -> None:
        await self._settle("delete_message", look)

    async def give_back(self, look: Look, not_before: datetime) -> None:
        await self._hide(look, max(0.0, (not_before - self._wall()).total_seconds()))

    async def revive(self, incident: IncidentId, now: datetime) -> None:
        """SQS shows a message again only to who holds its receipt: it comes when its time is up."""

    async def close(self) -> None:
        self._services.close()

    async def _receive(self, url: str, seconds: float, wait: int) -> Look | None:
        request = {"QueueUrl": url, "MaxNumberOfMessages": 1, "VisibilityTimeout": _whole(seconds)}
        while messages := (await self._services.call("sqs", "receive_message", **request, WaitTimeSeconds=wait)).get(
            "Messages"
        ):
            message = messages[0]
            try:
                body = json.loads(message["Body"])
                incident, at = IncidentId(str(body["incident"])), datetime.fromisoformat(body["at"])
            except (ValueError, KeyError, TypeError):
                LOG.warning("foreign", action="take", status="removed", message_id=message["MessageId"])
                await self._services.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                continue
            look = Look(incident, json.dumps([url, message["ReceiptHandle"]]))
            if at <= self._wall():
                return look
            await self.give_back(look, at)
        return None

    async def _hide(self, look: Look, seconds: float) -> None:
        await self._settle("change_message_visibility", look, VisibilityTimeout=_whole(seconds))

    async def _settle(self, operation: str, look: Look, **params: Any) -> None:
        """What SQS does not take from a late worker is another's by now."""
        url, handle = json.loads(look.receipt)
        try:
            await self._services.call("sqs", operation, QueueUrl=url, ReceiptHandle=handle, **params)
        except PermanentError as problem:
            LOG.warning("late", incident_id=look.incident, action=operation, status="refused", error=str(problem))

    async def _schedule(self, incident: IncidentId, at: datetime, body: str) -> None:
        """The incident's one wake-up; an earlier one stays, because the look that it brings makes the next."""
        name = {"Name": incident, "GroupName": self._group}
        expression = f"at({_next_second(at):%Y-%m-%dT%H:%M:%S})"
        request: dict[str, Any] = {
            **name,
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": await self._queue_arn(),
                "RoleArn": self._role,
                "Input": body,
                "SqsParameters": {"MessageGroupId": incident},
            },
        }
        for _ in range(SCHEDULE_ATTEMPTS):
            try:
                await self._services.call("scheduler", "create_schedule", **request)
                return
            except ConditionFailedError:
                there = await self._expression(name)
            if there and there <= expression:
                return
            if there:
                await self._services.call("scheduler", "update_schedule", **request)
                return

    async def _expression(self, name: dict[str, str]) -> str:
        """Of the schedule that is there; empty where it has just had its time."""
        try:
            return str((await self._services.call("scheduler", "get_schedule", **name))["ScheduleExpression"])
        except SettingsError:
            return ""

    async def _queue_arn(self) -> str:
        if not self._arn:
            answer = await self._services.call(
                "sqs", "get_queue_attributes", QueueUrl=self._url, AttributeNames=["QueueArn"]
            )
            self._arn = str(answer["Attributes"]["QueueArn"])
        return self._arn


def from_settings(settings: StateAccess) -> SqsQueue:
    """Raises SettingsError."""
    return SqsQueue(settings, AwsServices(settings))


def _whole(seconds: float) -> int:
    return min(math.ceil(seconds), LONGEST_HIDDEN)


def _next_second(at: datetime) -> datetime:
    """To the next whole second, in UTC: a wake-up is never early."""
    return (at.astimezone(UTC) + timedelta(microseconds=999_999)).replace(microsecond=0)
