"""The store in one SQLite file: for one machine, with several processes on it."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Database
from sre_agent.settings import StateSettings
from sre_agent.store.sqlite import (
    alarm_groups,
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
    record,
    retention,
    runtime_sessions,
    sweep_runs,
    write_pauses,
)

PARTS: Final = (
    *(incidents, messages, decisions, claims, evidence, model_calls, record, alarms, alarm_groups),
    *(
        chat_sessions,
        sweep_runs,
        prompt_releases,
        runtime_sessions,
        channel_posts,
        permitted_writes,
        write_pauses,
        grades,
        namespace_grades,
        past_incidents,
        retention,
    ),
)
SCHEMA: Final = "".join(part.SCHEMA for part in PARTS)


class SqliteStore(
    incidents.IncidentTables,
    leases.LeaseTables,
    decisions.DecisionTables,
    messages.MessageTables,
    claims.ClaimTables,
    evidence.EvidenceTables,
    grades.GradeTables,
    namespace_grades.NamespaceGradeTables,
    past_incidents.PastIncidentTables,
    model_calls.ModelCallTables,
    chat_sessions.ChatSessionTables,
    sweep_runs.SweepRunTables,
    prompt_releases.PromptReleaseTables,
    runtime_sessions.RuntimeSessionTables,
    permitted_writes.PermittedWriteTables,
    write_pauses.WritePauseTables,
    retention.RetentionTables,
    alarms.AlarmTables,
    channel_posts.ChannelPostTables,
):
    """`sre_agent.store.Store` over one database. The record comes with what removes its entries."""


def from_settings(settings: StateSettings) -> SqliteStore:
    database = Database(settings.state_dir / "incidents.sqlite", SCHEMA)
    messages.take_over_queue_file(database, settings.state_dir / "queue.sqlite")
    return SqliteStore(database)
