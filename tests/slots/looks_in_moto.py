"""SQS and EventBridge Scheduler in moto, in the time of a test: schedules are carried out when it moves past them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import moto.backends
import moto.sqs.models
import pytest
from moto.core import DEFAULT_ACCOUNT_ID

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.queue_definition import create_queue, create_schedule_group
from sre_agent.queue import Look
from sre_agent.queue.sqs import SqsQueue
from sre_agent.settings import StateAccess
from tests.slots.moto import REGION


class SqsOfATest(SqsQueue):
    """The time of moto is that of the last call."""

    def __init__(self, settings: StateAccess, patch: pytest.MonkeyPatch, moment: datetime) -> None:
        self.services = AwsServices(settings)
        super().__init__(settings, self.services, wall=lambda: self.moment)
        self.moment, self._schedules = moment, settings.schedule_group
        patch.setattr(moto.sqs.models, "unix_time_millis", lambda dt=None: self.moment.timestamp() * 1000)
        patch.setattr("sre_agent.queue.sqs.WAIT_SECONDS", 0)

    async def take(self, now: datetime, seconds: float) -> Look | None:
        self.moment = now
        self.carry_out_schedules()
        return await super().take(now, seconds)

    def schedules(self) -> dict[str, str]:
        """When each wake-up is due, by its name."""
        return {one.name: one.schedule_expression for one in self._in_moto().schedules.values()}

    def lose_schedules(self) -> None:
        self._in_moto().schedules.clear()

    def carry_out_schedules(self) -> None:
        for name, schedule in list(self._in_moto().schedules.items()):
            due = datetime.strptime(schedule.schedule_expression, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
            if due <= self.moment:
                group = schedule.target["SqsParameters"]["MessageGroupId"]
                queue = schedule.target["Arn"].rpartition(":")[2]
                _backend("sqs").send_message(queue, schedule.target["Input"], group_id=group)
                del self._in_moto().schedules[name]

    def _in_moto(self) -> Any:
        return _backend("scheduler").schedule_groups[self._schedules]


def with_queues(settings: StateAccess, *, urgent: bool = False) -> StateAccess:
    """The same settings with queues of their own, which are there."""
    services = AwsServices(settings)
    prefix = settings.store_table
    create_schedule_group(services, settings.schedule_group)
    urls = {"queue_url": create_queue(services, f"{prefix}-looks.fifo")}
    if urgent:
        urls["urgent_queue_url"] = create_queue(services, f"{prefix}-urgent.fifo")
    services.close()
    return settings.model_copy(update={**urls, "schedule_role": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/wake-ups"})


def _backend(service: str) -> Any:
    backends: Any = moto.backends
    return backends.get_backend(service)[DEFAULT_ACCOUNT_ID][REGION]
