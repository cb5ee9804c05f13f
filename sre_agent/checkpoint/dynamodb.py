"""Checkpoints in one DynamoDB table, and in S3 what is larger than an item: langgraph-checkpoint-aws on our terms.

Of the library's own terms four would lose or change a run: it reads what may be a moment old, so that who takes an
incident over could repeat a step; it waits on the threads that models and tools wait on; it builds any type; and a
process that dies leaves a part of what a task wrote.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph_checkpoint_aws import DynamoDBSaver

from sre_agent.aws_services.clients import AwsServices, configuration
from sre_agent.checkpoint.fence import FencedSaver
from sre_agent.checkpoint.packed_writes import pack, unpack
from sre_agent.checkpoint.serializer import ClosedSerializer
from sre_agent.errors import SettingsError
from sre_agent.settings import StateAccess

PREFIX: Final = "checkpoints"  # of the objects in the bucket
READS: Final = ("GetItem", "Query")  # of BatchGetItem, only deletions make use


class ThreadedSaver(BaseCheckpointSaver[Any]):
    """The library's, with every request on the threads of `services` and its errors as ours."""

    def __init__(self, services: AwsServices, settings: StateAccess) -> None:
        super().__init__(serde=ClosedSerializer())
        endpoint = settings.state_endpoint_url or None
        self._services = services
        self._saver = DynamoDBSaver(
            settings.checkpoint_table,
            session=services.session,
            endpoint_url=endpoint,
            boto_config=configuration(),
            enable_checkpoint_compression=True,
            s3_offload_config={"bucket_name": settings.state_bucket, "endpoint_url": endpoint, "key_prefix": PREFIX},
        )
        self._saver.serde = self._saver.serializer.serde = self.serde
        for read in READS:
            self._saver.client.meta.events.register(f"provide-client-params.dynamodb.{read}", _consistent)
        services.encrypt(self._saver.storage.s3_client)

    async def aget_tuple(self, config: Any) -> CheckpointTuple | None:
        return _whole(await self._services.run(self._saver.get_tuple, config))

    async def aput(self, config: Any, *rest: Any) -> Any:
        return await self._services.run(self._saver.put, config, *rest)

    async def aput_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        for task, some in pack(writes, task_id):
            await self._services.run(self._saver.put_writes, config, some, task, task_path)

    async def alist(
        self,
        config: Any,
        *,
        filter: dict[str, Any] | None = None,
        before: Any = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        tuples = self._saver.list(config, filter=filter, before=before, limit=limit)
        while (one := _whole(await self._services.run(next, tuples, None))) is not None:
            yield one

    async def adelete_thread(self, thread_id: str) -> None:
        await self._services.run(self._saver.delete_thread, thread_id)


class DynamoSaver(FencedSaver, ThreadedSaver):
    def __init__(self, services: AwsServices, settings: StateAccess) -> None:
        ThreadedSaver.__init__(self, services, settings)


def _whole(row: CheckpointTuple | None) -> CheckpointTuple | None:
    return row and row._replace(pending_writes=unpack(row.pending_writes or ()))


def _consistent(params: dict[str, Any], **_: Any) -> None:
    params["ConsistentRead"] = True


@asynccontextmanager
async def from_settings(settings: StateAccess) -> AsyncIterator[DynamoSaver]:
    """Open for as long as the context is entered. Raises SettingsError where no bucket is named."""
    if not settings.state_bucket:
        raise SettingsError("checkpoint = dynamodb needs state_bucket: a large state does not fit into an item.")
    services = AwsServices(settings)
    try:
        yield DynamoSaver(services, settings)
    finally:
        services.close()
