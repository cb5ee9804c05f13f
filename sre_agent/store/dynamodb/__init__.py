"""The store in one table of DynamoDB: for many machines.

Whatever is "first one wins" is a conditional write; what must happen together is one transaction. Nothing is cached but
what never changes. A table that is throttled slows its callers down: requests are made again with growing pauses, and
what was not written is said to be so (`StoreUnavailableError`).
"""

from __future__ import annotations

from functools import partial

from sre_agent.aws_services.blobs import S3Blobs
from sre_agent.aws_services.clients import AwsServices
from sre_agent.settings import StateAccess
from sre_agent.store.dynamodb import (
    alarms,
    channel_posts,
    chat_sessions,
    claims,
    decisions,
    evidence,
    grades,
    incidents,
    leases,
    messages,
    model_calls,
    namespace_grades,
    past_incidents,
    permitted_writes,
    prompt_releases,
    record_key,
    replies,
    reports,
    retention,
    runtime_sessions,
    sweep_runs,
    write_pauses,
)
from sre_agent.store.dynamodb.items import Items


class DynamoStore(
    incidents.IncidentItems,
    leases.LeaseItems,
    messages.MessageItems,
    claims.ClaimItems,
    decisions.DecisionItems,
    channel_posts.ChannelPostItems,
    evidence.EvidenceItems,
    reports.ReportItems,
    grades.GradeItems,
    namespace_grades.NamespaceGradeItems,
    past_incidents.PastIncidentItems,
    model_calls.ModelCallItems,
    permitted_writes.PermittedWriteItems,
    write_pauses.WritePauseItems,
    replies.ReplyItems,
    chat_sessions.ChatSessionItems,
    sweep_runs.SweepRunItems,
    prompt_releases.PromptReleaseItems,
    runtime_sessions.RuntimeSessionItems,
    alarms.AlarmItems,
    retention.RetentionItems,
):
    """`sre_agent.store.Store` over one table. The record comes with what removes its entries."""

    async def close(self) -> None:
        try:
            await self.recorded()
        finally:
            self.items.services.close()


def from_settings(settings: StateAccess) -> DynamoStore:
    services = AwsServices(settings)
    open_key = partial(record_key.open_record_key, services, settings.record_secret)
    blobs = S3Blobs(services, settings.state_bucket, prefix="evidence") if settings.state_bucket else None
    return DynamoStore(Items(services, settings.store_table, blobs=blobs), open_key)
