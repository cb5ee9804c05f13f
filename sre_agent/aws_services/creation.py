"""Everything that keeps the state in AWS, made at a development endpoint: moto, LocalStack, DynamoDB Local and so on.

In an account it is Terraform that makes these, with roles, keys and alarms around them; so this refuses to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import code_of
from sre_agent.aws_services.definitions import create_bucket, create_table, tables
from sre_agent.aws_services.queue_definition import create_queue, create_schedule_group
from sre_agent.errors import PermanentError, SettingsError
from sre_agent.settings import StateAccess

THERE: Final = frozenset({"ResourceInUseException", "BucketAlreadyOwnedByYou", "ResourceExistsException"})
QUEUE: Final = "sre-agent-looks.fifo"
BUCKET: Final = "sre-agent-state"
ROLE: Final = "arn:aws:iam::123456789012:role/sre-agent-schedules"  # which no emulator looks at


def create(settings: StateAccess) -> dict[str, str]:
    """Make what these settings name, as far as it is not there yet; the settings by which it is used.

    Raises SettingsError where no endpoint is set, and what `AwsServices.ask` raises.
    """
    if not settings.state_endpoint_url:
        raise SettingsError(
            "This makes tables, queue and bucket at a development endpoint only: set state_endpoint_url. In an account,"
            " infra/terraform makes them."
        )
    services, bucket = AwsServices(settings), settings.state_bucket or BUCKET
    try:
        for table in tables(settings).values():
            _unless_there(partial(create_table, services, table))
        _unless_there(partial(create_bucket, services, bucket))
        create_schedule_group(services, settings.schedule_group)
        _unless_there(partial(services.ask, "secretsmanager", "create_secret", Name=settings.permit_secret))
        name = settings.queue_url.rpartition("/")[2] or QUEUE
        return {
            "state_endpoint_url": settings.state_endpoint_url,
            "state_region": str(services.client("sqs").meta.region_name),
            "queue_url": create_queue(services, name),
            "state_bucket": bucket,
            "schedule_role": settings.schedule_role or ROLE,
        }
    finally:
        services.close()


def _unless_there(make: Callable[[], Any]) -> None:
    try:
        make()
    except PermanentError as problem:
        if code_of(problem) not in THERE:
            raise
